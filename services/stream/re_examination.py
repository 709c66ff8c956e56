"""The keys that wait to be decided again: each once, oldest first, in chunks between batches."""

from __future__ import annotations

from collections.abc import Iterable

from services.stream.outcome import StateKey

CHUNK = 500  # keys a transaction, as a batch: a rule change never holds up the stream for longer than a batch does


class ReExamination:
    """One queue for each topic's handler."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._waiting: dict[str, dict[StateKey, None]] = {topic: {} for topic in topics}

    def add(self, topic: str, keys: Iterable[StateKey]) -> None:
        self._waiting[topic] |= dict.fromkeys(keys)

    def drop(self, topic: str, partition: int) -> None:
        """The partition is gone; whoever restores it decides anew what must be re-examined."""
        kept = {key: None for key in self._waiting[topic] if key.partition != partition}
        self._waiting[topic] = kept

    def take(self, topic: str, at_most: int = CHUNK) -> list[StateKey]:
        waiting = self._waiting[topic]
        keys = [key for key, _ in zip(waiting, range(at_most), strict=False)]
        for key in keys:
            del waiting[key]
        return keys

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())
