"""What applying a reference file changes, against what is present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import structs

from schemas.reference import ListEntry, MatchDecision, Override, Reference
from services.assign.rules.syntax import Parsed, prefix_of


@dataclass(frozen=True, slots=True)
class Change:
    """One key of `reference`. `value` None removes it; `fields` are those that differ in a changed one."""

    key: str
    action: Literal["added", "changed", "removed"]
    value: Reference | None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def id(self) -> str:
        return self.key.partition(":")[2]


def changes_between(present: Mapping[str, Reference], parsed: Parsed) -> list[Change]:
    """The changes by key. A statement that differs only in who signed it and when is not changed."""
    changes: list[Change] = []
    for key, value in parsed.statements.items():
        held = present.get(key)
        if held is None:
            changes.append(Change(key, "added", value))
        elif fields := _differing(held, value):
            changes.append(Change(key, "changed", value, fields))
    for key in present:
        if prefix_of(key) in parsed.replaced and key not in parsed.statements:
            changes.append(Change(key, "removed", None))
    return sorted(changes, key=lambda change: change.key)


_SIGNATURE = frozenset(("author", "at"))


def _differing(held: Reference, value: Reference) -> tuple[str, ...]:
    signed = isinstance(value, ListEntry | Override | MatchDecision)
    return tuple(
        field.name
        for field in structs.fields(type(value))
        if getattr(held, field.name, None) != getattr(value, field.name) and not (signed and field.name in _SIGNATURE)
    )
