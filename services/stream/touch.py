"""A touch: a change that changes nothing, and makes every stage say a record's values again.

Counted as superseded. Where the record has left a match pool that may still hold it, the touch takes it out of there.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID, uuid5

from msgspec import Struct

from schemas.codec import rfc3339
from schemas.events import ChangeEvent, Origin, RecordKey

_TOUCHES = UUID("5b1e0c9a-3f64-5c1d-8e8b-7f0d5a6c2e90")
_RECORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}:.{1,255}", re.DOTALL)
ADAPTER = "redrive"


class Touch(Struct, frozen=True):
    record: RecordKey
    leaves: str | None = None  # a match pool


def is_record(key: str) -> bool:
    """Whether a key can be a record's: source, colon, id."""
    return _RECORD.fullmatch(key) is not None


def touch_event(touch: Touch, cause: str, now: datetime) -> ChangeEvent:
    """`cause` says what it is for, such as the position of a rejection."""
    source, _, record_id = touch.record.partition(":")
    event_id = uuid5(_TOUCHES, f"{cause}|{touch.record}|{touch.leaves or ''}|{rfc3339(now)}")
    return ChangeEvent(
        event_id=str(event_id),
        source=source,
        record_id=record_id,
        op="touch",
        received_at=now,
        origin=Origin(ADAPTER, cause),
        leaves=touch.leaves,
    )
