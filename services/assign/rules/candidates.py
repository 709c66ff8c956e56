"""Which rules can hold for a client at all: an index over the fields that most of them need a value of.

A rule that needs `country` to be FR is not tried on a client of Italy; of a country's many rules, those that need
another `subdivision` aren't either. Only who is tried changes, not who wins: the order of the rules stays, and each
candidate is still asked.
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


FEW = 4  # rules that are tried as fast as they are looked up
DEPTH = 2  # fields looked at: the rules that need none of them are repeated for every value


@dataclass(frozen=True, slots=True)
class Candidates(Generic[R]):
    """Rules in their order. `others`: for a client without a value of the field, or with one that no rule names."""

    field: str
    named: Mapping[Value, Branch[R]]
    others: Branch[R]

    def of(self, view: ClientView) -> tuple[R, ...]:
        at: Branch[R] = self
        while isinstance(at, Candidates):
            value = view.get(at.field)
            at = at.others if value is None else at.named.get(value, at.others)
        return at


Branch = Candidates[R] | tuple[R, ...]


def index(rules: Sequence[R]) -> Candidates[R]:
    return _by(_most_needed(rules, ()), rules, ())


def _branch(rules: Sequence[R], asked: tuple[str, ...]) -> Branch[R]:
    field = _most_needed(rules, asked)
    return _by(field, rules, asked) if field and len(rules) > FEW and len(asked) < DEPTH else tuple(rules)


def _most_needed(rules: Sequence[R], asked: tuple[str, ...]) -> str:
    """The field that most rules need, the first by name of several; empty where they need none but those asked."""
    needed = Counter(name for rule in rules for name in rule.when.needs if name not in asked)
    return min(needed, key=lambda name: (-needed[name], name), default="")


def _by(field: str, rules: Sequence[R], asked: tuple[str, ...]) -> Candidates[R]:
    asked = (*asked, field)
    values = {value for rule in rules for value in rule.when.needs.get(field, ())}
    named = {
        value: _branch([r for r in rules if value in r.when.needs.get(field, (value,))], asked) for value in values
    }
    return Candidates(field, named, _branch([rule for rule in rules if field not in rule.when.needs], asked))
