"""Which records of a pool are near each other: the index of blocking keys, and the scores found through it.

A key that more records than the cap hold links nothing, whenever they came: crossing the cap in either direction
re-examines its holders. Scores are kept for the records that were looked at; the rest is found when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from schemas.events import RecordKey
from schemas.reference import Engine
from services.dedupe.journal import Journal
from services.dedupe.matching import Features, PairScore, blocking_keys, possible_pairs, score_pairs
from services.dedupe.postings import Postings

Near = Mapping[RecordKey, PairScore]  # the other record → their score, at least a possible match
Pairs = Sequence[tuple[Features, Features]]
_NOBODY: Near = {}


@dataclass(frozen=True, slots=True)
class Scoring:
    """The two ways to score pairs: those that are at least possible (None elsewhere), and all."""

    possible: Callable[[Pairs, str], Sequence[PairScore | None]] = possible_pairs
    all: Callable[[Pairs, str], Sequence[PairScore]] = score_pairs


class Indexed(Struct, frozen=True, gc=False):
    """`features` None: not looked at since the record was restored."""

    features: Features | None
    keys: tuple[int, ...]


class Neighbourhood:
    """The records of one pool. All changes go through a journal.

    `_near` holds, for every record that was looked at since it last changed, all its neighbours; both ends of a pair
    know it if both were looked at.
    """

    def __init__(self, scoring: Scoring, recall: Callable[[RecordKey], Features]) -> None:
        """`recall` makes the features of a restored record when they are first asked for."""
        self._scoring = scoring
        self._recall = recall
        self._records: dict[RecordKey, Indexed] = {}
        self._postings = Postings()
        self._near: dict[RecordKey, Near] = {}

    def __contains__(self, record: object) -> bool:
        return record in self._records

    def __iter__(self) -> Iterator[RecordKey]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def features(self, record: RecordKey) -> Features:
        indexed = self._records[record]
        if indexed.features is not None:
            return indexed.features
        recalled = self._recall(record)
        self._records[record] = Indexed(recalled, indexed.keys)  # what is known of the record has not changed
        return recalled

    def keys(self, record: RecordKey) -> tuple[int, ...]:
        return self._records[record].keys

    def restore(self, record: RecordKey, keys: tuple[int, ...]) -> None:
        """Index a record that isn't in yet, by the keys that it was indexed by before."""
        self._records[record] = Indexed(None, keys)
        for key in keys:
            self._postings.add(key, record)

    def forget_scores(self) -> None:
        """The scores are of another engine."""
        self._near.clear()

    def add(self, features: Features, cap: int, journal: Journal) -> set[int]:
        """Index a record that isn't in yet. Returns the keys that it takes over the cap."""
        record, keys = features.record, blocking_keys(features)
        journal.put(self._records, record, Indexed(features, keys))
        journal.note(self._unpost, keys, record)
        return {key for key in keys if self._postings.add(key, record) == cap + 1}

    def change(self, changes: Mapping[RecordKey, Features | None], engine: Engine, journal: Journal) -> set[RecordKey]:
        """Replace records (None removes one). Returns all whose neighbours may be others now, old neighbours included.

        The changed ones must be looked at (`near`, as fresh) before anything else is decided.
        """
        known = [record for record in changes if record in self._records]
        seeds = {other for near in self._look(known, frozenset(), engine).values() for other in near}
        crossed: set[int] = set()  # keys that crossed the cap an odd number of times
        for record in known:
            crossed ^= self._remove(record, engine.cap, journal)
        for features in changes.values():
            if features is not None:
                crossed ^= self.add(features, engine.cap, journal)
        return (seeds | self._holders_of(crossed, journal)).union(changes)

    def near(
        self, records: Iterable[RecordKey], fresh: set[RecordKey], engine: Engine, journal: Journal
    ) -> dict[RecordKey, Near]:
        """The neighbours of these records, kept. `fresh` are those changed and not looked at yet; they leave it."""
        found = self._look(records, fresh, engine)
        for record, near in found.items():
            if record not in self._near:
                journal.put(self._near, record, near or _NOBODY)
        for record in fresh.intersection(found):
            for other, score in found[record].items():
                if other in self._near and record not in self._near[other]:
                    journal.put(self._near, other, {**self._near[other], record: score})
        fresh.difference_update(found)
        return {record: self._near[record] for record in found}

    def scores(self, pairs: Sequence[tuple[RecordKey, RecordKey]], engine: Engine) -> Sequence[PairScore]:
        return self._scoring.all([(self.features(low), self.features(high)) for low, high in pairs], engine.grain)

    def _look(
        self, records: Iterable[RecordKey], fresh: set[RecordKey] | frozenset[RecordKey], engine: Engine
    ) -> dict[RecordKey, Near]:
        """Neighbours, from what is known where that is whole, else scored in one go."""
        found: dict[RecordKey, dict[RecordKey, PairScore]] = {}
        unknown: list[tuple[RecordKey, RecordKey]] = []
        result: dict[RecordKey, Near] = {}
        for record in records:
            if (kept := self._near.get(record)) is not None:
                result[record] = kept
                continue
            result[record] = near = found[record] = {}
            for other in self._candidates(record, engine.cap):
                kept = self._near.get(other)
                if kept is None or record in fresh:
                    if other not in found or other == record:
                        unknown.append((record, other))
                elif (score := kept.get(record)) is not None:
                    near[other] = score
        self._score(unknown, found, engine.grain)
        return result

    def _score(
        self,
        pairs: Sequence[tuple[RecordKey, RecordKey]],
        found: dict[RecordKey, dict[RecordKey, PairScore]],
        grain: str,
    ) -> None:
        scored = self._scoring.possible([(self.features(a), self.features(b)) for a, b in pairs], grain)
        for (record, other), score in zip(pairs, scored, strict=True):
            if score is not None:
                found[record][other] = score
                if other in found:
                    found[other][record] = score

    def _candidates(self, record: RecordKey, cap: int) -> set[RecordKey]:
        candidates: set[RecordKey] = set()
        for key in self._records[record].keys:
            holders = self._postings.of(key)
            if 1 < len(holders) <= cap:
                candidates.update(holders)
        candidates.discard(record)
        return candidates

    def _remove(self, record: RecordKey, cap: int, journal: Journal) -> set[int]:
        """Returns the keys that this takes back under the cap."""
        for other in self._candidates(record, cap):
            near = self._near.get(other)
            if near and record in near:
                journal.put(self._near, other, {known: score for known, score in near.items() if known != record})
        keys = self._records[record].keys
        journal.drop(self._near, record)
        journal.drop(self._records, record)
        journal.note(self._post, keys, record)
        return {key for key in keys if self._postings.remove(key, record) == cap}

    def _post(self, keys: Iterable[int], record: RecordKey) -> None:
        for key in keys:
            self._postings.add(key, record)

    def _unpost(self, keys: Iterable[int], record: RecordKey) -> None:
        for key in keys:
            self._postings.remove(key, record)

    def _holders_of(self, crossed: set[int], journal: Journal) -> set[RecordKey]:
        """The holders of keys that began or ceased to link. What they know of each other is forgotten."""
        seeds = {record for key in crossed for record in self._postings.of(key)}
        for record in seeds:
            journal.drop(self._near, record)
        return seeds
