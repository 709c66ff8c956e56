"""Values to bytes and back, with CloudEvents headers (Kafka binary mode).

`canonical` is the one definition of "the same state": what a stage publishes and what `cadastre state-hash` hashes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache

import msgspec

from schemas.events import (
    Assignment,
    AuditEvent,
    ChangeEvent,
    Client,
    EndedClient,
    FamilyLink,
    Heartbeat,
    LiveClient,
    PooledRecord,
    RecordState,
    Window,
)
from schemas.reference import Reference

Headers = list[tuple[str, bytes]]

VALUE_TYPES: dict[str, object] = {
    "raw": ChangeEvent,
    "records": RecordState,
    "pooled": PooledRecord,
    "deduped": Client,
    "assigned": Assignment,
    "family": FamilyLink,
    "reference": Reference,
    "audit": AuditEvent,
    "stats": Heartbeat,
    "window": Window,
}
BESIDE = {"stats": ("window",)}  # topic → the names of more types that travel on it, told apart by ce_type and key

encode = msgspec.json.Encoder(decimal_format="string").encode
"""Any event → UTF-8 JSON. Raises `TypeError` on what is not an event type, `UnicodeEncodeError` on lone surrogates."""


# What decoding bytes from outside may raise: the last for nesting that no honest value has.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@cache
def decoder(kind: object) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(kind)


change_event = msgspec.json.Decoder(ChangeEvent).decode
record_state = msgspec.json.Decoder(RecordState).decode
pooled_record = msgspec.json.Decoder(PooledRecord).decode
client = msgspec.json.Decoder[Client](Client).decode
assignment = msgspec.json.Decoder(Assignment).decode
family_link = msgspec.json.Decoder(FamilyLink).decode
reference = msgspec.json.Decoder[Reference](Reference).decode
heartbeat = msgspec.json.Decoder(Heartbeat).decode
window = msgspec.json.Decoder(Window).decode


@lru_cache(maxsize=1_024)  # all that a batch says, it says at one moment
def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cloudevent(event_type: str, event_id: str, source: str, time: str, traceparent: bytes | None = None) -> Headers:
    """The headers of one event. `time` is RFC 3339; `traceparent` is handed on as it came."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_time", time.encode()),
        ("content-type", b"application/json"),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent))
    return headers


# What is about the telling, not about the state: two runs that agree on the rest agree.
_NOT_STATE = frozenset(
    (
        "version",
        "client_version",
        "engine",
        "number",
        "split_from",
        "previous",
        "trigger",
        "touch",
        "effective_from",
    )
)
_NOT_MEMBER_STATE = frozenset(("base", "stamps"))


def canonical(value: LiveClient | EndedClient | Assignment, *, stamps: bool = False) -> bytes | None:
    """The state that a `deduped` or `assigned` value tells, as sorted JSON; None where the client has ended.

    `stamps` keeps the versions of the members' fields. A stage compares with them, because it restores from what it
    said and the next survivorship depends on them; a state hash leaves them out.
    """
    if isinstance(value, EndedClient) or (isinstance(value, Assignment) and value.status == "ended"):
        return None
    tree: dict[str, object] = msgspec.to_builtins(value)
    state = {k: v for k, v in tree.items() if k not in _NOT_STATE}
    members = state.get("members")
    if isinstance(members, list) and not stamps:
        state["members"] = [{k: v for k, v in m.items() if k not in _NOT_MEMBER_STATE} for m in members]
    rule = state.get("rule")
    if isinstance(rule, dict):
        state["rule"] = {k: v for k, v in rule.items() if k not in _NOT_STATE}
    return msgspec.json.encode(state, order="sorted")
