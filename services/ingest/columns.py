"""Which column of a file says which field of a client.

A column that is mapped, or whose header is a field's name, is used; any other is ignored, and reported as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from schemas.events import FIELD_NAMES
from services.ingest.problems import listed, quoted, suggestion

_MONEY = ("aum", "revenue")
PATHS: tuple[str, ...] = (
    *(n for n in FIELD_NAMES if n != "identifiers"),
    *(f"{m}.{part}" for m in _MONEY for part in ("amount", "currency")),
)
_ID_COLUMNS = ("record_id", "id")


class NotLoadable(Exception):
    """A file, or the way it is to be read, is refused as a whole, before anything of it is sent."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Places in a row: of the record's id, of its modified time (None: the file's), and of each field's path."""

    header: tuple[str, ...]
    record_id: int
    modified: int | None
    paths: tuple[tuple[int, str], ...]
    ignored: tuple[str, ...]


def choose_columns(
    header: Sequence[str], record_id: str | None, modified: str | None, mapping: Mapping[str, str]
) -> Columns:
    """Raises `NotLoadable` naming a column that is missing and the one that is nearest to it, and where none says
    `name`, without which no row could be taken."""
    if repeated := sorted({h for h in header if h and header.count(h) > 1}):
        raise NotLoadable(f"the header names {listed(map(quoted, repeated))} twice; rename one")
    id_column = record_id or next((c for c in _ID_COLUMNS if c in header), None)
    if id_column is None:
        raise NotLoadable(f"no column is called record_id or id; name it with --id COLUMN; there are {listed(header)}")
    taken = {id_column: _place(header, id_column)} | ({modified: _place(header, modified)} if modified else {})
    paths = {_place(header, column): _path(column, path) for column, path in mapping.items()}
    for place, column in enumerate(header):
        if column not in taken and place not in paths and column in PATHS and column not in paths.values():
            paths[place] = column
    _without_rivals(header, paths)
    if "name" not in paths.values():
        said = f"map the one that names the client with --map COLUMN=name; there are {listed(header)}"
        raise NotLoadable(f"no column says name, which every row gives; {said}")
    used = {*taken.values(), *paths}
    ignored = tuple(column for place, column in enumerate(header) if place not in used)
    place_of_modified = taken[modified] if modified else None
    return Columns(tuple(header), taken[id_column], place_of_modified, tuple(sorted(paths.items())), ignored)


def fields_of(cells: Sequence[str], columns: Columns) -> dict[str, object]:
    """A row's fields as they stand in it. An empty cell says nothing."""
    fields: dict[str, object] = {}
    parts: dict[str, dict[str, object]] = {}
    for place, path in columns.paths:
        if cell := cells[place].strip():
            name, dot, part = path.partition(".")
            if dot:
                parts.setdefault(name, {})[part] = cell
            else:
                fields[name] = cell
    return fields | {name: said for name, said in parts.items() if name not in _MONEY or "amount" in said}


def _place(header: Sequence[str], column: str) -> int:
    if column not in header:
        folded = {name.casefold(): name for name in header}
        near = get_close_matches(column.casefold(), folded, n=1)
        hint = f"; did you mean {quoted(folded[near[0]])}?" if near else ";"
        raise NotLoadable(f"there is no column {quoted(column)}{hint} the file's columns are {listed(header)}")
    return header.index(column)


def _path(column: str, path: str) -> str:
    if path not in PATHS and not (path.startswith("identifiers.") and path != "identifiers."):
        raise NotLoadable(f"column {quoted(column)} is mapped to {quoted(path)}, which is no field{_near_field(path)}")
    return path


def _near_field(path: str) -> str:
    return suggestion(path, (*PATHS, "identifiers.SCHEME"))


def _without_rivals(header: Sequence[str], paths: Mapping[int, str]) -> None:
    said: dict[str, int] = {}
    for place, path in sorted(paths.items()):
        if path in said:
            both = f"{quoted(header[said[path]])} and {quoted(header[place])}"
            raise NotLoadable(f"the columns {both} both say {path}; map one of them")
        said[path] = place
    for money in _MONEY:
        if money in said and f"{money}.amount" in said:
            raise NotLoadable(f"both {money} and {money}.amount are mapped; map one of them")
