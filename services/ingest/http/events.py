"""`POST /events`: changes in, an answer for each, given only when Kafka has every accepted one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.change import Accepted, Refused
from services.ingest.handler import decide
from services.ingest.http.body import Unacceptable, parse, read_body
from services.ingest.http.models import ADAPTER, read_change
from services.ingest.http.problems import errors, problem
from services.ingest.metrics import CHANGES, REFUSED
from services.ingest.settings import IngestSettings

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_SENT_ID_MAX = 255
Decided = Accepted | Refused


async def answer(request: Request, topic: RawTopic, settings: IngestSettings, received_at: datetime) -> Response:
    """Read, decide, deliver, tell."""
    try:
        sent = parse(await read_body(request, settings.max_body))
        items = sent if isinstance(sent, list) else [sent]
        _bounded(items, settings.max_items)
        decided = _decide_all(items, _sent_id(request), received_at)
    except Unacceptable as refusal:
        return problem(refusal.status, refusal.title, refusal.detail)
    trace = request.headers.get("traceparent", "")
    traceparent = trace.encode() if _TRACEPARENT.fullmatch(trace) else None
    accepted = [d for d in decided if isinstance(d, Accepted)]
    if not await _delivered([topic.publish(a, traceparent) for a in accepted], settings.delivery_timeout_s):
        topic.overdue()
        return problem(
            503,
            "Kafka does not acknowledge",
            "not every change is durable; send the whole request again: those that arrived are known by their versions "
            "or your Idempotency-Key",
            headers={"Retry-After": str(settings.retry_after_s)},
        )
    _count(decided)
    return _told(decided, many=isinstance(sent, list))


def _bounded(items: Sequence[object], limit: int) -> None:
    if not items:
        raise Unacceptable(422, "No changes", "the array is empty; send one change or up to a thousand")
    if len(items) > limit:
        raise Unacceptable(
            413, "Too many changes", f"{len(items):,} changes are in the request; send at most {limit:,}"
        )


def _sent_id(request: Request) -> str | None:
    """The sender's own id of the request: CloudEvents' id, else the idempotency key."""
    sent = request.headers.get("ce-id") or request.headers.get("idempotency-key")
    if sent is not None and len(sent) > _SENT_ID_MAX:
        raise Unacceptable(400, "Id too long", f"ce-id and idempotency-key take at most {_SENT_ID_MAX} characters")
    return sent


def _decide_all(items: Sequence[object], sent_id: str | None, received_at: datetime) -> list[Decided]:
    decided: list[Decided] = []
    for i, item in enumerate(items):
        change = read_change(item, str(i), f"{sent_id}#{i}" if sent_id else None)
        decided.append(change if isinstance(change, Refused) else decide(change, received_at))
    return decided


async def _delivered(sent: Sequence[Future[None]], timeout_s: float) -> bool:
    """Whether all were acknowledged in time. Waits without cancelling: what is under way is Kafka's to finish."""
    if not sent:
        return True
    done, waiting = await asyncio.wait([asyncio.wrap_future(s) for s in sent], timeout=timeout_s)
    for late in waiting:
        late.add_done_callback(asyncio.Future.exception)  # its sender was told 503, so nobody else asks
    failed = [d for d in done if d.exception() is not None]  # every one is asked, late or not
    return not waiting and not failed


def _count(decided: Sequence[Decided]) -> None:
    for outcome in decided:
        if isinstance(outcome, Refused):
            CHANGES.labels(ADAPTER, "refused").inc()
            REFUSED.labels(ADAPTER, outcome.problems[0].code.value).inc()
        else:
            CHANGES.labels(ADAPTER, "accepted").inc()


def _told(decided: Sequence[Decided], *, many: bool) -> Response:
    refused = sum(isinstance(d, Refused) for d in decided)
    if refused == len(decided):
        told = [
            error
            for i, d in enumerate(decided)
            if isinstance(d, Refused)
            for error in errors(d.problems, f"/{i}" if many else "")
        ]
        return problem(422, "No change can be taken", f"{refused} of {len(decided)} refused", told=told)
    body = {
        "accepted": len(decided) - refused,
        "refused": refused,
        "items": [_item(i, d) for i, d in enumerate(decided)],
    }
    return Response(msgspec.json.encode(body), 207 if refused else 202, media_type="application/json")


def _item(index: int, decided: Decided) -> dict[str, object]:
    if isinstance(decided, Accepted):
        return {"index": index, "status": 202, "event_id": decided.event.event_id, "record": decided.event.record}
    return {"index": index, "status": 422, "errors": errors(decided.problems, f"/{index}")}
