"""Who hangs together, by links and by what people said; and which of people's decisions stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.events import RecordKey
from schemas.reference import MatchDecision
from tests.support.oracle.linking import Pair


class Groups:
    """A union-find without ranks: every record leads to the smallest of its group."""

    def __init__(self) -> None:
        self._up: dict[RecordKey, RecordKey] = {}

    def of(self, record: RecordKey) -> RecordKey:
        while record in self._up:
            record = self._up[record]
        return record

    def unite(self, a: RecordKey, b: RecordKey) -> None:
        low, high = sorted((self.of(a), self.of(b)))
        if low != high:
            self._up[high] = low


def components(records: Iterable[RecordKey], ties: Iterable[Pair]) -> list[list[RecordKey]]:
    """The records by component, each sorted. Ties with a record that isn't there tie nothing."""
    there, groups = set(records), Groups()
    for low, high in ties:
        if low in there and high in there:
            groups.unite(low, high)
    found: defaultdict[RecordKey, list[RecordKey]] = defaultdict(list)
    for record in sorted(there):
        found[groups.of(record)].append(record)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions inside one component that stand: pairs to join, in order, and pairs to keep apart."""

    same: list[Pair]
    different: set[Pair]


def settled(decisions: Iterable[MatchDecision], component: Sequence[RecordKey]) -> Standing:
    """The latest first, ties by pair: whatever contradicts what stands already is set aside."""
    inside, groups = set(component), Groups()
    standing = Standing([], set())
    held = [decision for decision in decisions if inside.issuperset((decision.low, decision.high))]
    held.sort(key=lambda decision: (decision.low, decision.high))
    for decision in sorted(held, key=lambda decision: decision.at, reverse=True):  # stable: ties stay by pair
        pair = (decision.low, decision.high)
        ends = {groups.of(record) for record in pair}
        apart = any(ends == {groups.of(low), groups.of(high)} for low, high in standing.different)
        if decision.verdict == "same" and not apart:
            standing.same.append(pair)
            groups.unite(*pair)
        elif decision.verdict == "different" and len(ends) == 2:
            standing.different.add(pair)
    return standing
