"""Reading partitions to their present end: what restoring, global tables and the commands share.

The end is the high watermark asked for uncommitted: the last stable offset, and so the first end of partition, stands
below records that others have committed for as long as anybody holds a transaction open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from schemas.codec import Headers
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings

Slot = tuple[str, int]  # topic without prefix, partition
READ_BATCH = 5_000
# Asking for the beginning by name costs half a second; where retention has moved the log's start, this resets to it.
FROM_THE_START = 0
CALL_TIMEOUT_S = 10.0


class OffsetLost(Exception):
    """A position is not on the log any more: records between it and the log's start were deleted unread."""


def slot_of(message: Message, settings: StreamSettings) -> tuple[Slot, int]:
    """Where a fetched message, or an end of partition, stands."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise RuntimeError("the client gave a message without a position")
    return (settings.bare(topic), partition), offset


def incoming(message: Message, slot: Slot, offset: int) -> Incoming:
    """A fetched message as plain data. A key that is not UTF-8 is kept readable, not refused."""
    key, headers = message.key(), message.headers()
    return Incoming(
        slot[0],
        slot[1],
        offset,
        message.timestamp()[1],
        key.decode("utf-8", "backslashreplace") if isinstance(key, bytes) else str(key or ""),
        message.value(),
        cast("Headers", headers) if headers else [],
    )


def raise_for(error: KafkaError, where: str) -> None:
    """What a fetch reports instead of a record: transient errors are the client's to retry, the rest end the stage."""
    if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        raise OffsetLost(
            f"{where}: {error.str()}: what stood there is gone from the log, read or not; `cadastre rebuild "
            f"dedupe|assign` goes on with what is left, and counts what was lost"
        )
    if error.fatal() or not (error.retriable() or error.code() in _CLIENT_RETRIES):
        raise KafkaException(error)


# Met between a topic's creation and its leader's election, and while a broker comes back from a crash or a freeze and
# catches up with its leaders' epochs; the client does not call them retriable.
_LEADERLESS = frozenset(
    (
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError._NOENT,  # "no leaders found", of the whole request: right after a thaw its metadata names none
    )
)
_CLIENT_RETRIES = frozenset(
    (
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._RESOLVE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.NOT_COORDINATOR,
    )
)


def ends(admin: AdminClient, settings: StreamSettings, slots: Iterable[Slot]) -> dict[Slot, int]:
    """The high watermarks, open transactions included. A leader that is being elected is asked again."""
    wanted = list(slots)
    deadline = time.monotonic() + CALL_TIMEOUT_S
    while True:
        try:
            return _ends(admin, settings, wanted)
        except KafkaException as refused:
            if refused.args[0].code() not in _LEADERLESS or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
            admin.list_topics(timeout=CALL_TIMEOUT_S)  # else the client asks again with the epoch that it remembers


def _ends(admin: AdminClient, settings: StreamSettings, slots: Sequence[Slot]) -> dict[Slot, int]:
    asked = {TopicPartition(settings.topic(t), p): OffsetSpec.latest() for t, p in slots}  # type: ignore[no-untyped-call]
    if not asked:
        return {}
    futures = admin.list_offsets(asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=CALL_TIMEOUT_S)
    return {(settings.bare(tp.topic), tp.partition): future.result().offset for tp, future in futures.items()}


class Reading:
    """One pass over some partitions, each up to its stop (exclusive); with `follow` it goes on behind them.

    `at` is where each partition stands, past transaction markers too.
    """

    def __init__(
        self, consumer: Consumer, settings: StreamSettings, stops: Mapping[Slot, int], *, follow: bool = False
    ) -> None:
        self._consumer = consumer
        self._settings = settings
        self._stops = dict(stops)
        self._follow = follow
        self._left = {slot for slot, stop in stops.items() if stop > 0}
        self.at: dict[Slot, int] = dict.fromkeys(stops, 0)
        self.amid: set[Slot] = (
            set()
        )  # partitions that gave records since their last end: there may be more of one transaction
        wanted = stops if follow else self._left
        consumer.assign([TopicPartition(settings.topic(t), p, FROM_THE_START) for t, p in sorted(wanted)])

    @property
    def done(self) -> bool:
        return not self._left

    def advance(self, take: Callable[[Incoming], None], timeout_s: float = 0.2) -> int:
        """Hand on what has come, in order per partition. Returns how many records that was."""
        first = self._consumer.poll(timeout_s)
        if first is None:
            return 0
        return self._one(first, take) + sum(self._one(m, take) for m in self._consumer.consume(READ_BATCH, 0.0))

    def _one(self, message: Message, take: Callable[[Incoming], None]) -> bool:
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise_for(error, f"reading {message.topic()}")
            return False
        slot, offset = slot_of(message, self._settings)
        self.at[slot] = max(self.at[slot], offset if error is not None else offset + 1)
        if error is not None:
            self.amid.discard(slot)
        else:
            self.amid.add(slot)
        wanted = error is None and (self._follow or offset < self._stops[slot])
        if wanted:
            take(incoming(message, slot, offset))
        if slot in self._left and self.at[slot] >= self._stops[slot]:
            self._left.remove(slot)
        return wanted


def read_all(
    consumer: Consumer,
    settings: StreamSettings,
    stops: Mapping[Slot, int],
    take: Callable[[Incoming], None],
    between: Callable[[], None] = lambda: None,
) -> None:
    """Read every partition to its stop. `between` is called between fetches: to stay a member, to heed a stop."""
    reading = Reading(consumer, settings, stops)
    while not reading.done:
        reading.advance(take)
        between()
    consumer.unassign()
