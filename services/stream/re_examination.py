"""The keys that wait to be decided again: each once, oldest first, in chunks between batches.

A key that raises is tried again whenever it is touched again, but rejected once only: until a record of its own comes,
or its partition is taken over anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from services.stream.outcome import Incoming, Rejection, StateKey

CHUNK = 500  # keys a transaction, as a batch: a rule change never holds up the stream for longer than a batch does


class ReExamination:
    """One queue for each topic's handler."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._waiting: dict[str, dict[StateKey, None]] = {topic: {} for topic in topics}
        self._of_partition: dict[str, Counter[int]] = {topic: Counter() for topic in self._waiting}
        self._refused: dict[str, set[StateKey]] = {topic: set() for topic in self._waiting}

    def add(self, topic: str, keys: Iterable[StateKey]) -> None:
        waiting, counts = self._waiting[topic], self._of_partition[topic]
        for key in keys:
            if key not in waiting:
                waiting[key] = None
                counts[key.partition] += 1

    def drop(self, topic: str, partition: int) -> None:
        """The partition is gone; whoever restores it decides anew what must be re-examined."""
        self._waiting[topic] = {key: None for key in self._waiting[topic] if key.partition != partition}
        self._refused[topic] = {key for key in self._refused[topic] if key.partition != partition}
        del self._of_partition[topic][partition]

    def take(self, topic: str, at_most: int = CHUNK) -> list[StateKey]:
        waiting = self._waiting[topic]
        keys = [key for key, _ in zip(waiting, range(at_most), strict=False)]
        for key in keys:
            del waiting[key]
            self._of_partition[topic][key.partition] -= 1
        return keys

    def refuse(self, topic: str, rejections: Iterable[Rejection]) -> list[Rejection]:
        """Those of keys that were not rejected yet in their present version; from now on they were."""
        refused, new = self._refused[topic], []
        for rejection in rejections:
            key = StateKey(rejection.incoming.partition, rejection.incoming.key)
            if key not in refused:
                refused.add(key)
                new.append(rejection)
        return new

    def renew(self, topic: str, batch: Sequence[Incoming]) -> None:
        """Records have come: their keys are of another version now."""
        refused = self._refused[topic]
        if refused:
            refused.difference_update(StateKey(message.partition, message.key) for message in batch)

    def waits(self, topic: str, partition: int) -> bool:
        """Whether any key of the partition still waits."""
        return self._of_partition[topic][partition] > 0

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())
