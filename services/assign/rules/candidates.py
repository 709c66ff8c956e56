"""Which rules can hold for a client at all: an index over the one field that most of them need a value of.

A rule that needs `country` to be FR is not tried on a client of Italy. Only who is tried changes, not who wins: the
order of the rules stays, and each candidate is still asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.assign.rules.conditions import Predicate
from services.assign.rules.fields import ClientView, Value


class Ruled(Protocol):
    @property
    def when(self) -> Predicate: ...


R = TypeVar("R", bound=Ruled)


@dataclass(frozen=True, slots=True)
class Candidates(Generic[R]):
    """Rules in their order. `others`: for a client without a value of the field, or with one that no rule names."""

    field: str
    named: Mapping[Value, tuple[R, ...]]
    others: tuple[R, ...]

    def of(self, view: ClientView) -> tuple[R, ...]:
        value = view.get(self.field)
        return self.others if value is None else self.named.get(value, self.others)


def index(rules: Sequence[R]) -> Candidates[R]:
    """By the field that most rules need, the first by name of several."""
    needed = Counter(name for rule in rules for name in rule.when.needs)
    field = min(needed, key=lambda name: (-needed[name], name), default="")
    values = {value for rule in rules for value in rule.when.needs.get(field, ())}
    named = {value: tuple(r for r in rules if value in r.when.needs.get(field, (value,))) for value in values}
    return Candidates(field, named, tuple(rule for rule in rules if field not in rule.when.needs))
