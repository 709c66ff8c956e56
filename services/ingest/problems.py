"""What is wrong with a change, said so that its sender can mend it: field, value, remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from schemas.reasons import Reason

_SHOWN = 80  # characters of a refused value: enough to find it, too few to flood a log or a page


class Unreadable(ValueError):
    """Why a field's value is refused. The message names the value and the remedy."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing to mend. `pointer` is a JSON pointer (RFC 6901) into the change."""

    pointer: str
    code: Reason
    message: str


def quoted(value: object) -> str:
    """A refused value as it may be shown: one line, pure ASCII where it is not text, and bounded."""
    shown = repr(value if isinstance(value, (str, int)) else str(value))
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"


def pointer(*steps: str | int) -> str:
    """A JSON pointer. Halves of surrogate pairs, which no answer could carry, are spelled out."""
    escaped = (str(s).replace("~", "~0").replace("/", "~1") for s in steps)
    return "".join(f"/{e}" for e in escaped).encode("utf-8", "backslashreplace").decode()


def suggestion(name: str, valid: Sequence[str]) -> str:
    """`; did you mean 'x'?` where something valid is near, else what there is to choose from."""
    near = get_close_matches(name.casefold(), valid, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {listed(valid)}"


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)
