"""Whether a change can be taken: every problem of it at once, so that its sender mends it in one go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.events import FIELD_NAMES
from schemas.reasons import Reason
from services.ingest.change import SOURCE, Change
from services.ingest.normalise import Normalised
from services.ingest.problems import FieldProblem, pointer, quoted, suggestion

FUTURE_MAX = timedelta(hours=24)  # clocks differ; a version further ahead would win over every change until then
_RECORD_ID_MAX = 255
_FIELDS = frozenset(FIELD_NAMES)


def problems_of(change: Change, read: Normalised, now: datetime) -> tuple[FieldProblem, ...]:
    """What is wrong with a change, given what its fields were read as; empty where it can be taken."""
    return (*_envelope(change, now), *_names(change), *read.problems, *_substance(change, read))


def _envelope(change: Change, now: datetime) -> Iterator[FieldProblem]:
    if not SOURCE.fullmatch(change.source):
        said = f"source: {quoted(change.source)} is not a source; use lower-case letters, digits, '_', '.' and '-'"
        yield FieldProblem("/source", Reason.INVALID_FIELD, said)
    if not change.record_id:
        yield FieldProblem(
            "/record_id", Reason.MISSING_FIELD, "record_id: is empty; give the record's id in its source"
        )
    elif len(change.record_id) > _RECORD_ID_MAX or not change.record_id.isprintable():
        said = f"record_id: {quoted(change.record_id)} is not an id; use 1 to 255 printable characters"
        yield FieldProblem("/record_id", Reason.INVALID_FIELD, said)
    if change.version is not None and change.version.time > now + FUTURE_MAX:
        said = f"version: {change.version.time.isoformat()} is more than 24 h ahead; check the sender's clock and zone"
        yield FieldProblem("/version/time", Reason.INVALID_FIELD, said)


def _names(change: Change) -> Iterator[FieldProblem]:
    for name in change.fields:
        if name not in _FIELDS:
            said = f"there is no field {quoted(name)}{suggestion(name, FIELD_NAMES)}"
            yield FieldProblem(pointer("fields", name), Reason.UNKNOWN_FIELD, said)
    for i, name in enumerate(change.cleared):
        if name not in _FIELDS:
            said = f"there is no field {quoted(name)}{suggestion(name, FIELD_NAMES)}"
            yield FieldProblem(pointer("cleared", i), Reason.UNKNOWN_FIELD, said)
        elif change.fields.get(name) is not None:
            said = f"{name}: is both set and cleared; say one of the two"
            yield FieldProblem(pointer("cleared", i), Reason.INVALID_FIELD, said)


def _substance(change: Change, read: Normalised) -> Iterator[FieldProblem]:
    """An upsert names its client, a patch says something, a delete nothing more."""
    if change.op == "upsert" and not isinstance(read.fields.name, str) and not _names_refused(read):
        said = "name: is missing; an upsert gives the whole record, so name the client (a patch may leave it out)"
        yield FieldProblem("/fields/name", Reason.MISSING_FIELD, said)
    says_something = bool(change.cleared) or any(v is not None for v in change.fields.values())
    if change.op == "patch" and not says_something:
        yield FieldProblem(
            "/fields", Reason.MISSING_FIELD, "fields: a patch says nothing; give fields, or name them in cleared"
        )
    if change.op == "delete" and says_something:
        yield FieldProblem(
            "/fields", Reason.INVALID_FIELD, "fields: a delete carries no fields; leave fields and cleared out"
        )


def _names_refused(read: Normalised) -> bool:
    return any(p.pointer == "/fields/name" for p in read.problems)
