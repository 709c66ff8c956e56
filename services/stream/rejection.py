"""What a rejected record looks like: the original bytes, and in the headers why, by whom and from where."""

from __future__ import annotations

from datetime import datetime

from schemas.codec import Headers, cloudevent, rfc3339
from schemas.partition import partition_of
from schemas.reasons import Reason
from schemas.topics import MAX_VALUE, REJECTED
from services.stream.outcome import Output, Rejection

DETAIL_MAX = 2_000  # characters; a detail may quote the refused value


def rejected_headers(
    reason: Reason, stage: str, position: str, detail: str, *, at: datetime, traceparent: bytes | None = None
) -> Headers:
    """`position` is the source position, such as "raw:3:4711" or "FILE.csv:18"."""
    event = cloudevent(REJECTED.event_type, f"{stage}/{position}", f"cadastre/{stage}", rfc3339(at), traceparent)
    headers = [(k, v) for k, v in event if k != "content-type"]  # the original may not be JSON
    return [
        *headers,
        ("cadastre_reason", reason.value.encode()),
        ("cadastre_stage", stage.encode()),
        ("cadastre_position", position.encode("utf-8", "replace")),
        ("cadastre_detail", detail[:DETAIL_MAX].encode("utf-8", "replace")),
    ]


def rejected_output(rejection: Rejection, stage: str, partitions: int, now: datetime) -> Output:
    """A stage's rejection as a record for `rejected`, keyed as the original was."""
    source = rejection.incoming
    position = f"{source.topic}:{source.partition}:{source.offset}"
    traceparent = next((v for k, v in source.headers if k == "traceparent"), None)
    headers = rejected_headers(rejection.reason, stage, position, rejection.detail, at=now, traceparent=traceparent)
    headers += [  # so that a redrive gives back the event as it was, at its own time
        *((f"original_{k}", v) for k, v in source.headers if k.startswith("ce_")),
        ("cadastre_appended", rfc3339(source.appended_at).encode()),
    ]
    value = source.value
    if value is not None and len(value) > 2 * MAX_VALUE:  # cannot happen for topics of ours, whose bound is lower
        value = value[: 2 * MAX_VALUE]
    return Output(REJECTED.name, source.key, value, partition_of(source.key, partitions), headers)
