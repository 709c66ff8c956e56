"""Where a batch's outputs and positions go, as one. Here: the Kafka transaction; a stage may bring a sink of its own.

A sink knows where each partition goes on (`positions`) and commits outputs together with the next positions, so that
both happen or neither does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from services.stream.crash import CrashPoints
from services.stream.outcome import Output
from services.stream.reading import CALL_TIMEOUT_S, Slot
from services.stream.settings import StreamSettings
from services.stream.watchdog import Watchdog

KafkaHeaders = list[tuple[str, str | bytes | None]]
Fence = object  # the client's ConsumerGroupMetadata: what a successor's generation invalidates
COMMIT_ATTEMPTS = 3  # of a timed-out commit: its outcome is unknown, and only asking again tells
POSITIONS_TIMEOUT_S = 30.0  # three transaction timeouts: a predecessor's open transaction holds its position unstable


@dataclass(frozen=True, slots=True)
class Position:
    """Where a partition goes on, and what its records came to so far. `topic_id` tells a topic from its namesake."""

    offset: int
    topic_id: str
    counts: dict[str, int] = field(default_factory=dict)
    window: int = 0  # the brake's: a bit for each of the last records, set where the stage itself rejected it
    starts: int = 0  # lives that took the partition over since a transaction last succeeded on it
    trying: int | None = None  # the record that is being decided alone
    tries: int = 0  # how often
    fresh: bool = False  # nothing was ever committed for it
    killers: tuple[int, ...] = ()  # the last records that were found to end the process: no restore takes them
    mark: str = ""  # the handler's name for the rules that everything it says of the partition is of

    def advanced(self, offset: int, counts: Mapping[str, int], window: int | None = None, starts: int = 0) -> Position:
        """Where a successful transaction leaves it."""
        total = dict(self.counts)
        for outcome, n in counts.items():
            total[outcome] = total.get(outcome, 0) + n
        window = self.window if window is None else window
        return Position(offset, self.topic_id, total, window, starts, killers=self.killers, mark=self.mark)


class Aborted(Exception):
    """The transaction was rolled back; state in memory is ahead of the log and must be restored."""


class ForeignCommit(Exception):
    """Somebody else has moved a stage's position."""


class TopicReplaced(Exception):
    """The topic was deleted and created again: its offsets mean other records now."""


