"""Which records hold a blocking key. Three in four keys have one holder, so that one takes no container."""

from __future__ import annotations

from collections.abc import Collection

from schemas.events import RecordKey

_TUPLE_MAX = 16  # up to here copying a tuple is cheaper than a set's memory


class Postings:
    """Exact counts. A record adds or removes each of its keys once."""

    __slots__ = ("_holders",)

    def __init__(self) -> None:
        self._holders: dict[int, RecordKey | tuple[RecordKey, ...] | set[RecordKey]] = {}

    def of(self, key: int) -> Collection[RecordKey]:
        holders = self._holders.get(key, ())
        return (holders,) if isinstance(holders, str) else holders

    def add(self, key: int, record: RecordKey) -> int:
        """Returns how many hold the key now."""
        holders = self._holders.get(key)
        if holders is None:
            self._holders[key] = record
            return 1
        if isinstance(holders, str):
            self._holders[key] = (holders, record)
            return 2
        if isinstance(holders, set):
            holders.add(record)
            return len(holders)
        self._holders[key] = (*holders, record) if len(holders) < _TUPLE_MAX else {*holders, record}
        return len(holders) + 1

    def remove(self, key: int, record: RecordKey) -> int:
        """Returns how many hold the key now."""
        holders = self._holders[key]
        if isinstance(holders, str):
            del self._holders[key]
            return 0
        if isinstance(holders, set):
            holders.discard(record)
            if not holders:
                del self._holders[key]
            return len(holders)
        left = tuple(holder for holder in holders if holder != record)
        self._holders[key] = left[0] if len(left) == 1 else left
        return len(left)
