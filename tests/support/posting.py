"""Changes posted to ingest as a CRM posts them, and what it answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from tests.support.pipeline import RawRecord

_SAID = ("source", "record_id", "op", "fields", "cleared", "version")


@dataclass(frozen=True, slots=True)
class Answer:
    """`event_ids`: those of the changes that ingest says are durable."""

    status: int
    event_ids: tuple[str, ...]
    retry_after: str | None


def as_sent(records: Sequence[RawRecord]) -> bytes:
    """The changes on `raw` as a CRM would post them."""
    events = [json.loads(record.value) for record in records]
    return json.dumps([{name: event[name] for name in _SAID if name in event} for event in events]).encode()


def post(url: str, body: bytes) -> Answer | None:
    """None where the connection broke before an answer."""
    try:
        answer = httpx.post(f"{url}/events", content=body, headers={"content-type": "application/json"}, timeout=30)
    except httpx.TransportError:
        return None
    items = answer.json()["items"] if answer.status_code == 202 else ()
    return Answer(answer.status_code, tuple(item["event_id"] for item in items), answer.headers.get("Retry-After"))


def taken(url: str, body: bytes) -> bool:
    """Whether it was answered as durable; a 503 and a broken connection mean to send it again."""
    answer = post(url, body)
    assert answer is None or answer.status in (202, 503), answer
    return answer is not None and answer.status == 202
