"""A reader that joins no group: it takes every partition of its topics, so that each replica has its own whole view.

Its positions are its sink's alone. Where a position is gone from the log it reads again from the log's start, so the
sink applies a value only where its version is higher than what it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import TopicPartition

from schemas.topics import TOPICS
from services.stream.membership import Membership


class AllPartitions(Membership):
    """A membership that nobody else has a part in: nothing is ever lost."""

    def _join(self, topics: Sequence[str]) -> None:
        slots = {(t, partition) for t in topics for partition in range(TOPICS[t].partitions(self._settings.partitions))}
        self.positions = self._sink.positions(slots)
        starts = [
            TopicPartition(self._settings.topic(topic), partition, self.positions[topic, partition].offset)
            for topic, partition in sorted(slots)
        ]
        self._consumer.assign(starts)
        self._consumer.pause(starts)
        self.owned, self.gained, self.joined = set(slots), set(slots), True
