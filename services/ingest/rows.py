"""What a row of a file says: an upsert of one record, at its modified time, or why it cannot be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Origin, Version
from schemas.reasons import Reason
from services.ingest.change import Accepted, Change, Refused
from services.ingest.columns import Columns, fields_of
from services.ingest.handler import decide
from services.ingest.moments import REMEDY, read_moment
from services.ingest.problems import FieldProblem, quoted

ADAPTER = "csv"


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """Where rows come from. `modified` stands in for rows whose file has no column of modified times."""

    source: str
    name: str
    modified: datetime
    columns: Columns


def decide_row(cells: Sequence[str], line: int, origin: FileOrigin, received_at: datetime) -> Accepted | Refused:
    """The event of a row. Its version is its modified time and its line, so that the lower of two rows wins."""
    columns = origin.columns
    moment: datetime | None = origin.modified
    if columns.modified is not None:
        stated = cells[columns.modified]
        moment = read_moment(stated)
        if moment is None:
            said = f"modified: {quoted(stated)} is not a moment; {REMEDY}"
            return Refused((FieldProblem("/version/time", Reason.INVALID_FIELD, said),))
    change = Change(
        source=origin.source,
        record_id=cells[columns.record_id],
        op="upsert",
        origin=Origin(ADAPTER, f"{origin.name}:{line}"),
        fields=fields_of(cells, columns),
        version=Version(moment, line) if moment else None,
    )
    return decide(change, received_at)
