"""Bringing back what a stage last said, in the order that loses nothing.

The group's stable committed offset comes first (the membership has it), then the high watermark of the state's topic,
asked for uncommitted, then reading committed up to it while open transactions end. Any other order, or stopping at
the first end of partition, misses what a predecessor was committing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from confluent_kafka.admin import AdminClient

from services.stream.clients import reader
from services.stream.outcome import Handler, Incoming
from services.stream.reading import Slot, ends, read_all
from services.stream.settings import StreamSettings
from services.stream.sink import Position


class PositionLost(Exception):
    """There is output of this stage, but no committed position that it belongs to."""


class Restorer:
    """Feeds a handler's state topics to it, partition by partition of what was gained."""

    def __init__(self, stage: str, admin: AdminClient, settings: StreamSettings) -> None:
        self._stage = stage
        self._admin = admin
        self._settings = settings

    def __call__(
        self,
        handler: Handler,
        slots: set[Slot],
        positions: Mapping[Slot, Position],
        between: Callable[[], None],
    ) -> None:
        """Raises `PositionLost` where reading the input again would say everything twice."""
        for topic in handler.state_topics:
            take: Callable[[Incoming], None] = handler.restore
            if topic == handler.topic:
                stops = {slot: positions[slot].offset for slot in slots}
                take = _without({(slot, offset) for slot in slots for offset in positions[slot].killers}, take)
            else:
                stops = ends(self._admin, self._settings, ((topic, partition) for _, partition in slots))
                fresh = {partition for _, partition in slots if positions[handler.topic, partition].fresh}
                take = _refusing(self._stage, handler, fresh) if fresh else handler.restore
            consumer = reader(self._settings)  # one that was unassigned takes a second to fetch again
            try:
                read_all(consumer, self._settings, stops, take, between)
            finally:
                consumer.close()


def _without(killers: set[tuple[Slot, int]], take: Callable[[Incoming], None]) -> Callable[[Incoming], None]:
    def spared(message: Incoming) -> None:
        if ((message.topic, message.partition), message.offset) not in killers:
            take(message)

    return spared if killers else take


def _refusing(stage: str, handler: Handler, fresh: set[int]) -> Callable[[Incoming], None]:
    def take(message: Incoming) -> None:
        if message.partition in fresh:
            raise PositionLost(
                f"{message.topic}, partition {message.partition}, holds output, but the group has no committed "
                f"position on {handler.topic}: its offsets expired or were deleted. Reading {handler.topic} from its "
                f"start would say everything again in passing; `cadastre rebuild {stage}` goes on soundly"
            )
        handler.restore(message)

    return take
