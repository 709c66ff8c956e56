"""How a source's exports are read, as a YAML file says it: source → {file, id, modified, map}."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.ingest.columns import NotLoadable
from services.ingest.problems import quoted, suggestion


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str = ""
    id: str | None = None
    modified: str | None = None
    map: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """Which columns hold the record's id and modified time, and which field each other column says."""

    record_id: str | None
    modified: str | None
    mapping: dict[str, str]


def reading_of(path: Path, source: str) -> Reading:
    """The entry of a source. Raises `NotLoadable`."""
    try:
        entries = msgspec.yaml.decode(path.read_bytes(), type=dict[str, _Entry])
    except OSError as error:
        raise NotLoadable(f"{path} cannot be read ({error.strerror}); give the path of a YAML file") from None
    except msgspec.MsgspecError as error:
        raise NotLoadable(f"{path.name} is not a map of sources: {error}; see the one of the demo") from None
    if source not in entries:
        raise NotLoadable(f"{path.name} has no source {quoted(source)}{suggestion(source, tuple(entries))}")
    entry = entries[source]
    return Reading(entry.id, entry.modified, entry.map)


def pairs(options: list[str]) -> dict[str, str]:
    """`column=field` options as a map. A column's name may hold `=`; a field's may not."""
    mapping: dict[str, str] = {}
    for option in options:
        column, equals, path = option.rpartition("=")
        if not equals or not column or not path:
            raise NotLoadable(f"--map {quoted(option)} is not COLUMN=FIELD; give for example --map Company=name")
        mapping[column] = path
    return mapping
