"""The way to Kafka: accepted events to `raw`, refused rows of files to `rejected`.

Guarantees that key, partition and headers of both are as the topics' readers expect, and tells readiness whether the
last that Kafka said was an acknowledgement.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Protocol

from schemas.codec import Headers, cloudevent, rfc3339
from schemas.partition import partition_of
from schemas.topics import MAX_VALUE, RAW, REJECTED
from services.ingest.change import Accepted
from services.ingest.kept_rows import KEPT_AS
from services.ingest.problems import FieldProblem
from services.stream.clock import Clock
from services.stream.producer import DeliveryFailed
from services.stream.rejection import rejected_headers

STAGE = "ingest"
_DOUBTED_FOR = timedelta(seconds=5)  # after which traffic may come again: only a send can show that Kafka is back


class Acks(Protocol):
    """What `services.stream.producer.AckedProducer` does."""

    def send(self, topic: str, key: str, value: bytes | None, partition: int, headers: Headers) -> Future[None]: ...


class RawTopic:
    """Thread-safe. Its futures resolve once Kafka has the record, or hold `DeliveryFailed`."""

    def __init__(self, acks: Acks, partitions: int, clock: Clock) -> None:
        self._acks = acks
        self._partitions = partitions
        self._clock = clock
        self._failed: tuple[datetime, str] | None = None
        self._lock = threading.Lock()

    def publish(self, accepted: Accepted, traceparent: bytes | None = None) -> Future[None]:
        event = accepted.event
        headers = cloudevent(
            RAW.event_type, event.event_id, f"cadastre/ingest/{event.source}", rfc3339(event.received_at), traceparent
        )
        return self._send(RAW.name, event.record, accepted.value, headers)

    def reject(
        self,
        key: str,
        original: bytes,
        problems: Sequence[FieldProblem],
        position: str,
        at: datetime,
        reading: bytes = b"",
    ) -> Future[None]:
        """`original` is the row as it stood in its file; `key` the record key, or the source where there is none;
        `reading` how a redrive reads the row again, left out where it can't."""
        detail = " | ".join(p.message for p in problems)
        if len(original) > MAX_VALUE:
            detail = f"the first {MAX_VALUE:,} of {len(original):,} bytes are kept | {detail}"
        headers = rejected_headers(problems[0].code, STAGE, position, detail, at=at)
        if reading and len(original) <= MAX_VALUE:
            headers.append((KEPT_AS, reading))
        return self._send(REJECTED.name, key, original[:MAX_VALUE], headers)

    def overdue(self) -> None:
        """A sender's patience ended before Kafka's answer came."""
        self._doubt("no answer in time")

    def not_ready(self) -> list[str]:
        """Why this process should get no traffic right now; empty where it should."""
        with self._lock:
            failed = self._failed
        if failed is None or self._clock.now() - failed[0] > _DOUBTED_FOR:
            return []
        return [f"Kafka did not acknowledge the last record ({failed[1]})"]

    def _send(self, topic: str, key: str, value: bytes, headers: Headers) -> Future[None]:
        sent = self._acks.send(topic, key, value, partition_of(key, self._partitions), headers)
        sent.add_done_callback(self._note)
        return sent

    def _note(self, sent: Future[None]) -> None:
        failure = sent.exception()
        self._doubt(failure.code if isinstance(failure, DeliveryFailed) else None)

    def _doubt(self, code: str | None) -> None:
        with self._lock:
            self._failed = (self._clock.now(), code) if code else None
