"""Which change this is: an id derived from what it says, so that the same change sent twice is one event."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from schemas.codec import rfc3339
from schemas.events import ClientFields, Version
from services.ingest.change import Change

_EVENTS = UUID("6c0a1f0e-7d0b-5f0c-9f4e-2b7f3f4a9d11")  # the namespace of event ids; another one makes every id new
_content = msgspec.json.Encoder(order="deterministic").encode


def event_id(change: Change, fields: ClientFields, cleared: tuple[str, ...], received_at: datetime) -> str:
    """UUIDv5 of source, record, version and normalised content.

    Without a version it is made from the sender's own id of the change; without that too, from the content and the
    moment and place of arrival, so that every sending is a change of its own.
    """
    record = (change.source, change.record_id)
    if change.version is not None:
        return _derived("version", *record, *_stamp(change.version), change.op, fields, cleared)
    if change.sent_id is not None:
        return _derived("sent", *record, change.sent_id)
    arrival = (rfc3339(received_at), change.origin.adapter, change.origin.position)
    return _derived("arrival", *record, *arrival, change.op, fields, cleared)


def _stamp(version: Version) -> tuple[str, int]:
    return rfc3339(version.time), version.sequence


def _derived(*parts: object) -> str:
    return str(uuid5(_EVENTS, _content(parts).decode()))
