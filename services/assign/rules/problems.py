"""What is wrong with a reference file, said so that its author can mend it: where, which value, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `path` leads to it (`rules.rules[3].when.field`), `remedy` says what to do."""

    path: str
    value: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.value}: {self.remedy}"


class InvalidReferenceError(ValueError):
    """All problems of one file or rule set, in the order in which they stand there."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def shown(value: object) -> str:
    """A value as it is quoted in a problem: short enough for a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def within(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
