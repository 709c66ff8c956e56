"""The same work twice: JSON in, a field added, JSON out, exactly once. As a stage in the loop, and bare.

`python -m tests.bench.passthrough loop|bare [INPUT OUTPUT]` runs one until SIGTERM. The bare one is what one writes
with confluent-kafka and nothing else: same batch bound, same headers, same codec, one transaction a batch; it keeps no
counts, restores nothing, rejects nothing and answers no probes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime

import msgspec
from confluent_kafka import KafkaError, TopicPartition

from schemas.codec import cloudevent
from services.stream import clients
from services.stream.outcome import Effects, Incoming, Output, StateKey
from services.stream.process import StageProcess
from services.stream.settings import StreamSettings

INPUT, OUTPUT = "raw", "pooled"
BARE_HOPS = (("raw", "pooled"), ("pooled", "deduped"), ("deduped", "assigned"))  # as far as a change goes


class Order(msgspec.Struct, omit_defaults=True):
    """A 400-byte value; `seen` is the field that is added."""

    id: int
    name: str
    city: str
    padding: str
    seen: bool = False


decode = msgspec.json.Decoder(Order).decode
encode = msgspec.json.Encoder().encode


class Passthrough:
    topic = INPUT
    state_topics: tuple[str, ...] = ()
    mark = ""

    def restore(self, message: Incoming) -> None: ...

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        return ()

    def drop(self, partition: int) -> None: ...

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        for message in batch:
            order = decode(message.value or b"")
            order.seen = True
            headers = cloudevent("bench.order.v1", str(order.id), "bench", "2026-01-01T00:00:00Z")
            effects.outputs.append(Output(OUTPUT, message.key, encode(order), message.partition, headers))
            effects.count(message.partition, "passed")
        return effects

    def learn(self, message: Incoming) -> None: ...

    def touched(self, now: datetime) -> Sequence[StateKey]:
        return ()

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        return Effects()

    def next_moment(self) -> datetime | None:
        return None


def added(value: bytes, source: str) -> tuple[bytes, str]:
    """The value with a field added, and its id. What is no order is a change event on its way through the hops."""
    if value.startswith(b'{"id"'):
        order = decode(value)
        order.seen = True
        return encode(order), str(order.id)
    event = msgspec.json.decode(value, type=dict[str, object])
    event[f"seen_{source}"] = True
    return encode(event), str(event["event_id"])


def bare(settings: StreamSettings, source: str, target: str) -> None:
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    producer = clients.transactional_producer(settings, clients.replica(settings, f"bare-{source}"))
    producer.init_transactions(30)
    consumer = clients.member(settings, f"bare-{source}")

    def assign(_consumer: object, partitions: list[TopicPartition]) -> None:
        starts = consumer.committed(partitions, timeout=30)
        for start in starts:
            start.offset = max(0, start.offset)
        consumer.incremental_assign(starts)

    consumer.subscribe([settings.topic(source)], on_assign=assign)
    output = settings.topic(target)
    while not stopping:
        first = consumer.poll(0.05)
        if first is None:
            continue
        messages = [first, *consumer.consume(settings.batch_max - 1, settings.batch_wait_ms / 1_000)]
        fence = consumer.consumer_group_metadata()
        ends: dict[int, int] = {}
        producer.begin_transaction()
        for message in messages:
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(error.str())
                continue
            value, identity = added(message.value() or b"", source)
            headers = cloudevent("bench.order.v1", identity, "bench", "2026-01-01T00:00:00Z")
            partition, offset = message.partition() or 0, message.offset() or 0
            producer.produce(output, key=message.key(), value=value, partition=partition, headers=list(headers))
            ends[partition] = offset + 1
        offsets = [TopicPartition(settings.topic(source), partition, end) for partition, end in ends.items()]
        producer.send_offsets_to_transaction(offsets, fence, 10)
        producer.commit_transaction(10)
    os._exit(0)  # as a stage does


if __name__ == "__main__":
    given = StreamSettings()
    hop = sys.argv[2:4] or [INPUT, OUTPUT]
    if sys.argv[1] == "bare":
        bare(given, *hop)
    else:
        StageProcess("loop", [Passthrough()], given).run_and_exit()
