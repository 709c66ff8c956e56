"""A load that runs while faults come, each record traced, and how long the pipeline made it wait."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from schemas.partition import partition_of
from schemas.topics import ASSIGNED, RAW
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings
from tests.support.pipeline import RawRecord

PATIENCE_S = 90.0  # longer than any fault lasts: the sender retries, idempotently


@contextmanager
def load(settings: StreamSettings, records: Sequence[RawRecord], seconds: float) -> Iterator[Future[None]]:
    """Send the records to `raw`, evenly over that time, on a thread of its own. The future ends with the load."""
    with ThreadPoolExecutor(1, "load") as thread:
        sending = thread.submit(_send, settings, records, len(records) / seconds)
        yield sending
        sending.result(PATIENCE_S)


def _send(settings: StreamSettings, records: Sequence[RawRecord], per_s: float) -> None:
    producer = AckedProducer(settings, delivery_timeout_s=PATIENCE_S)
    began = time.monotonic()
    sent = []
    for number, record in enumerate(records):
        time.sleep(max(0.0, began + number / per_s - time.monotonic()))
        partition = partition_of(record.key, settings.partitions)
        headers = [*record.headers, ("traceparent", b"00-%032x-%016x-01" % (number + 1, 1))]
        sent.append(producer.send(RAW.name, record.key, record.value, partition, headers))
    for future in sent:
        future.result(PATIENCE_S)
    producer.close()


@dataclass(frozen=True, slots=True)
class Waits:
    """In seconds. `pause`: the longest time without an output while there was input. `slowest`: from a record on
    `raw` to its client on `assigned`, the worst of those that changed an assignment."""

    pause: float
    slowest: float

    def __str__(self) -> str:
        return f"longest pause {self.pause:.1f} s, slowest record {self.slowest:.1f} s"


def waits(settings: StreamSettings) -> Waits:
    """By the broker's clock, from what `load` sent."""
    arrived: dict[bytes | None, int] = {}
    said: list[tuple[int, bytes | None]] = []

    def take_raw(message: Incoming) -> None:
        arrived[dict(message.headers).get("traceparent")] = message.appended_ms

    def take_assigned(message: Incoming) -> None:
        said.append((message.appended_ms, dict(message.headers).get("traceparent")))

    admin.read(settings, RAW.name, take_raw)
    admin.read(settings, ASSIGNED.name, take_assigned)
    said.sort(key=lambda one: one[0])
    moments = [min(arrived.values()), *(at for at, _ in said)]
    gaps = [after - before for before, after in pairwise(moments)]
    slow = [at - arrived[trace] for at, trace in said if trace in arrived]
    return Waits(max(gaps) / 1_000, max(slow) / 1_000)
