"""Territories, regions and advisors with what lies on them: the sums of the cube, set against capacity.

Capacity is people's word (a number of clients). Clients and territories out of scope count as if there were none: an
advisor's load is what the clients in scope take of the whole capacity, so who also serves elsewhere carries more; and
an advisor of n territories in scope gives each an n-th. A share by all of their territories would tell of the others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from schemas.reference import Advisor, Territory
from services.api.answers import AdvisorRow, Ref, RegionRow, TerritoryRow
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.shown import usd
from services.api.view import View


@dataclass(slots=True)
class Sum:
    clients: int = 0
    cents: int = 0
    moves_in: int = 0
    moves_out: int = 0

    def add(self, other: Sum) -> None:
        self.clients += other.clients
        self.cents += other.cents
        self.moves_in += other.moves_in
        self.moves_out += other.moves_out


@dataclass(slots=True)
class Sums:
    """What is in scope, by territory and by advisor."""

    territories: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    advisors: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))


def sums(view: View, scope: Scope, since_hour: int) -> Sums:
    """Present clients, and moves since an hour (Unix hours)."""
    found = Sums()
    by = {"territory": found.territories, "advisor": found.advisors}
    held = view.rows(
        scope,
        "SELECT field, value, sum(clients), sum(cents) FROM seen_margins WHERE field IN ('territory', 'advisor') "
        "GROUP BY 1, 2",
    )
    for field_, value, clients, cents in held:
        total = by[str(field_)][str(value)]
        total.clients, total.cents = int(clients or 0), int(cents or 0)
    turned = view.rows(
        scope, "SELECT field, id, sum(ins), sum(outs) FROM seen_turns WHERE hour >= ? GROUP BY 1, 2", (since_hour,)
    )
    for field_, place, ins, outs in turned:
        total = by[str(field_)][str(place)]
        total.moves_in, total.moves_out = int(ins or 0), int(outs or 0)
    return found


def load(clients: int, capacity: float) -> float:
    return round(clients / capacity, 4) if capacity else 0.0


def advisors_in(roster: Roster, scope: Scope) -> list[Advisor]:
    """Those with a territory in scope, by name."""
    shown = {territory.id for territory in roster.shown(scope)}
    found = [a for a in roster.advisors.values() if scope.regions is None or shown & set(a.territories)]
    return sorted(found, key=lambda a: (a.name, a.id))


def advisor_rows(found: Sums, roster: Roster, scope: Scope) -> list[AdvisorRow]:
    return [advisor_row(a, found.advisors[a.id], roster, scope) for a in advisors_in(roster, scope)]


def advisor_row(advisor: Advisor, total: Sum, roster: Roster, scope: Scope) -> AdvisorRow:
    territories = (roster.territory(t, scope) for t in dict.fromkeys(advisor.territories))
    return AdvisorRow(
        id=advisor.id,
        name=advisor.name,
        active=advisor.active,
        territories=tuple(ref for ref in territories if ref is not None),
        clients=total.clients,
        capacity=advisor.capacity,
        load=load(total.clients, advisor.capacity),
        over_capacity=total.clients > advisor.capacity,
        aum_usd=usd(total.cents),
        moves_in=total.moves_in,
        moves_out=total.moves_out,
    )


@dataclass(slots=True)
class _Served:
    """Who serves a territory, and how many clients they can take there."""

    by: list[str] = field(default_factory=list)
    capacity: float = 0.0


def _served(roster: Roster, scope: Scope) -> defaultdict[str, _Served]:
    shown = {territory.id for territory in roster.shown(scope)}
    found: defaultdict[str, _Served] = defaultdict(_Served)
    for advisor in roster.advisors.values():
        own = shown & set(advisor.territories) if advisor.active else set[str]()
        for territory in own:
            found[territory].by.append(advisor.id)
            found[territory].capacity += advisor.capacity / len(own)
    return found


def territory_row(territory: Territory, total: Sum, served: _Served, roster: Roster, scope: Scope) -> TerritoryRow:
    return TerritoryRow(
        id=territory.id,
        name=territory.name,
        region=roster.region(territory.region, scope) or Ref(territory.region, territory.region),
        advisors=len(served.by),
        capacity=round(served.capacity),
        load=load(total.clients, served.capacity),
        clients=total.clients,
        aum_usd=usd(total.cents),
        moves_in=total.moves_in,
        moves_out=total.moves_out,
    )


def territory_rows(found: Sums, roster: Roster, scope: Scope) -> list[TerritoryRow]:
    served = _served(roster, scope)
    return [territory_row(t, found.territories[t.id], served[t.id], roster, scope) for t in roster.shown(scope)]


def region_rows(found: Sums, roster: Roster, scope: Scope) -> list[RegionRow]:
    """Every region in scope with all below it, by name."""
    served = _served(roster, scope)
    shown = [region for region in roster.regions.values() if scope.covers(region.id)]
    territories = roster.shown(scope)
    rows = []
    for region in sorted(shown, key=lambda r: (r.name, r.id)):
        within = roster.within([region.id])
        inside = [t for t in territories if t.region in within]
        total = Sum()
        for territory in inside:
            total.add(found.territories[territory.id])
        capacity = sum(served[t.id].capacity for t in inside)
        people = {advisor for t in inside for advisor in served[t.id].by}
        rows.append(
            RegionRow(
                id=region.id,
                name=region.name,
                parent=region.parent if region.parent and scope.covers(region.parent) else None,
                territories=len(inside),
                advisors=len(people),
                capacity=round(capacity),
                load=load(total.clients, capacity),
                clients=total.clients,
                aum_usd=usd(total.cents),
                moves_in=total.moves_in,
                moves_out=total.moves_out,
            )
        )
    return rows


def in_order(rows: list[AdvisorRow], by: str) -> list[AdvisorRow]:
    """By id where equal, whichever way."""
    way, key = by.startswith("-"), by.lstrip("-")
    rows = sorted(rows, key=lambda row: row.id)
    if key == "aum":
        return sorted(rows, key=lambda row: float(row.aum_usd), reverse=way)
    if key == "name":
        return sorted(rows, key=lambda row: row.name, reverse=way)
    return sorted(rows, key=lambda row: row.load if key == "load" else row.clients, reverse=way)
