"""Api: `deduped`, `assigned` and `reference` in, the view out. Each handler decodes; the view's sink applies.

Each half of a client is applied where its version is higher than the one the view has, so the order of the topics does
not matter. What cannot be decoded changes nothing here and is counted: the stages that own the topics reject it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from schemas import codec
from schemas.events import Assignment, EndedClient, Heartbeat, LiveClient
from schemas.reference import Reference
from schemas.topics import ASSIGNED, DEDUPED, REFERENCE, STATS, WINDOW_KEYS
from services.api.pipeline import Pipeline
from services.stream.outcome import Effects, Incoming, Output, StateKey

Said = LiveClient | EndedClient | Assignment | Reference | None


class Applied(Output, frozen=True):
    """One value for the view. `said` None: the statement was removed."""

    said: Said
    appended_ms: int


class Projector:
    """The handler of one topic. It holds nothing: the view is the state."""

    state_topics: tuple[str, ...] = ()

    def __init__(
        self,
        topic: str,
        decode: Callable[[bytes], Said],
        heard: dict[str, Heartbeat] | None = None,
        pipeline: Pipeline | None = None,
    ) -> None:
        self.topic = topic
        self._decode = decode
        self._heard = heard
        self._pipeline = pipeline

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        for message in batch:
            try:
                said = self._decode(message.value) if message.value is not None else None
            except codec.UNREADABLE:
                effects.count(message.partition, "unreadable")
                continue
            effects.outputs.append(
                Applied(self.topic, message.key, message.value, message.partition, [], said, message.appended_ms)
            )
        for partition, applied in Counter(output.partition for output in effects.outputs).items():
            effects.count(partition, "applied", applied)
        return effects

    def learn(self, message: Incoming) -> None:
        """A heartbeat, or a window of pulse. One that cannot be read is followed by the next."""
        if message.topic != STATS.name or message.value is None:
            return
        if message.key.startswith(WINDOW_KEYS):
            if self._pipeline is not None:
                with suppress(*codec.UNREADABLE):
                    self._pipeline.hear(codec.window(message.value))
        elif self._heard is not None:
            try:
                self._heard[message.key] = codec.heartbeat(message.value)
            except codec.UNREADABLE:
                self._heard.pop(message.key, None)

    def restore(self, message: Incoming) -> None:
        """There is nothing to restore."""

    @property
    def mark(self) -> str:
        return ""

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        return ()

    def drop(self, partition: int) -> None:
        """There is nothing to forget."""

    def touched(self, now: datetime) -> Sequence[StateKey]:
        return ()

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        return Effects()

    def next_moment(self) -> datetime | None:
        return None


def projectors(heard: dict[str, Heartbeat], pipeline: Pipeline | None = None) -> list[Projector]:
    """One for each topic; the heartbeats of all stages are kept in `heard`, pulse's windows in `pipeline`."""
    return [
        Projector(REFERENCE.name, codec.reference, heard, pipeline),
        Projector(DEDUPED.name, codec.client),
        Projector(ASSIGNED.name, codec.assignment),
    ]
