"""What people decided about pairs of records. An undo is a decision too (`withdrawn`), so nothing is ever removed."""

from __future__ import annotations

from collections.abc import Iterator, Set

from schemas.events import RecordKey
from schemas.reference import MatchDecision

Pair = tuple[RecordKey, RecordKey]


class Decisions:
    """The latest word on each pair, found by either record."""

    def __init__(self) -> None:
        self._by_pair: dict[Pair, MatchDecision] = {}
        self._pairs_of: dict[RecordKey, set[Pair]] = {}

    def learn(self, decision: MatchDecision) -> bool:
        """Whether it changes what was known."""
        pair = (decision.low, decision.high)
        if self._by_pair.get(pair) == decision:
            return False
        self._by_pair[pair] = decision
        for record in pair:
            self._pairs_of.setdefault(record, set()).add(pair)
        return True

    def named(self) -> list[RecordKey]:
        return sorted(self._pairs_of)

    def joined_to(self, record: RecordKey) -> Iterator[RecordKey]:
        """The records that somebody said are the same client."""
        for pair in self._pairs_of.get(record, ()):
            if self._by_pair[pair].verdict == "same":
                yield pair[1] if pair[0] == record else pair[0]

    def among(self, records: Set[RecordKey]) -> list[MatchDecision]:
        """Those that hold between two of these records, withdrawn ones left out."""
        if not self._by_pair:
            return []
        pairs = {pair for record in records for pair in self._pairs_of.get(record, ()) if records >= set(pair)}
        return [decision for pair in pairs if (decision := self._by_pair[pair]).verdict != "withdrawn"]

    def parted(self, low: RecordKey, high: RecordKey) -> bool:
        decision = self._by_pair.get((low, high))
        return decision is not None and decision.verdict == "different"
