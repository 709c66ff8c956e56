"""The SQL of a load, as it stands in `sql/`, and which of it a batch needs, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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

TOLD_TWICE: dict[str, str] = {DEDUPED.name: "clients_told_twice", ASSIGNED.name: "assignments_told_twice"}
"""Topic → the versions of which STAGE or CORE hold another telling: they wait."""


@dataclass(frozen=True, slots=True)
class Versions:
    """A table of CORE that holds every version of an id with its period. `says`: the columns that tell of one."""

    into: str
    key: str
    ready: str  # the view of STAGE that it is merged from
    says: str
    period: tuple[str, str] = ("valid_from", "valid_to")

    @property
    def columns(self) -> list[str]:
        return ["status", *self.says.split(), "told_at", "value_hash"]


DIMENSIONS: dict[str, Versions] = {
    "region": Versions("region_dim", "region_id", "regions_ready", "name parent"),
    "territory": Versions("territory_dim", "territory_id", "territories_ready", "name region"),
    "advisor": Versions("advisor_dim", "advisor_id", "advisors_ready", "name territories capacity active"),
}
"""Kind of statement → its dimension."""

TABLES_OF: dict[str, tuple[Versions, ...]] = {
    DEDUPED.name: (
        Versions(
            "client_dim",
            "client_id",
            "clients_ready",
            "pool name client_type country city lei industry aum aum_currency parent_record confidence oversized "
            "member_count ended_into moved split_from",
        ),
    ),
    ASSIGNED.name: (
        Versions(
            "assignments_fact",
            "client_id",
            "assignments_ready",
            "client_version territory region advisor tier segment decided_by rule_set rule_number rule_id "
            "rule_priority source_record triggered_by conflicts previous_territory previous_advisor previous_tier",
            ("effective_from", "effective_to"),
        ),
    ),
    REFERENCE.name: tuple(DIMENSIONS.values()),
}
"""Topic → what of CORE its staged rows are merged into."""


def _fits(path: str, sql_type: str) -> str:
    """What is said there, if anything is, is of this type."""
    return f"(j:{path}::varchar is null or try_cast(j:{path}::varchar as {sql_type}) is not null)"


_VERSION = "j:client_id::varchar = record_key and coalesce(j:version::varchar rlike '^[0-9]{1,18}$', false)"
_NAMED = (
    f"(split_part(record_key, ':', 1) not in ({', '.join(repr(kind) for kind in DIMENSIONS)}) "
    "or j:name::varchar is not null)"
)

READABLE: dict[str, str] = {
    DEDUPED.name: f"({_VERSION} and j:status::varchar in ('live', 'ended') and coalesce(is_array(j:members), true) "
    f"and {_fits('confidence', 'number(5, 2)')} and {_fits('oversized', 'boolean')})",
    ASSIGNED.name: f"({_VERSION} and j:status::varchar in ('assigned', 'unassigned', 'ended') "
    "and try_cast(j:effective_from::varchar as timestamp_tz) is not null "
    f"and {_fits('client_version', 'number(19, 0)')} and {_fits('rule.number', 'number(9, 0)')} "
    f"and {_fits('rule.priority', 'number(9, 0)')})",
    REFERENCE.name: f"(encoding = 'none' or (j is not null and {_NAMED} "
    f"and {_fits('capacity', 'number(9, 0)')} and {_fits('active', 'boolean')}))",
}
"""Topic → the condition under which a row of it, parsed as `j`, is staged; all others are told in `unreadable`."""


@cache
def sql(name: str) -> str:
    """A statement of `sql/`, without its comments."""
    lines = (_FOLDER / f"{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def merges(topics: Iterable[str]) -> list[str]:
    """The merges that these topics' staged rows need, in their order."""
    needed: list[str] = []
    for topic in topics:
        needed += map(merge, TABLES_OF[topic])
        if topic == DEDUPED.name:
            needed.append(sql("merge_xref"))
    return needed


@cache
def merge(table: Versions) -> str:
    """The merge into one table of versions."""
    of = {f"{alias}_columns": ", ".join(f"{alias}.{column}" for column in table.columns) for alias in "vsdn"}
    of |= {"columns": ", ".join(table.columns), "from": table.period[0], "to": table.period[1]}
    return Template(sql("merge_versions")).safe_substitute(of, into=table.into, key=table.key, ready=table.ready)


def merged(topic: str) -> str:
    """Empties STAGE of what has gone to CORE; what was told twice, and in different ways, stays."""
    delete = f"delete from ${{stage}}.{STAGED[topic]}"
    waits = TOLD_TWICE.get(topic)
    return (
        f"{delete} where (client_id, version) not in (select client_id, version from ${{stage}}.{waits})"
        if waits
        else delete
    )


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
