"""The view as it is read: the only door to its rows, and it opens with a `Scope`.

A query names the tables `seen`, `seen_members`, `seen_tally` and so on, which are those rows that the scope covers,
with what the scope does not cover blanked out. It cannot name the tables behind them: such a query is refused.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from schemas import codec
from services.api.roles import Principal
from services.api.roster import Roster, roster_of
from services.api.scope import Scope, scope_of

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")
_OWN = re.compile(r"(?:\AWITH|,)\s+(\w+) AS MATERIALIZED \(")  # tables that a query makes of those it may name
_OPEN = frozenset(
    f"seen{name}"
    for name in (
        *("", "_told", "_ended", "_members", "_tally", "_margins", "_drift", "_marks", "_moves", "_flows", "_turns"),
    )
)
_CACHE_KIB = 65_536  # of each connection; a mapped file would count as memory once for each of them
_SIDES = ("territory", "region", "advisor", "tier")


class Unscoped(Exception):
    """A query that names a table behind the scope."""


class View:
    """Read-only connections, one a thread. `roster` is what reference said at the last `refresh`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of_thread = threading.local()
        self.roster = Roster()
        self.refresh()

    def refresh(self) -> None:
        """Read what people own again."""
        found = self._connection().execute("SELECT value FROM reference").fetchall()
        self.roster = roster_of(codec.reference(value) for (value,) in found)

    def scope_of(self, who: Principal) -> Scope:
        return scope_of(who, self.roster.parents)

    def rows(self, scope: Scope, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """Run one query on what the scope covers. Raises `Unscoped`."""
        scoped, before = _scoped(sql, scope)
        return self._connection().execute(scoped, (*before, *params)).fetchall()

    def matches(self, scope: Scope, match: str) -> int:
        """How many live clients have these words. Only for who sees all: the index of words knows no regions."""
        if scope.regions is not None:
            raise Unscoped("only who sees all may be told how many clients have a word")
        found = self._connection().execute("SELECT count(*) FROM search WHERE search MATCH ?", (match,)).fetchone()
        return int(found[0])

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            found = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None, cached_statements=256)
            found.execute("PRAGMA query_only=ON")
            found.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            self._of_thread.connection = found
        return found


@lru_cache(1_024)
def _scoped(sql: str, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The query after the tables that it names, as its scope has them; and the parameters of those."""
    named = frozenset(_NAMED.findall(sql)) - frozenset(_OWN.findall(sql))
    if not named & _OPEN or named - _OPEN - {"search"}:  # of `search` nothing comes out but row numbers
        raise Unscoped(f"the query names {', '.join(sorted(named - _OPEN)) or 'no table'}: ask for seen_… instead")
    regions = sorted(scope.regions) if scope.regions is not None else []
    listed = ",".join("?" * len(regions))
    inside = f"IN ({listed})" if scope.regions is not None else ""
    tables: list[str] = []
    params: list[str] = []
    for name, (text, times) in _tables(inside).items():
        if re.search(rf"\b{name}\b", sql):
            tables.append(f"{name} AS NOT MATERIALIZED ({text})")
            params += regions * (times if inside else 0)
    rest = sql.removeprefix("WITH ") if sql.startswith("WITH ") else None
    return f"WITH {', '.join(tables)}" + (f", {rest}" if rest else f" {sql}"), tuple(params)


def _tables(inside: str) -> dict[str, tuple[str, int]]:
    """Name → (query, how often it names the regions)."""
    of = f"region {inside}" if inside else "1"
    return {
        "seen": (f"SELECT * FROM clients WHERE live AND {of}", 1),
        "seen_told": (
            "SELECT * FROM clients LEFT JOIN told_clients USING (n) LEFT JOIN told_assignments USING (n) "
            f"WHERE live AND {of}",
            1,
        ),
        "seen_ended": (
            f"SELECT * FROM clients LEFT JOIN told_clients USING (n) WHERE NOT live AND status = 'ended' AND {of}",
            1,
        ),
        "seen_members": (
            f"SELECT record, id, n FROM members JOIN clients ON n = members.client WHERE live AND {of}",
            1,
        ),
        "seen_tally": (f"SELECT * FROM tally WHERE {of}", 1),
        "seen_margins": (f"SELECT * FROM margins WHERE {of}", 1),
        "seen_turns": (
            f"SELECT * FROM turns WHERE {of} AND NOT across {inside}"
            if inside
            else "SELECT * FROM turns WHERE across = ''",
            2,
        ),
        "seen_drift": (f"SELECT * FROM drift WHERE {of}", 1),
        "seen_marks": (f"SELECT * FROM marks WHERE {of}", 1),
        "seen_moves": _two_sided("moves", "at, client, version, name, cents", inside),
        "seen_flows": _two_sided("flows", "hour, clients, cents", inside),
    }


def _two_sided(table: str, plain: str, inside: str) -> tuple[str, int]:
    """Rows of which either side is in scope, with the other side blanked out, and what tells of it."""
    sides = _SIDES if table == "moves" else _SIDES[:3]
    columns = [f"{end}_{side}" for end in ("from", "to") for side in sides]
    if not inside:
        kinds = ", kind, decided_by" if table == "moves" else ""
        return f"SELECT {plain}{kinds}, {', '.join(columns)} FROM {table}", 0
    blanked = [f"iif({name.split('_')[0]}_region {inside}, {name}, NULL) AS {name}" for name in columns]
    kinds, times = "", 0
    if table == "moves":
        kinds = (
            f", CASE WHEN to_region {inside} THEN iif(from_region {inside}, kind, 'arrived') ELSE 'left' END AS kind, "
            f"iif(to_region {inside}, decided_by, NULL) AS decided_by"
        )
        times = 3
    text = f"SELECT {plain}{kinds}, {', '.join(blanked)} FROM {table} WHERE from_region {inside} OR to_region {inside}"
    return text, times + len(columns) + 2
