"""Which records hold a blocking key. Three in four keys have one holder, so that one takes no container."""

from __future__ import annotations

from collections.abc import Collection

from schemas.events import RecordKey
from services.dedupe.journal import Journal

_TUPLE_MAX = 16  # up to here copying a tuple is cheaper than a set's memory


class Postings:
    """Exact counts, changed under a journal. A record adds or removes each of its keys once."""

    __slots__ = ("_holders",)

    def __init__(self) -> None:
        self._holders: dict[int, RecordKey | tuple[RecordKey, ...] | set[RecordKey]] = {}

    def of(self, key: int) -> Collection[RecordKey]:
        holders = self._holders.get(key, ())
        return (holders,) if isinstance(holders, str) else holders

    def count(self, key: int) -> int:
        return len(self.of(key))

    def add(self, key: int, record: RecordKey, journal: Journal) -> None:
        holders = self._holders.get(key)
        if holders is None:
            journal.put(self._holders, key, record)
        elif isinstance(holders, set):
            journal.add(holders, record)
        elif isinstance(holders, str):
            journal.put(self._holders, key, (holders, record))
        elif len(holders) < _TUPLE_MAX:
            journal.put(self._holders, key, (*holders, record))
        else:
            journal.put(self._holders, key, {*holders, record})

    def remove(self, key: int, record: RecordKey, journal: Journal) -> None:
        holders = self._holders[key]
        if isinstance(holders, str):
            journal.drop(self._holders, key)
        elif isinstance(holders, set):
            journal.discard(holders, record)
            if not holders:
                journal.drop(self._holders, key)
        else:
            left = tuple(holder for holder in holders if holder != record)
            journal.put(self._holders, key, left[0] if len(left) == 1 else left)
