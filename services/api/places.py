"""Territories, advisors and the dashboard, each for a scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from services.api.answers import (
    AdvisorDetail,
    AdvisorPage,
    AdvisorRow,
    Count,
    Ref,
    RegionRow,
    Territories,
    TerritoryDetail,
    TerritoryRow,
)
from services.api.cursors import Cursors
from services.api.figures import Day, fairness, figures
from services.api.http.inputs import AdvisorQuery
from services.api.moves import Moves, first_hour, hour_of
from services.api.refusals import not_found
from services.api.roles import GRANTED, Principal
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.shown import moment, usd
from services.api.standing import Balance, Figure, Me, Stats
from services.api.view import Row, View
from services.api.workload import (
    Sums,
    advisor_row,
    advisor_rows,
    advisors_in,
    in_order,
    region_rows,
    sums,
    territory_rows,
)

_LISTED = 10


class Places:
    def __init__(self, view: View, cursors: Cursors) -> None:
        self._view = view
        self.moves = Moves(view, cursors)

    def sums(self, scope: Scope, now: datetime) -> Sums:
        return sums(self._view, scope, first_hour(now))

    def territories(self, scope: Scope, now: datetime) -> Territories:
        roster, found = self._view.roster, self.sums(scope, now)
        rules = roster.rule_set(now)
        return Territories(
            tuple(region_rows(found, roster, scope)),
            tuple(territory_rows(found, roster, scope)),
            tuple(tier.id for tier in rules.tiers) if rules is not None else (),
        )

    def territory(self, scope: Scope, territory_id: str, now: datetime) -> TerritoryDetail:
        roster, found = self._view.roster, self.sums(scope, now)
        row = next((t for t in territory_rows(found, roster, scope) if t.id == territory_id), None)
        if row is None:
            raise not_found()
        serving = [a for a in advisors_in(roster, scope) if territory_id in a.territories]
        counts = {
            column: self._counts(scope, column, "territory", territory_id)
            for column in ("tier", "segment", "client_type", "country")
        }
        return TerritoryDetail(
            territory=row,
            path=self._path(row.region.id, roster, scope),
            advisors=tuple(advisor_row(a, found.advisors[a.id], roster, scope) for a in serving),
            tiers=counts["tier"],
            segments=counts["segment"],
            client_types=counts["client_type"],
            countries=counts["country"],
            flows=self.moves.flows(scope, now, territory_id),
        )

    def _path(self, region_id: str, roster: Roster, scope: Scope) -> tuple[Ref, ...]:
        path: list[Ref] = []
        at: str | None = region_id
        while at is not None and (ref := roster.region(at, scope)) is not None and ref not in path:
            path.append(ref)
            at = roster.parents.get(at)
        return tuple(reversed(path))

    def advisors(self, scope: Scope, query: AdvisorQuery, now: datetime) -> AdvisorPage:
        roster, found = self._view.roster, self.sums(scope, now)
        wanted = query.q.strip().casefold()
        territories, regions = set(query.territory), roster.below(query.region, scope)
        rows = []
        for advisor in advisors_in(roster, scope):
            row = advisor_row(advisor, found.advisors[advisor.id], roster, scope)
            own = {ref.id for ref in row.territories}
            if wanted not in row.name.casefold() or (territories and not own & territories):
                continue
            if query.region and not any(roster.territories[t].region in regions for t in own):
                continue
            rows.append(row)
        return AdvisorPage(tuple(in_order(rows, query.sort)), len(rows))

    def placed(
        self, scope: Scope, wanted: Collection[str], now: datetime
    ) -> dict[str, Sequence[TerritoryRow | RegionRow | AdvisorRow]]:
        """Those of `territories`, `regions` and `advisors` that are wanted, from one look at the sums."""
        if not {"territories", "regions", "advisors"} & set(wanted):
            return {}
        roster, found = self._view.roster, self.sums(scope, now)
        rows: dict[str, Sequence[TerritoryRow | RegionRow | AdvisorRow]] = {}
        if "territories" in wanted:
            rows["territories"] = territory_rows(found, roster, scope)
        if "regions" in wanted:
            rows["regions"] = region_rows(found, roster, scope)
        if "advisors" in wanted:
            rows["advisors"] = advisor_rows(found, roster, scope)
        return rows

    def advisor(self, scope: Scope, advisor_id: str, now: datetime) -> AdvisorDetail:
        roster, found = self._view.roster, self.sums(scope, now)
        advisor = next((a for a in advisors_in(roster, scope) if a.id == advisor_id), None)
        if advisor is None:
            raise not_found()
        return AdvisorDetail(
            advisor=advisor_row(advisor, found.advisors[advisor_id], roster, scope),
            by_territory=self._counts(scope, "territory", "advisor", advisor_id),
            tiers=self._counts(scope, "tier", "advisor", advisor_id),
            segments=self._counts(scope, "segment", "advisor", advisor_id),
        )

    def _counts(self, scope: Scope, column: str, of: str, value: str) -> tuple[Count, ...]:
        rows = self._view.rows(
            scope,
            f"SELECT {column}, sum(clients), sum(cents) FROM seen_tally WHERE {of} = ? GROUP BY 1 ORDER BY 2 DESC, 1",
            (value,),
        )
        return self._told(rows, column, scope)

    def _told(self, rows: list[Row], column: str, scope: Scope) -> tuple[Count, ...]:
        counts = []
        for name, clients, cents in rows:
            ref = self._view.roster.territory(str(name), scope) if column == "territory" else None
            label = ref.name if ref is not None else str(name) or "(none)"
            counts.append(Count(str(name), label, int(clients or 0), usd(int(cents or 0))))
        return tuple(counts)

    def stats(self, scope: Scope, now: datetime) -> Stats:
        roster, found = self._view.roster, self.sums(scope, now)
        advisors = [row for row in advisor_rows(found, roster, scope) if row.active]
        loads = [row.load for row in advisors]
        fullest = in_order(advisors, "-load")
        tiers, segments = (
            self._told(
                self._view.rows(
                    scope,
                    "SELECT value, sum(clients), sum(cents) FROM seen_margins WHERE field = ? "
                    "GROUP BY 1 ORDER BY 2 DESC, 1",
                    (of,),
                ),
                of,
                scope,
            )
            for of in ("tier", "segment")
        )
        return Stats(
            as_of=self.watermark(scope),
            figures=self.figures(scope, now),
            territories=tuple(territory_rows(found, roster, scope)),
            tiers=tiers,
            segments=segments,
            balance=Balance(
                index=round(fairness(loads), 4) if loads else 1.0,
                mean_load=round(sum(loads) / len(loads), 4) if loads else 0.0,
                over=tuple([row for row in fullest if row.over_capacity][:_LISTED]),
                under=tuple(in_order(advisors, "load")[:_LISTED]),
            ),
            flows=self.moves.flows(scope, now, None),
        )

    def watermark(self, scope: Scope) -> datetime | None:
        found = self._view.rows(scope, "SELECT max(at) FROM seen_marks")[0][0]
        return moment(found) if found is not None else None

    def figures(self, scope: Scope, now: datetime) -> tuple[Figure, ...]:
        """Reads the margins of the cube and its drift."""
        shown = advisors_in(self._view.roster, scope)
        day = Day(hour_of(now), {a.id: a.capacity for a in shown if a.active})
        for field, value, clients, cents in self._view.rows(
            scope,
            "SELECT field, value, sum(clients), sum(cents) FROM seen_margins WHERE field IN ('status', 'advisor') "
            "GROUP BY 1, 2",
        ):
            n = int(clients or 0)
            if field == "advisor":
                day.by_advisor[str(value)] = n
                continue
            day.clients += n
            day.cents += int(cents or 0)
            day.assigned += n if value == "assigned" else 0
        for hour, status, advisor, clients, cents in self._view.rows(
            scope, "SELECT hour, status, advisor, sum(clients), sum(cents) FROM seen_drift GROUP BY 1, 2, 3"
        ):
            at, n = int(hour or 0), int(clients or 0)
            day.d_clients[at] += n
            day.d_cents[at] += int(cents or 0)
            day.d_assigned[at] += n if status == "assigned" else 0
            day.d_advisor[at][str(advisor)] = day.d_advisor[at].get(str(advisor), 0) + n
        for hour, clients in self._view.rows(scope, "SELECT hour, sum(clients) FROM seen_flows GROUP BY 1"):
            day.moves[int(hour or 0)] = int(clients or 0)
        return figures(day)

    def me(self, scope: Scope, who: Principal) -> Me:
        roster = self._view.roster
        own = None
        if scope.regions is not None:
            own = tuple(roster.region(region, scope) or Ref(region, region) for region in sorted(who.regions))
        return Me(
            subject=who.subject,
            name=who.name,
            role=who.role,
            regions=own,
            permissions=tuple(sorted(GRANTED[who.role])),
            expires_at=who.expires_at,
        )