class Sink(Protocol):
    def positions(self, slots: Iterable[Slot]) -> dict[Slot, Position]:
        """Where each partition goes on; offset 0 with empty counts where nothing was ever committed."""

    def commit(self, fence: Fence, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> None:
        """All or nothing. Raises `Aborted` where nothing was written and the batch may be tried again."""

    def note(self, positions: Mapping[Slot, Position]) -> None:
        """Keep `starts` and `trying` ahead of what may kill the process. Raises `Aborted` for a lost membership."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What a sink is made from: this replica's place in its group, and the topics' ids as they are now."""

    consumer: Consumer
    settings: StreamSettings
    topic_ids: Mapping[str, str]
    crash: CrashPoints

    def tell_group(self, positions: Mapping[Slot, Position]) -> None:
        """Tell the group's lag to whoever looks. Nobody resumes from it, so nobody waits for the answer."""
        if positions:
            self.consumer.commit(offsets=offsets(self.settings, positions), asynchronous=True)


SinkFactory = Callable[[Seat], Sink]


class Metadata(msgspec.Struct, frozen=True, omit_defaults=True):
    """What travels in the committed offset's metadata (at most 4,096 bytes)."""

    topic: str
    counts: dict[str, int]
    window: str = ""  # hexadecimal
    starts: int = 0
    trying: int | None = None
    tries: int = 0
    killers: tuple[int, ...] = ()
    mark: str = ""


def metadata_of(committed: TopicPartition) -> Metadata:
    """Raises `ForeignCommit` where somebody else committed for this group."""
    try:
        return msgspec.json.decode(committed.metadata or "", type=Metadata)
    except msgspec.DecodeError:
        where = f"{committed.topic}, partition {committed.partition}"
        raise ForeignCommit(
            f"{where}: its position was not committed by a stage, since it carries no counts (a tool that resets "
            f"offsets?). `cadastre rebuild` of the stage goes on soundly"
        ) from None


def metadata_text(position: Position) -> str:
    """The inverse of `metadata_of`."""
    window = f"{position.window:x}" if position.window else ""
    metadata = Metadata(
        position.topic_id,
        position.counts,
        window,
        position.starts,
        position.trying,
        position.tries,
        position.killers,
        position.mark,
    )
    return msgspec.json.encode(metadata).decode()


def offsets(settings: StreamSettings, positions: Mapping[Slot, Position]) -> list[TopicPartition]:
    """Positions as the client commits them."""
    return [
        TopicPartition(settings.topic(topic), partition, position.offset, metadata=metadata_text(position))
        for (topic, partition), position in positions.items()
    ]


_MEMBERSHIP_GONE = frozenset(
    (
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.FENCED_INSTANCE_ID,
    )
)


class KafkaSink:
    """Outputs, rejections and input positions in one transaction, fenced by the membership of the fetch."""

    def __init__(
        self,
        producer: Producer,
        consumer: Consumer,
        settings: StreamSettings,
        topic_ids: Mapping[str, str],
        crash: CrashPoints,
        watchdog: Watchdog,
    ) -> None:
        self._producer = producer
        self._consumer = consumer
        self._settings = settings
        self._topic_ids = topic_ids
        self._crash = crash
        self._watchdog = watchdog

    def positions(self, slots: Iterable[Slot]) -> dict[Slot, Position]:
        asked = [TopicPartition(self._settings.topic(topic), partition) for topic, partition in sorted(slots)]
        found: dict[Slot, Position] = {}
        for committed in self._consumer.committed(asked, timeout=POSITIONS_TIMEOUT_S) if asked else []:
            if committed.error is not None:
                raise KafkaException(committed.error)
            topic = self._settings.bare(committed.topic)
            found[topic, committed.partition] = self._position(topic, committed)
        return found

    def commit(self, fence: Fence, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> None:
        going_on = offsets(self._settings, positions)
        self._producer.begin_transaction()
        try:
            self._produce(outputs)
            self._crash.reach("produced")
            with self._watchdog:
                self._producer.send_offsets_to_transaction(going_on, fence, CALL_TIMEOUT_S)
            self._crash.reach("offsets_sent")
            self._persist(lambda: self._producer.commit_transaction(CALL_TIMEOUT_S))
        except KafkaException as refused:
            if not refused.args[0].txn_requires_abort():
                raise
            self._persist(lambda: self._producer.abort_transaction(CALL_TIMEOUT_S))
            raise Aborted(refused.args[0].str()) from refused
        self._crash.reach("committed")

    def note(self, positions: Mapping[Slot, Position]) -> None:
        """A plain commit, fenced by the membership as it is now. Of no positions it would be an error."""
        if not positions:
            return
        try:
            with self._watchdog:
                committed = self._consumer.commit(offsets=offsets(self._settings, positions), asynchronous=False)
            for one in committed or ():
                if one.error is not None:
                    raise KafkaException(one.error)
        except KafkaException as refused:
            if refused.args[0].code() not in _MEMBERSHIP_GONE:
                raise
            raise Aborted(refused.args[0].str()) from refused

    def _produce(self, outputs: Sequence[Output]) -> None:
        names = {topic: self._settings.topic(topic) for topic in {out.topic for out in outputs}}
        produce = self._producer.produce
        for out in outputs:
            topic, headers = names[out.topic], cast("KafkaHeaders", out.headers)
            while True:
                try:
                    produce(topic, out.value, out.key, out.partition, headers=headers)
                    break
                except BufferError:
                    self._producer.poll(0.1)

    def _persist(self, call: Callable[[], None]) -> None:
        """A timed-out commit or abort has an unknown outcome: calling it again is what tells."""
        for attempt in range(COMMIT_ATTEMPTS):
            try:
                with self._watchdog:
                    return call()
            except KafkaException as slow:
                if not slow.args[0].retriable() or attempt == COMMIT_ATTEMPTS - 1:
                    raise
        return None

    def _position(self, topic: str, committed: TopicPartition) -> Position:
        topic_id = self._topic_ids[topic]
        if committed.offset < 0:
            return Position(0, topic_id, fresh=True)
        metadata = metadata_of(committed)
        if metadata.topic != topic_id:
            raise TopicReplaced(
                f"{topic} was deleted and created again (id {metadata.topic} is now {topic_id}): "
                f"delete the consumer group to start over, or restore the topic"
            )
        window = int(metadata.window or "0", 16)
        return Position(
            committed.offset,
            topic_id,
            metadata.counts,
            window,
            metadata.starts,
            metadata.trying,
            metadata.tries,
            killers=metadata.killers,
            mark=metadata.mark,
        )
