"""`make bench NAME=stream`: what the loop costs over a bare transactional loop, on one broker in one run."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from deploy.local.kafka import Broker
from schemas.codec import cloudevent
from schemas.partition import partition_of
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings
from tests.bench.envelope import Report, progress
from tests.bench.passthrough import INPUT, OUTPUT, Order, encode
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

MESSAGES = 200_000
VALUE_BYTES = 400
KEYS = 20_000
RUNS = 3
SEED = 7
AIM = 0.7


def main() -> int:
    report = Report("stream", SEED, RUNS)
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka", throughput=True) as broker:
        rates: dict[str, list[float]] = {"loop": [], "bare": []}
        equal = True
        for run in range(RUNS):
            for kind in (
                ("loop", "bare") if run % 2 == 0 else ("bare", "loop")
            ):  # neither always meets the warmer broker
                settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=f"{kind}{run}-", partitions=8)
                rate, count = measure(kind, settings, Path(folder))
                rates[kind].append(rate)
                equal = equal and count == MESSAGES
                progress(f"stream: run {run + 1} of {RUNS}, {kind}: {rate:,.0f} messages/s")
    loop, bare = statistics.median(rates["loop"]), statistics.median(rates["bare"])
    ratio = round(loop / bare, 3)
    report.checks["count_equal"] = equal
    report.aims["ratio"] = (AIM, ratio, ratio >= AIM)
    report.result |= {
        "messages": MESSAGES,
        "value_bytes": VALUE_BYTES,
        "batch_max": StreamSettings().batch_max,
        "loop_per_s": round(loop),
        "bare_per_s": round(bare),
        "ratio": ratio,
    }
    return report.close()


def measure(kind: str, settings: StreamSettings, folder: Path) -> tuple[float, int]:
    """Messages a second, from the first one written to the last, by the broker's own clock; and how many came out."""
    create_topics(clients.admin(settings), settings)
    fill(settings)
    log = folder / f"{settings.topic_prefix}log"
    worker = StageRun("tests.bench.passthrough", settings, log, arguments=(kind,)).start()
    started = time.monotonic()
    wait_until(lambda: written(settings) >= MESSAGES, f"{kind} done, see {log}", seconds=300)
    progress(f"stream: {kind} took {time.monotonic() - started:.1f} s with its start")
    worker.stop()
    times: list[float] = []

    def take(message: Incoming) -> None:
        times.append(message.appended_at.timestamp())

    admin.read(settings, OUTPUT, take)
    return len(times) / (max(times) - min(times)), len(times)


def written(settings: StreamSettings) -> int:
    """At least this many records are out: the high watermarks count transaction markers too, so look below them."""
    count = 0
    ends = admin.ends(settings, [OUTPUT])
    if sum(ends.values()) < MESSAGES:
        return sum(ends.values())

    def take(_: Incoming) -> None:
        nonlocal count
        count += 1

    admin.read(settings, OUTPUT, take)
    return count


def fill(settings: StreamSettings) -> None:
    rng = random.Random(SEED)
    producer = AckedProducer(settings)
    last = None
    for number in range(MESSAGES):
        order = Order(number, f"Client {rng.randrange(KEYS)}", "Springfield", "")
        order.padding = "x" * (VALUE_BYTES - len(encode(order)))
        key = f"crm:{rng.randrange(KEYS)}"
        headers = cloudevent("bench.order.v1", str(number), "bench", "2026-01-01T00:00:00Z")
        last = producer.send(INPUT, key, encode(order), partition_of(key, settings.partitions), headers)
        if number % 50_000 == 49_999:
            last.result(60)
            progress(f"stream: {number + 1:,} of {MESSAGES:,} written")
    producer.close()


if __name__ == "__main__":
    sys.exit(main())
