"""The SQL of a load, as it stands in `sql/`, and which of it a batch needs, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from string import Template

from schemas.topics import ASSIGNED, DEDUPED, REFERENCE

_FOLDER = resources.files("services.loader") / "sql"

STAGES_INTO: dict[str, str] = {
    DEDUPED.name: "stage_clients",
    ASSIGNED.name: "stage_assignments",
    REFERENCE.name: "stage_statements",
}
"""Topic → the statement that parses what was loaded of it into STAGE; the other topics end in RAW."""

STAGED: dict[str, str] = {
    DEDUPED.name: "clients_staging",
    ASSIGNED.name: "assignments_staging",
    REFERENCE.name: "statements_staging",
}

MERGES: dict[str, tuple[str, ...]] = {
    DEDUPED.name: ("merge_clients", "merge_xref"),
    ASSIGNED.name: ("merge_assignments",),
}
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "region": ("name", "parent"),
    "territory": ("name", "region"),
    "advisor": ("name", "territories", "capacity", "active"),
}
"""Kind of statement → the columns of its dimension that say something of it."""

READABLE: dict[str, str] = {
    DEDUPED.name: "j:client_id::varchar = record_key and j:version is not null "
    "and j:status::varchar in ('live', 'ended')",
    ASSIGNED.name: "j:client_id::varchar = record_key and j:version is not null "
    "and j:status::varchar in ('assigned', 'unassigned', 'ended')",
    REFERENCE.name: "j is not null or encoding = 'none'",
}


@cache
def sql(name: str) -> str:
    """A statement of `sql/`, without its comments."""
    lines = (_FOLDER / f"{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def merges(topics: Iterable[str]) -> list[str]:
    """The merges that these topics' staged rows need, in their order."""
    staged = set(topics)
    needed = [sql(name) for topic in MERGES if topic in staged for name in MERGES[topic]]
    return [*needed, *map(merge_dimension, DIMENSIONS)] if REFERENCE.name in staged else needed


@cache
def merge_dimension(kind: str) -> str:
    """The merge into one of `DIMENSIONS`."""
    columns = DIMENSIONS[kind]
    of = {f"{alias}_columns": ", ".join(f"{alias}.{column}" for column in columns) for alias in "vsdn"}
    return Template(sql("merge_dimension")).safe_substitute(of, kind=kind, columns=", ".join(columns))


def ranges(bounds: Mapping[int, tuple[int, int]]) -> str:
    """A condition for partition → (first offset, offset after the last). Of numbers only."""
    return (
        "("
        + " or ".join(
            f"(topic_partition = {partition:d} and record_offset >= {start:d} and record_offset < {end:d})"
            for partition, (start, end) in sorted(bounds.items())
        )
        + ")"
    )


def quoted(keys: Sequence[str]) -> str:
    """Object keys as SQL literals: COPY takes no bound values there. They are of our own making (`object_key`)."""
    return ", ".join("'" + key.replace("'", "''") + "'" for key in keys)
