"""The record table: each record as its changes leave it, a last-writer-wins register per field.

A patch sets the fields where it is newer, an upsert sets every field at its version, a delete clears them all at its
version. Since each field keeps only the greatest stamp, any order of the same changes leaves the same record.
Pure: no Kafka, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import UNSET
from msgspec.structs import replace

from schemas.events import FIELD_NAMES, ChangeEvent, ClientFields, RecordState, Stamp

FLOOR_KEPT = timedelta(days=7)  # of a deleted record: how late an older event may come and still revive nothing
SEEN_KEPT = 16  # event ids of a source without versions: how far back a repeat is known


def stamp_of(event: ChangeEvent, appended_at: datetime, offset: int) -> Stamp:
    """The event's place in the one total order. Only a source without versions is ordered by arrival."""
    if event.version is None:
        return Stamp(appended_at, offset, event.event_id)
    return Stamp(event.version.time, event.version.sequence, event.event_id)


def fold(state: RecordState | None, event: ChangeEvent, stamp: Stamp, now: datetime) -> tuple[RecordState, bool]:
    """The record after the event, and whether the event won any field (applied) or none (superseded)."""
    before = state or RecordState(record=event.record)
    if event.op == "touch" or (event.version is None and event.event_id in before.seen):
        return before, False
    after = _patched(before, event, stamp) if event.op == "patch" else _replaced(before, event, stamp)
    if after is None:
        return before, False
    if event.version is None:
        after = replace(after, seen=(*before.seen, event.event_id)[-SEEN_KEPT:])
    return replace(after, deleted_at=_deleted_at(before, after, event, now)), True


def is_forgotten(state: RecordState, now: datetime) -> bool:
    """A deleted record whose floor has been kept for long enough."""
    return state.deleted_at is not None and state.deleted_at + FLOOR_KEPT <= now


def _patched(before: RecordState, event: ChangeEvent, stamp: Stamp) -> RecordState | None:
    said: dict[str, object] = {
        name: value for name in FIELD_NAMES if (value := getattr(event.fields, name)) is not UNSET
    } | dict.fromkeys(event.cleared, UNSET)
    won = {name: value for name, value in said.items() if _is_older(before, name, stamp)}
    if not won:
        return None
    return replace(before, fields=replace(before.fields, **won), stamps=before.stamps | dict.fromkeys(won, stamp))


def _replaced(before: RecordState, event: ChangeEvent, stamp: Stamp) -> RecordState | None:
    """An upsert or a delete: every field at this stamp, but for those that a later patch has set."""
    if before.base is not None and stamp <= before.base:
        return None
    later = {name: at for name, at in before.stamps.items() if at > stamp}
    kept: Mapping[str, object] = {name: getattr(before.fields, name) for name in later}
    fields = event.fields if event.op == "upsert" else ClientFields()
    return replace(before, fields=replace(fields, **kept), base=stamp, stamps=later)


def _is_older(state: RecordState, name: str, stamp: Stamp) -> bool:
    at = state.stamps.get(name, state.base)
    return at is None or at < stamp


def _deleted_at(before: RecordState, after: RecordState, event: ChangeEvent, now: datetime) -> datetime | None:
    if after.fields != ClientFields():
        return None
    return now if event.op == "delete" else before.deleted_at
