"""What must hold after a load, as data: each check counts what is wrong, and has a number that it may reach.

`critical`: a load after which it fails is kept in STAGE; where the check sets aside, only what fails it is. `warning`:
told, and looked at by people; what a stream makes true only a moment later (a client whose assignment is under way) can
be no more than that. A check of CORE is asked by loads that change CORE and while rows are held, one of RAW by every
load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.loader.names import TABLES, Row, Value

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` counts what is wrong in one number; the check passes up to `threshold` of it."""

    name: str
    severity: Severity
    sql: str
    threshold: int = 0
    of: Literal["raw", "core"] = "core"
    sets_aside: bool = False  # what it counts waits in STAGE by itself (`migrations/007_ready.sql`)


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    found: int

    @property
    def passed(self) -> bool:
        return self.found <= self.check.threshold


def _periods(dim: str, key: str, start: str = "valid_from", end: str = "valid_to") -> str:
    """Periods of one key that overlap, leave a gap, or have more than one current."""
    return (
        f"select count(*) from (select {end} as ends, status, is_current, lead({start}) over (partition by {key} "
        f"order by version) as next_begins from ${{core}}.{dim} where {key} in (select {key} from ${{stage}}.%s)) as p "
        "where (status <> 'ended' and ends is distinct from next_begins) "
        "or is_current <> (next_begins is null and status <> 'ended')"
    )


def _missing(ready: str, dim: str) -> str:
    return (
        f"select count(*) from ${{stage}}.{ready} s left join ${{core}}.{dim} d "
        "on d.client_id = s.client_id and d.version = s.version where d.client_id is null"
    )


def _without_end() -> str:
    """Clients with 64 parents one above the other: in a ring of any length, below one, or as good as that.

    The table of parents joined with itself gives that of grandparents, and so on: six joins, however long a ring is.
    """
    steps = [
        "p0 as (select distinct c.client_id, x.client_id as above from ${core}.client_dim c join ${core}.client_xref x "
        "on x.record_key = c.parent_record and x.is_current where c.is_current)"
    ]
    steps += [
        f"p{n + 1} as (select distinct a.client_id, b.above from p{n} a join p{n} b on b.client_id = a.above)"
        for n in range(6)
    ]
    return f"with {', '.join(steps)} select count(distinct client_id) from p6"


_IN_RAW = " + ".join(f"(select count(*) from ${{raw}}.{table})" for table in TABLES.values())

CHECKS: tuple[Check, ...] = (
    Check(
        "raw_rows_off_the_log",
        "warning",
        f"select abs({_IN_RAW} - (select sum(rows_loaded) from ${{stage}}.ledger))::number(19, 0)",
        of="raw",
    ),
    Check("client_periods", "critical", _periods("client_dim", "client_id") % "clients_staging"),
    Check(
        "assignment_periods",
        "critical",
        _periods("assignments_fact", "client_id", "effective_from", "effective_to") % "assignments_staging",
    ),
    Check("staged_clients_not_in_core", "critical", _missing("clients_ready", "client_dim")),
    Check("staged_assignments_not_in_core", "critical", _missing("assignments_ready", "assignments_fact")),
    Check(
        "client_versions_told_twice_differently",
        "critical",
        "select count(*) from ${stage}.clients_told_twice",
        sets_aside=True,
    ),
    Check(
        "assignment_versions_told_twice_differently",
        "critical",
        "select count(*) from ${stage}.assignments_told_twice",
        sets_aside=True,
    ),
    Check("unreadable_rows", "warning", "select count(*) from ${stage}.unreadable"),
    Check(
        "active_clients_without_assignment",
        "warning",
        "select count(*) from ${core}.client_dim c left join ${core}.assignments_fact a "
        "on a.client_id = c.client_id and a.is_current where c.is_current and a.client_id is null",
    ),
    Check(
        "assignments_without_client",
        "warning",
        "select count(*) from ${core}.assignments_fact a left join ${core}.client_dim c "
        "on c.client_id = a.client_id and c.is_current where a.is_current and c.client_id is null",
    ),
    Check(
        "unknown_territory",
        "warning",
        "select count(*) from ${core}.assignments_fact a left join ${core}.territory_dim t "
        "on t.territory_id = a.territory and t.is_current "
        "where a.is_current and a.territory <> 'UNASSIGNED' and t.territory_id is null",
    ),
    Check(
        "inactive_advisor",
        "warning",
        "select count(*) from ${core}.assignments_fact a left join ${core}.advisor_dim d "
        "on d.advisor_id = a.advisor and d.is_current and d.active "
        "where a.is_current and a.advisor is not null and d.advisor_id is null",
    ),
    Check(
        "advisors_over_capacity",
        "warning",
        "select count(*) from (select a.advisor from ${core}.assignments_fact a join ${core}.advisor_dim d "
        "on d.advisor_id = a.advisor and d.is_current where a.is_current "
        "group by a.advisor, d.capacity having count(*) > d.capacity) as over_full",
    ),
    Check("parents_without_end", "warning", _without_end()),
    Check(
        "one_lei_in_several_pools",
        "warning",
        "select count(*) from (select lei from ${core}.client_dim where is_current and lei is not null "
        "group by lei having count(distinct pool) > 1) as spread",
    ),
)


def asked(*, core_changed: bool) -> list[Check]:
    """The checks after a load that has, or has not, touched CORE."""
    return [check for check in CHECKS if core_changed or check.of == "raw"]


def counting(checks: Sequence[Check]) -> str:
    """One statement that gives each check's number, in the checks' order."""
    return "select " + ", ".join(f"({check.sql})" for check in checks)


def findings(row: Row, checks: Sequence[Check]) -> list[Finding]:
    """What `counting` gave."""
    return [Finding(check, int(str(found))) for check, found in zip(checks, row, strict=True)]


def failed(found: Iterable[Finding]) -> list[Finding]:
    """What is critical and too much."""
    return [one for one in found if not one.passed and one.check.severity == "critical"]


def results(found: Sequence[Finding], now: datetime, *, held: bool) -> tuple[str, list[Value]]:
    """The statement that keeps what was found. `held`: the whole load was."""
    values: list[Value] = []
    for one in found:
        at = now.strftime("%Y-%m-%d %H:%M:%S.%f")
        waits = held or (one.check.sets_aside and not one.passed)
        values += [at, one.check.name, one.check.severity, one.found, one.check.threshold, one.passed, waits]
    rows = ", ".join(["(" + ", ".join(["%s"] * 7) + ")"] * len(found))
    return f"insert into ${{core}}.quality_results values {rows}", values
