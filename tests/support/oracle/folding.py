"""Changes into records: replay all changes of a record in the order of their versions, and see what is left.

The services merge field by field in any order; in this one order, each change simply overwrites what stood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import UNSET

from schemas.events import FIELD_NAMES, ChangeEvent, ClientFields, Member, RecordKey, Stamp


def named_records(events: Iterable[ChangeEvent]) -> list[Member]:
    """Every record that has a name after all its changes, by key. Raises `ValueError` on an event without a version."""
    changes: defaultdict[RecordKey, list[ChangeEvent]] = defaultdict(list)
    for event in events:
        if event.op != "touch":  # says nothing new
            changes[f"{event.source}:{event.record_id}"].append(event)
    records = [_replayed(key, of_record) for key, of_record in sorted(changes.items())]
    return [record for record in records if record.fields.name is not UNSET]


def _replayed(record: RecordKey, changes: list[ChangeEvent]) -> Member:
    values: dict[str, object] = {}
    base: Stamp | None = None
    stamps: dict[str, Stamp] = {}  # of the fields that were patched since
    for change in sorted(changes, key=_stamp):
        if change.op == "patch":
            said = _said(change.fields) | dict.fromkeys(change.cleared, UNSET)
            values |= said
            stamps |= dict.fromkeys(said, _stamp(change))
        else:
            values = _said(change.fields) if change.op == "upsert" else {}
            base, stamps = _stamp(change), {}
    fields = ClientFields(**values)  # type: ignore[arg-type]  # each value comes from a field of this name
    return Member(record=record, fields=fields, base=base, stamps=stamps)


def _said(fields: ClientFields) -> dict[str, object]:
    given: dict[str, object] = {name: getattr(fields, name) for name in FIELD_NAMES}
    return {name: value for name, value in given.items() if value is not UNSET}


def _stamp(event: ChangeEvent) -> Stamp:
    if event.version is None:
        raise ValueError(f"event {event.event_id} has no version: arrival orders it, and the oracle knows none")
    return Stamp(event.version.time, event.version.sequence, event.event_id)
