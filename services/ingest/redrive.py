"""What a rejected record is sent again as: the event that it should have been, or touches of the records behind it.

An event keeps its version, so that it takes the place that it would have had. A later stage's rejection comes to
touches, which change nothing and make every stage say the records' values again. Sending the same twice does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from msgspec.structs import replace as altered

from schemas import codec
from schemas.events import ChangeEvent, Origin, RecordKey, Version
from schemas.reasons import Reason
from schemas.topics import DEDUPED, POOLED, RAW
from services.ingest.change import Accepted, Refused
from services.ingest.handler import decide
from services.ingest.http.body import Unacceptable, parse
from services.ingest.http.models import read_change
from services.ingest.kept_rows import KEPT_AS, read_again
from services.ingest.problems import FieldProblem, quoted
from services.ingest.repair import Repair
from services.ingest.rows import ADAPTER
from services.stream.rejected_log import Rejected
from services.stream.touch import Touch, is_record

_INSIDE = re.compile(r"(raw|pooled|deduped):(\d+):(-?\d+)")
_OWN = frozenset(("event_id", "received_at", "origin", "originals", "leaves"))  # ours to say, not the sender's

MembersOf = Callable[[str], Sequence[RecordKey]]  # client id → the records that it holds now
Redriven = Accepted | tuple[Touch, ...] | Refused


def redrive(one: Rejected, repair: Repair, members_of: MembersOf, now: datetime) -> Redriven:
    """What goes to `raw`, or why nothing can."""
    inside = _INSIDE.fullmatch(one.position)
    if one.stage == "ingest" or inside is None:
        return _row(one, repair, now)
    if inside[1] == RAW.name and int(inside[3]) >= 0:
        if repair.mapping:
            return _refused("--map is for rows of files; repair an event with --edit or --edit-json")
        return _edited(one, repair, now) if repair else _as_it_was(one)
    if repair:
        return _refused(f"{one.stage} rejected what it was told of a record; send a change of the record instead")
    touches = _touches(one, inside[1], members_of)
    return touches or _refused(f"{quoted(one.key)} leads to no record; discard it")


def _row(one: Rejected, repair: Repair, now: datetime) -> Redriven:
    source, (_, _, line) = one.key.partition(":")[0], one.position.rpartition(":")
    told = read_again(one.headers.get(KEPT_AS, b""), one.value or b"", source, int(line or 0), repair.mapping)
    if isinstance(told, Refused):
        return told
    return _decided(told, repair, Origin(ADAPTER, one.position), now)


def _as_it_was(one: Rejected) -> Redriven:
    """The original bytes; where arrival gave the version, it is written down now."""
    kind = one.headers.get("original_ce_type", RAW.event_type.encode())
    if kind != RAW.event_type.encode():
        return _refused(f"ce_type is {kind.decode('utf-8', 'replace')}: this build reads {RAW.event_type}")
    value = one.value or b""
    try:
        event = codec.change_event(value)
    except codec.UNREADABLE as unreadable:
        return _refused(f"it is still no change event ({unreadable}); repair it with --edit or --edit-json")
    if event.version is None and event.op != "touch" and (arrived := _arrived(one)) is not None:
        event = altered(event, version=arrived)
        value = codec.encode(event)
    return Accepted(event, value)


def _edited(one: Rejected, repair: Repair, now: datetime) -> Redriven:
    try:
        sent = parse(one.value or b"")
    except Unacceptable as refusal:
        return _refused(f"{refusal}; an edit repairs values, not the text: discard it and send the change again")
    if not isinstance(sent, dict):
        return _refused("it is no JSON object; discard it and send the change again")
    told = {name: value for name, value in sent.items() if name not in _OWN}
    arrived = _arrived(one)
    if told.get("version") is None and arrived is not None:
        told["version"] = {"time": codec.rfc3339(arrived.time), "sequence": arrived.sequence}
    before = _event_in(one.value or b"")
    origin = before.origin if before is not None else Origin("redrive", one.position)
    decided = _decided(told, repair, origin, now)
    return decided if before is None or isinstance(decided, Refused) else _known(before, decided)


def _decided(told: Mapping[str, object], repair: Repair, origin: Origin, now: datetime) -> Accepted | Refused:
    change = read_change(repair.of(told), origin.position, None)
    if isinstance(change, Refused):
        return change
    return decide(replace(change, origin=origin), now)


def _known(before: ChangeEvent, decided: Accepted) -> Accepted:
    """The same content is the same event, and so is what its sender gave no version. What normalising had changed
    before stays told."""
    event = decided.event
    if before.version is None or _content(before) == _content(event):
        event = altered(event, event_id=before.event_id)
    kept = {
        name: said
        for name, said in before.originals.items()
        if getattr(before.fields, name, None) == getattr(event.fields, name, None)
    }
    event = altered(event, originals=kept | event.originals)
    return Accepted(event, codec.encode(event))


def _content(event: ChangeEvent) -> tuple[object, ...]:
    return event.record, event.op, event.version, event.fields, event.cleared


def _event_in(value: bytes) -> ChangeEvent | None:
    try:
        return codec.change_event(value)
    except codec.UNREADABLE:
        return None


def _arrived(one: Rejected) -> Version | None:
    """When the original arrived on `raw`: the version of an event whose source gives none."""
    appended, offset = one.headers.get("cadastre_appended"), int(one.position.rpartition(":")[2])
    if appended is None:
        return None
    return Version(msgspec.convert(appended.decode(), datetime), offset)


def _touches(one: Rejected, topic: str, members_of: MembersOf) -> tuple[Touch, ...]:
    if topic == DEDUPED.name:
        return tuple(Touch(record) for record in members_of(one.key) if is_record(record))
    if not is_record(one.key):
        return ()
    return (Touch(one.key, _left_pool(one.value or b"") if topic == POOLED.name else None),)


def _left_pool(value: bytes) -> str | None:
    """The pool that the rejected value took the record out of: nobody else would say so again."""
    try:
        pooled = codec.pooled_record(value)
    except codec.UNREADABLE:
        return None
    return pooled.pool if pooled.record is None else None


def _refused(said: str) -> Refused:
    return Refused((FieldProblem("", Reason.MALFORMED, said),))
