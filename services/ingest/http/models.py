"""A plain JSON change as HTTP takes it: the envelope strictly, the fields as they come (normalising reads those)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.events import FIELD_NAMES, Origin, Version
from schemas.reasons import Reason
from services.ingest.change import Change, Op, Refused
from services.ingest.moments import REMEDY, read_moment
from services.ingest.problems import FieldProblem, pointer, quoted, suggestion

ADAPTER = "http"
_FIELDS_SCHEMA: dict[str, object] = {
    "additionalProperties": False,
    "properties": {
        name: {"type": ["object", "array", "string", "number", "null"], "description": f"{name} of the client"}
        for name in FIELD_NAMES
    },
}


def _moment(sent: object) -> datetime:
    moment = read_moment(sent) if isinstance(sent, str) else None
    if moment is None:
        raise ValueError(f"{quoted(sent)} is not a moment; {REMEDY}")
    return moment


class VersionIn(BaseModel):
    """When the source committed the change, and its own number within that moment."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    time: Annotated[datetime, BeforeValidator(_moment), Field(json_schema_extra={"type": "string"})]
    sequence: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class ChangeIn(BaseModel):
    """One change to one record. Null is the same as absent; to empty a field in a patch, name it in `cleared`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "source": "salesforce",
                    "record_id": "0015f00000AbCdE",
                    "op": "upsert",
                    "fields": {"name": "Harbor Point Capital LLC", "country": "US", "aum": "1,250,000,000.00"},
                    "version": {"time": "2026-01-05T10:11:00Z"},
                }
            ]
        },
    )

    source: str
    record_id: str
    op: Op
    fields: Annotated[dict[str, object], Field(json_schema_extra=_FIELDS_SCHEMA)] = {}
    cleared: Annotated[list[str], Field(max_length=len(FIELD_NAMES))] = []
    version: VersionIn | None = None


_ENVELOPE = tuple(ChangeIn.model_fields)


def read_change(sent: object, position: str, sent_id: str | None) -> Change | Refused:
    """One item of a request, or all that is wrong with its envelope."""
    if not isinstance(sent, dict):
        return Refused((FieldProblem("", Reason.MALFORMED, "a change is a JSON object with source, record_id and op"),))
    try:
        change = ChangeIn.model_validate(sent)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return Refused(tuple(_problem(e["loc"], e["type"], e["msg"]) for e in found))
    version = Version(change.version.time, change.version.sequence) if change.version else None
    return Change(
        source=change.source,
        record_id=change.record_id,
        op=change.op,
        origin=Origin(ADAPTER, position),
        fields=change.fields,
        cleared=tuple(change.cleared),
        version=version,
        sent_id=sent_id,
    )


def _problem(where: tuple[int | str, ...], kind: str, message: str) -> FieldProblem:
    at, name = pointer(*where), ".".join(map(str, where))
    if kind == "missing":
        return FieldProblem(at, Reason.MISSING_FIELD, f"{name}: is missing; every change gives it")
    if kind == "extra_forbidden":
        known = _ENVELOPE if len(where) == 1 else tuple(VersionIn.model_fields)
        said = f"there is no member {quoted(str(where[-1]))}{suggestion(str(where[-1]), known)}"
        return FieldProblem(at, Reason.UNKNOWN_FIELD, said)
    return FieldProblem(at, Reason.INVALID_FIELD, f"{quoted(name)[1:-1]}: {message.removeprefix('Value error, ')}")
