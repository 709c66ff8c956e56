"""What the commands do with Kafka: read a topic whole, write a few records as one, look at how the stages stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from confluent_kafka import Producer, TopicPartition

from schemas import codec
from schemas.codec import Headers
from schemas.events import Heartbeat
from schemas.partition import partition_of
from schemas.topics import STATS, TOPICS, WINDOW_KEYS
from services.stream import clients, reading
from services.stream.deployment import check_topics
from services.stream.outcome import Incoming
from services.stream.reading import CALL_TIMEOUT_S, Slot
from services.stream.settings import StreamSettings
from services.stream.sink import metadata_of

__all__ = ["Transaction", "counts", "ends", "heartbeats", "read", "read_all", "transaction"]


class Transaction:
    """Records that become visible together, when the `with` block of `transaction` ends without a raise."""

    def __init__(self, producer: Producer, settings: StreamSettings) -> None:
        self._producer = producer
        self._settings = settings

    def write(self, topic: str, key: str, value: bytes | None, headers: Headers) -> None:
        """`value` None is a tombstone. The partition is that of the key."""
        _slots(self._settings, [topic])
        partition = partition_of(key, TOPICS[topic].partitions(self._settings.partitions))
        name = self._settings.topic(topic)
        while True:
            try:
                self._producer.produce(name, key=key, value=value, partition=partition, headers=list(headers))
                return
            except BufferError:
                self._producer.poll(0.1)


@contextmanager
def transaction(settings: StreamSettings, name: str) -> Iterator[Transaction]:
    """`name` is who writes: a second writer of the same name fences the first. Raises `KafkaException`."""
    producer = clients.transactional_producer(settings, f"{settings.topic_prefix}{name}")
    producer.init_transactions(CALL_TIMEOUT_S)
    producer.begin_transaction()
    try:
        yield Transaction(producer, settings)
    except BaseException:
        producer.abort_transaction(CALL_TIMEOUT_S)
        raise
    producer.commit_transaction(CALL_TIMEOUT_S)


def _slots(settings: StreamSettings, topics: Sequence[str]) -> list[Slot]:
    """Every partition of these topics. Raises `TopicsUnfit` where the settings would show a part of them only."""
    for topic in topics:
        _check(settings.bootstrap, settings.topic_prefix, settings.partitions, topic)
    return [(topic, p) for topic in topics for p in range(TOPICS[topic].partitions(settings.partitions))]


@cache
def _check(bootstrap: str, prefix: str, partitions: int, topic: str) -> None:
    check_topics(StreamSettings(bootstrap=bootstrap, topic_prefix=prefix, partitions=partitions), [topic])


def ends(settings: StreamSettings, topics: Sequence[str]) -> dict[Slot, int]:
    """The high watermark of every partition of these topics."""
    return reading.ends(clients.admin(settings), settings, _slots(settings, topics))


def read(settings: StreamSettings, topic: str, take: Callable[[Incoming], None]) -> None:
    """Every committed record of a topic up to its present end, in order per partition."""
    consumer = clients.reader(settings)
    try:
        reading.read_all(consumer, settings, ends(settings, [topic]), take)
    finally:
        consumer.close()


def read_all(settings: StreamSettings, topic: str) -> dict[str, bytes]:
    """The latest value of every key of a compacted topic; keys that were removed are left out."""
    values: dict[str, bytes] = {}

    def take(message: Incoming) -> None:
        if message.value is None:
            values.pop(message.key, None)
        else:
            values[message.key] = message.value

    read(settings, topic, take)
    return values


def counts(settings: StreamSettings, stage: str, topic: str) -> dict[str, int]:
    """What the records of a topic have come to in a stage, as its committed positions say: outcome → records."""
    consumer = clients.reader(settings, group=stage)
    try:
        asked = [TopicPartition(settings.topic(name), partition) for name, partition in _slots(settings, [topic])]
        total: dict[str, int] = {}
        for committed in consumer.committed(asked, timeout=CALL_TIMEOUT_S):
            if committed.offset >= 0:
                for outcome, n in metadata_of(committed).counts.items():
                    total[outcome] = total.get(outcome, 0) + n
        return total
    finally:
        consumer.close()


def heartbeats(settings: StreamSettings) -> list[Heartbeat]:
    """The latest heartbeat of every replica of every stage."""
    said = sorted(read_all(settings, STATS.name).items())
    return [codec.heartbeat(value) for key, value in said if not key.startswith(WINDOW_KEYS)]
