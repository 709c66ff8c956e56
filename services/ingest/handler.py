"""From a change as it was sent to the event that goes to `raw`, or to all that is wrong with it.

This is what ingest is about: normalise, validate, identify. Every adapter, HTTP or file, ends here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from schemas.codec import encode
from schemas.events import ChangeEvent
from schemas.reasons import Reason
from schemas.topics import MAX_VALUE
from services.ingest.change import Accepted, Change, Refused
from services.ingest.identity import event_id
from services.ingest.normalise import normalise
from services.ingest.problems import FieldProblem
from services.ingest.validate import problems_of


def decide(change: Change, received_at: datetime, max_bytes: int = MAX_VALUE) -> Accepted | Refused:
    """The event of a change, at the moment (UTC) it was received. `max_bytes` bounds the event's value."""
    if change.record_id != (bare := change.record_id.strip()):
        change = replace(change, record_id=bare)
    read = normalise(change.fields, change.source)
    if problems := problems_of(change, read, received_at):
        return Refused(problems)
    # A patch that sends `n/a` has replaced what stood there; an upsert replaces every field anyway.
    cleared = tuple(sorted({*change.cleared, *read.emptied})) if change.op == "patch" else ()
    event = ChangeEvent(
        event_id=event_id(change, read.fields, cleared, received_at),
        source=change.source,
        record_id=change.record_id,
        op=change.op,
        received_at=received_at,
        origin=change.origin,
        fields=read.fields,
        cleared=cleared,
        version=change.version,
        originals=read.originals,
    )
    value = encode(event)
    if len(value) > max_bytes:
        said = f"the event takes {len(value):,} bytes, {max_bytes:,} are allowed; shorten its fields"
        return Refused((FieldProblem("", Reason.TOO_LARGE, said),))
    return Accepted(event, value)
