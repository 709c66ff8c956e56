"""Sends what a redrive decided, and says of each rejection that it is handled.

Events go to `raw` first, acknowledged and outside of any transaction, since a transaction's marker would take an offset
there, and offsets of `raw` are what was received. The markers follow, with the audit, as one. A redrive that ends in
between has sent what it will send again, which the record table knows and supersedes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from schemas.codec import encode
from schemas.events import AuditEvent
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.change import Accepted
from services.stream import admin
from services.stream.clock import SystemClock
from services.stream.producer import AckedProducer
from services.stream.rejected_log import Rejected, mark
from services.stream.saying import sign
from services.stream.settings import StreamSettings
from services.stream.touch import Touch, touch_event

CHUNK = 200  # rejections a transaction; each may touch as many records as a client has
Sendable = Accepted | tuple[Touch, ...]


def send(
    settings: StreamSettings,
    decided: Sequence[tuple[Rejected, Sendable]],
    author: str,
    now: datetime,
    details: Mapping[str, str],
) -> None:
    """Raises `DeliveryFailed`; the rejections of earlier chunks are redriven then, the others wait as before."""
    producer = AckedProducer(settings)
    topic = RawTopic(producer, settings.partitions, SystemClock())
    touched: set[Touch] = set()
    audit = AuditEvent(actor=author, action="rejected.redriven", subject="", at=now)
    try:
        for start in range(0, len(decided), CHUNK):
            chunk = decided[start : start + CHUNK]
            sent = [topic.publish(event) for one, what in chunk for event in _events(one, what, touched, now)]
            for acknowledged in sent:
                acknowledged.result()
            with admin.transaction(settings, "cli-rejected") as tx:
                for one, _ in chunk:
                    mark(tx, one, "redriven", author, now)
                ids = ", ".join(one.id for one, _ in chunk)
                sign(tx, replace(audit, subject=ids, details={"records": str(len(chunk)), **details}))
    finally:
        producer.close()


def _events(one: Rejected, what: Sendable, touched: set[Touch], now: datetime) -> list[Accepted]:
    """A record that several rejections name is touched once."""
    if isinstance(what, Accepted):
        return [what]
    news = [touch for touch in what if touch not in touched]
    touched.update(news)
    events = [touch_event(touch, one.position, now) for touch in news]
    return [Accepted(event, encode(event)) for event in events]
