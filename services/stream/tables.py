"""Global tables: small compacted topics that every replica holds whole, read to their end before the first decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from confluent_kafka import Consumer

from schemas.topics import TOPICS
from services.stream.outcome import Incoming
from services.stream.reading import Reading, Slot
from services.stream.settings import StreamSettings


class GlobalTables:
    """Hands every record of its topics to `learn`, in order per partition: first to the end, then as they come."""

    def __init__(
        self,
        consumer: Consumer,
        settings: StreamSettings,
        stops: Mapping[Slot, int],
        learn: Callable[[Incoming], None],
    ) -> None:
        self._consumer = consumer
        self._learn = learn
        self._reading = Reading(consumer, settings, stops, follow=True) if stops else None

    def read_to_end(self, between: Callable[[], None] = lambda: None) -> None:
        while self._reading is not None and (not self._reading.done or self._amid()):
            self._reading.advance(self._learn)
            between()

    def follow(self) -> bool:
        """Take what has come since. True where something was learned.

        What people write comes in transactions, on topics of one partition: half of one is never decided with.
        """
        if self._reading is None:
            return False
        learned = self._reading.advance(self._learn, timeout_s=0.0) > 0
        while self._amid():
            learned |= self._reading.advance(self._learn, timeout_s=0.05) > 0
        return learned

    def _amid(self) -> bool:
        return self._reading is not None and any(
            TOPICS[topic].partitioned_by == "single" for topic, _ in self._reading.amid
        )

    @property
    def at(self) -> dict[Slot, int]:
        return dict(self._reading.at) if self._reading is not None else {}

    def close(self) -> None:
        self._consumer.close()
