"""The changes of the last 24 hours, each as its reader may see it: a side outside of their scope is blank."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from services.api.answers import Flow, MovePage, MoveView, Placement, Ref
from services.api.cursors import Cursors
from services.api.figures import HOURS
from services.api.http.inputs import MoveQuery
from services.api.placement import UNASSIGNED
from services.api.refusals import not_found
from services.api.scope import Scope
from services.api.shown import moment, usd
from services.api.view import Row, Value, View

HOUR_MS = 3_600_000
_FLOWS = 50
_MOVE = (
    "at, client, name, cents, kind, decided_by, from_territory, from_region, from_advisor, from_tier, "
    "to_territory, to_region, to_advisor, to_tier"
)


def hour_of(now: datetime) -> int:
    return int(now.timestamp()) // 3_600


def first_hour(now: datetime) -> int:
    """Of the 24 that end with the present one."""
    return hour_of(now) - HOURS + 1


class Moves:
    def __init__(self, view: View, cursors: Cursors) -> None:
        self._view = view
        self._cursors = cursors

    def page(self, scope: Scope, query: MoveQuery, now: datetime) -> MovePage:
        tests, params = ["at >= ?"], [int(now.timestamp() * 1_000) - HOURS * HOUR_MS]
        filters: list[tuple[list[str], tuple[str, ...]]] = [
            (list(query.kind), ("kind",)),
            (query.territory, ("from_territory", "to_territory")),
            (query.advisor, ("from_advisor", "to_advisor")),
        ]
        bound: list[Value] = list(params)
        for values, columns in filters:
            if values:
                tests.append("(" + " OR ".join(f"{c} IN ({','.join('?' * len(values))})" for c in columns) + ")")
                bound += list(values) * len(columns)
        question = f"moves|{scope.key}|{query.model_dump_json(exclude={'cursor', 'limit'})}"
        tie, told = tuple[Value, ...](), 0
        if query.cursor is not None:
            *edge, count = self._cursors.open(question, query.cursor, 3)
            tie, told = tuple(edge), int(count or 0)
            tests.append("(at, client) <= (?, ?)")
            bound += tie
        found = self._rows(scope, tests, bound, query.limit + 1, told)
        rows, next_ = found[: query.limit], None
        if len(found) > query.limit:
            # Not by the version that tells them apart: it counts changes that the reader may not have seen.
            last = rows[-1][:2]
            told = sum(row[:2] == last for row in rows) + (told if last == tie else 0)
            next_ = self._cursors.seal(question, (*last, told))
        return MovePage(tuple(self._shown(row, scope) for row in rows), next_)

    def _rows(self, scope: Scope, tests: list[str], bound: list[Value], limit: int, skip: int = 0) -> list[Row]:
        sql = (
            f"SELECT {_MOVE} FROM seen_moves WHERE {' AND '.join(tests)} "
            "ORDER BY at DESC, client DESC, version DESC LIMIT ? OFFSET ?"
        )
        return self._view.rows(scope, sql, (*bound, limit, skip))

    def of(self, scope: Scope, client_id: str, now: datetime) -> MovePage:
        if not self._view.rows(scope, "SELECT 1 FROM seen WHERE id = ?", (client_id,)):
            raise not_found()
        since = int(now.timestamp() * 1_000) - HOURS * HOUR_MS
        rows = self._rows(scope, ["client = ?", "at >= ?"], [client_id, since], 200)
        return MovePage(tuple(self._shown(row, scope) for row in rows), None)

    def latest(self, scope: Scope, n: int) -> tuple[MoveView, ...]:
        return tuple(self._shown(row, scope) for row in self._rows(scope, ["1"], [], n))

    def _shown(self, row: Row, scope: Scope) -> MoveView:
        at, client, name, cents, kind, decided_by, *sides = row
        return MoveView(
            id=f"{client!s}:{int(at or 0):x}-{crc32(repr((kind, *sides)).encode()):08x}",
            at=moment(at),
            client=Ref(str(client), str(name) or str(client)),
            kind=kind,  # type: ignore[arg-type]  # the column holds nothing else
            origin=self._placement(sides[:4], scope),
            target=self._placement(sides[4:], scope),
            decided_by=str(decided_by) if decided_by else None,
            aum_usd=usd(int(cents or 0)),
        )

    def _placement(self, side: list[Value], scope: Scope) -> Placement | None:
        territory, region, advisor, tier = side
        if region is None:
            return None
        roster = self._view.roster
        return Placement(
            roster.territory(str(territory), scope) or Ref(str(territory), str(territory)),
            roster.region(str(region), scope) or Ref(str(region), str(region)),
            roster.advisor(str(advisor or "")),
            str(tier) if tier else None,
        )

    def flows(self, scope: Scope, now: datetime, territory_id: str | None) -> tuple[Flow, ...]:
        """How many went from where to where in a day: between territories first, then in and out, the most first."""
        of = " AND ? IN (from_territory, to_territory)" if territory_id is not None else ""
        origin, target = (f"nullif(nullif({end}_territory, ''), '{UNASSIGNED}')" for end in ("from", "to"))
        rows = self._view.rows(
            scope,
            f"SELECT {origin}, {target}, sum(clients), sum(cents) FROM seen_flows "
            f"WHERE hour >= ?{of} AND {origin} IS NOT {target} "
            f"GROUP BY 1, 2 ORDER BY ({origin} IS NULL OR {target} IS NULL), 3 DESC, 1, 2 LIMIT ?",
            (first_hour(now), *((territory_id,) if territory_id is not None else ()), _FLOWS),
        )
        roster = self._view.roster
        return tuple(
            Flow(
                roster.territory(str(origin or ""), scope),
                roster.territory(str(target or ""), scope),
                int(clients or 0),
                usd(int(cents or 0)),
            )
            for origin, target, clients, cents in rows
        )
