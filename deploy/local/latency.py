"""How long a new record takes from the moment that it is posted until its client's assignment can be read."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.demo_data import DEMO, post
from schemas import codec
from schemas.events import LiveClient
from schemas.topics import ASSIGNED, DEDUPED
from services.stream import admin, clients, reading
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings

SOURCE = "field"
NEW_RECORDS = 500
RATE_PER_S = 50
PATIENCE_S = 20.0
SENDERS = 8  # a sender waits for its answer, some 15 ms, so one alone could not keep a steady rate


class Watch:
    """Reads `deduped` and `assigned` as they are written, and notes when a record's client was assigned."""

    def __init__(self, settings: StreamSettings) -> None:
        self._consumer = clients.follower(settings)
        ends = admin.ends(settings, [DEDUPED.name, ASSIGNED.name])
        self._reading = reading.Reading(self._consumer, settings, ends, follow=True)
        self._clients: dict[str, tuple[str, int]] = {}  # record → its client, and the version that first held it
        self._assigned: dict[str, int] = {}  # client → the newest of its versions that is assigned
        self.arrived: dict[str, float] = {}  # record → when its client's assignment was read (monotonic seconds)
        while not self._reading.done:
            self._reading.advance(lambda _: None)

    def look(self, timeout_s: float) -> None:
        """Take what comes within `timeout_s`, at least one fetch."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._reading.advance(self._take, max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                return

    def close(self) -> None:
        self._consumer.close()

    def _take(self, message: Incoming) -> None:
        if message.topic == ASSIGNED.name:
            assignment = codec.assignment(message.value or b"")
            self._assigned[assignment.client_id] = assignment.client_version
        else:
            client = codec.client(message.value or b"")
            for member in client.members if isinstance(client, LiveClient) else ():
                if member.record.startswith(f"{SOURCE}:") and member.record not in self.arrived:
                    self._clients.setdefault(member.record, (client.client_id, client.version))
        now = time.monotonic()
        served = [record for record, held in self._clients.items() if self._assigned.get(held[0], 0) >= held[1]]
        for record in served:
            del self._clients[record]
            self.arrived.setdefault(record, now)


def new_records(count: int = NEW_RECORDS, folder: Path = DEMO) -> Iterator[dict[str, object]]:
    """Ventures that no CRM of the demo knows, each its own client: a number in a name is identity."""
    with (folder / "institutions.csv").open(newline="") as file:
        for number, row in zip(range(count), csv.DictReader(file), strict=False):
            yield {
                "source": SOURCE,
                "record_id": f"{number:04d}",
                "op": "upsert",
                "fields": {"name": f"{row['legal_name']} Venture {number + 1_000}", "country": row["country"]},
                "version": {"time": "2026-03-01T09:00:00Z", "sequence": number},
            }


def measure(
    settings: StreamSettings,
    url: str,
    keep_alive: Callable[[], None] = lambda: None,
    *,
    rate_per_s: int = RATE_PER_S,
    count: int = NEW_RECORDS,
) -> dict[str, float]:
    """Post new records one by one at a steady rate; p50 and p99 in milliseconds, and how many were assigned."""
    watch = Watch(settings)
    sent: dict[str, float] = {}
    with ThreadPoolExecutor(SENDERS) as senders:
        due = time.monotonic()
        posted = []
        for event in new_records(count):
            watch.look(max(0.0, due - time.monotonic()))
            sent[f"{SOURCE}:{event['record_id']}"] = time.monotonic()
            posted.append(senders.submit(post, url, [event]))
            due += 1 / rate_per_s
            keep_alive()
        for answer in posted:
            answer.result()
    deadline = time.monotonic() + PATIENCE_S
    while len(watch.arrived) < len(sent) and time.monotonic() < deadline:
        watch.look(0.05)
    watch.close()
    return summary([(watch.arrived[record] - at) * 1_000 for record, at in sent.items() if record in watch.arrived])


def summary(milliseconds: Sequence[float]) -> dict[str, float]:
    if len(milliseconds) < 2:
        return {"n": len(milliseconds)}
    cuts = statistics.quantiles(milliseconds, n=100)
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "n": len(milliseconds)}
