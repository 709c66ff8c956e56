"""How a rejected row of a file is read again: its columns travel with it, and a better mapping may replace theirs.

Guarantees that a row read again says what it said in its file, at the same version.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from io import StringIO

import msgspec

from schemas.codec import rfc3339
from schemas.reasons import Reason
from services.ingest.change import Refused
from services.ingest.columns import NotLoadable, choose_columns, fields_of
from services.ingest.problems import FieldProblem
from services.ingest.rows import FileOrigin

KEPT_AS = "cadastre_row"  # the header of a rejected row
_KEPT_MAX = 65_536  # bytes: beyond it a file has more columns than anybody has mapped


class KeptRow(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`id` and `modified` are names of columns (None: the file's own date counts), `map` goes from column to field."""

    columns: tuple[str, ...]
    id: str
    map: dict[str, str]
    file_modified: datetime
    modified: str | None = None
    delimiter: str = ","


_decode = msgspec.json.Decoder(KeptRow).decode


def kept(origin: FileOrigin, delimiter: str) -> bytes:
    """What a rejected row of this file needs to be read again; empty where that would be out of all proportion."""
    columns = origin.columns
    row = KeptRow(
        columns.header,
        columns.header[columns.record_id],
        {columns.header[place]: path for place, path in columns.paths},
        origin.modified,
        columns.header[columns.modified] if columns.modified is not None else None,
        delimiter,
    )
    value = msgspec.json.encode(row)
    return value if len(value) <= _KEPT_MAX else b""


def read_again(
    kept_row: bytes, original: bytes, source: str, line: int, mapping: Mapping[str, str]
) -> dict[str, object] | Refused:
    """The change that the row tells, as a sender of JSON would tell it. `mapping` overrules the file's own, column by
    column and field by field."""
    try:
        row = _decode(kept_row)
        cells = _cells(original, row)
        merged = {column: path for column, path in row.map.items() if path not in mapping.values()} | dict(mapping)
        columns = choose_columns(row.columns, row.id, row.modified, merged)
    except msgspec.DecodeError:
        return _refused("how its file was read is not known; load the row in a file of its own")
    except (csv.Error, UnicodeDecodeError) as trouble:
        return _refused(f"the row cannot be read ({trouble}); load it mended, in a file of its own")
    except NotLoadable as refusal:
        return _refused(str(refusal))
    moment = cells[columns.modified] if columns.modified is not None else rfc3339(row.file_modified)
    return {
        "source": source,
        "record_id": cells[columns.record_id],
        "op": "upsert",
        "fields": fields_of(cells, columns),
        "version": {"time": moment, "sequence": line},
    }


def _cells(original: bytes, row: KeptRow) -> list[str]:
    text = StringIO(original.decode("utf-8"), newline="")
    cells = next(csv.reader(text, delimiter=row.delimiter, strict=True), [])
    if len(cells) != len(row.columns):
        raise csv.Error(f"it has {len(cells)} cells, the header {len(row.columns)}")
    return cells


def _refused(said: str) -> Refused:
    return Refused((FieldProblem("", Reason.MALFORMED, said),))
