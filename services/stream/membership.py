"""This replica in its consumer group: what it owns, what it fetched, and which ends it has seen.

There is no leaving: a static member that ends keeps its partitions until its session does, so that a restart is not a
rebalance. Closing the client would only run a last rebalance callback, which was seen to wait forever during another.

Rebalances happen inside a fetch and only there. They change sets of partitions; the loop acts on them afterwards, so
that no state is touched in a callback.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from services.stream.clients import LONGEST_MESSAGE
from services.stream.outcome import Incoming
from services.stream.reading import Slot, incoming, raise_for, slot_of
from services.stream.settings import StreamSettings
from services.stream.sink import Fence, Position, Sink


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch gave. `fence` is the membership under which it was fetched, good for this batch only: with a
    fresher one, a replica that was frozen past its session would write what its successor has written already."""

    messages: list[Incoming]
    fence: Fence


class Membership:
    """Owns the consumer's subscription. `gained` partitions are paused until `ready` says that they are restored."""

    def __init__(self, consumer: Consumer, sink: Sink, settings: StreamSettings, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._sink = sink
        self._settings = settings
        self.owned: set[Slot] = set()
        self.gained: set[Slot] = set()
        self.lost: set[Slot] = set()
        self.positions: dict[Slot, Position] = {}  # committed, of what is owned
        self._failed: Exception | None = None
        self.joined = False
        self.at_end: dict[Slot, int] = {}  # owned partitions read to their end → that end, past markers
        self._join(topics)

    def _join(self, topics: Sequence[str]) -> None:
        self._consumer.subscribe(
            [self._settings.topic(t) for t in topics],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def fetch(self, timeout_s: float) -> Fetched:
        """Wait for a first record, then collect for a few milliseconds: a batch fills under load, else nobody waits."""
        messages = self._collected(timeout_s)
        fence = self._consumer.consumer_group_metadata()
        records = []
        for message in messages:
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise_for(error, f"consuming {message.topic()}")
                continue
            slot, offset = slot_of(message, self._settings)
            if slot not in self.owned or slot in self.gained:
                continue  # lost meanwhile, or not restored yet: `ready` seeks back to its position
            if error is not None:
                self.at_end[slot] = offset
            else:
                records.append(incoming(message, slot, offset))
                if slot in self.at_end:
                    del self.at_end[slot]
        return Fetched(records, fence)

    def _collected(self, timeout_s: float) -> list[Message]:
        """Up to a batch's records and bytes. The client bounds records only, so it is never asked for more of them than
        would fit if all were of the greatest length."""
        first = self._polled(timeout_s)
        if first is None:
            return []
        messages, held = [first], len(first)
        until = time.monotonic() + self._settings.batch_wait_ms / 1_000
        while True:
            left = self._settings.batch_max - len(messages)
            room = min(left, (self._settings.batch_bytes - held) // LONGEST_MESSAGE)
            more = self._consumer.consume(room, max(0.0, until - time.monotonic())) if room > 0 else []
            if not more:
                return messages
            messages += more
            held += sum(map(len, more))

    def keep_alive(self, timeout_s: float = 0.0) -> None:
        """Stay a member while nothing is fetched: every partition is paused, so only rebalances can come."""
        self._consumer.pause(self._partitions(self.owned))
        message = self._polled(timeout_s)
        if message is not None and message.error() is not None:
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise_for(error, "waiting")

    def _polled(self, timeout_s: float) -> Message | None:
        message = self._consumer.poll(timeout_s)
        if self._failed is not None:
            raise self._failed
        return message

    def ready(self, slots: set[Slot]) -> None:
        """These are restored: fetch them from their committed positions, and all the others go on."""
        for slot in sorted(slots & self.owned):
            topic, partition = slot
            start = self.positions[slot].offset
            self._consumer.seek(TopicPartition(self._settings.topic(topic), partition, start))
        self.gained -= slots
        self._consumer.resume(self._partitions(self.owned - self.gained))

    def rewind(self, slots: set[Slot]) -> None:
        """After an aborted transaction: what is in memory of these cannot be trusted, so they are gained again."""
        self.reread(slots)
        self.gained |= slots
        for slot in slots:
            self.at_end.pop(slot, None)
        self._consumer.pause(self._partitions(slots))

    def reread(self, slots: set[Slot]) -> None:
        """These have been in other hands since their positions were read."""
        self.positions |= self._sink.positions(slots & self.owned)

    def take_lost(self) -> set[Slot]:
        lost, self.lost = self.lost, set()
        return lost

    def lag(self) -> int:
        """Records behind the ends, as the last fetches told them."""
        behind = 0
        for slot in self.owned - self.at_end.keys():
            _, high = self._consumer.get_watermark_offsets(self._partitions({slot})[0], cached=True)
            behind += max(0, high - self.positions[slot].offset)
        return behind

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """What it raises would be garbled on its way through the client, so it is kept for `fetch` to raise."""
        try:
            self._take_over(consumer, partitions)
        except Exception as error:  # noqa: BLE001
            self._failed = error
            consumer.incremental_assign([])

    def _take_over(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        slots = {(self._settings.bare(p.topic), p.partition) for p in partitions}
        positions = self._sink.positions(slots)
        starts = [
            TopicPartition(self._settings.topic(topic), partition, positions[topic, partition].offset)
            for topic, partition in sorted(slots)
        ]
        consumer.incremental_assign(starts)
        if starts:
            consumer.pause(starts)
        self.joined = True
        self.positions |= positions
        self.owned |= slots
        self.gained |= slots

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        slots = {(self._settings.bare(p.topic), p.partition) for p in partitions}
        consumer.incremental_unassign(partitions)
        self.owned -= slots
        self.gained -= slots
        self.lost |= slots
        for slot in slots:
            self.at_end.pop(slot, None)
            self.positions.pop(slot, None)

    def _partitions(self, slots: set[Slot]) -> list[TopicPartition]:
        return [TopicPartition(self._settings.topic(topic), partition) for topic, partition in sorted(slots)]
