"""The view as it is read: the only door to its rows, and it opens with a `Scope`.

Clients are counted, and those of a page found, in columns beside SQLite's tables: who asks gives the scope there too,
and only what is in scope comes out. A query in SQL names the tables `seen`, `seen_members`, `seen_tally` and so on,
which are those rows that the scope covers, with what the scope does not cover blanked out. The tables behind them are
hidden by namesakes that lead nowhere, so it is SQLite that refuses a query which names one, however it is written; and
what would name them in full is refused.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import msgspec

from schemas import codec
from services.api.columns import ROW, Columns, Counts, Found, Narrowing, Order
from services.api.roles import Principal
from services.api.roster import Roster, roster_of
from services.api.scope import Scope, scope_of
from services.api.words import Words

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

_IN_FULL = re.compile(r"\b(?:main|temp|sqlite_\w+|pragma_\w+)\b", re.IGNORECASE)
_NOWHERE = "ask_for_seen_instead"
_CACHE_KIB = 65_536  # of each connection; a mapped file would count as memory once for each of them
_TAKEN = 20_000  # rows into the columns at once
_NEWER = f"SELECT json_array({ROW}) AS as_json FROM clients WHERE seq > ? ORDER BY seq LIMIT {_TAKEN}"
_AS_ONE = "SELECT '[' || coalesce(group_concat(as_json), '') || ']' FROM ({})"
_table = msgspec.json.Decoder(list[tuple[str | int | float | None, ...]]).decode
_SIDES = ("territory", "region", "advisor", "tier")


class Unscoped(Exception):
    """A query that names a table behind the scope."""


class View:
    """Read-only connections, one a thread. `roster` is what reference said at the last `refresh`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of_thread = threading.local()
        self._columns = Columns()
        self._words = Words()
        self._turn = threading.RLock()
        self.roster = Roster()
        behind = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        names = [name for (name,) in self._connection().execute(behind)]
        self._hidden = ", ".join(f"{name} AS (SELECT 1 FROM {_NOWHERE})" for name in names)
        self.refresh()

    def refresh(self) -> None:
        """Read what people own again, and the columns ahead of who asks next."""
        found = self._connection().execute("SELECT value FROM reference").fetchall()
        self.roster = roster_of(codec.reference(value) for (value,) in found)
        with self.still():
            pass

    def scope_of(self, who: Principal) -> Scope:
        return scope_of(who, self.roster.parents)

    def rows(self, scope: Scope, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """Run one query on what the scope covers. Raises `Unscoped`."""
        scoped, before = _scoped(sql, scope, self._hidden)
        try:
            return self._connection().execute(scoped, (*before, *params)).fetchall()
        except sqlite3.OperationalError as error:
            if _NOWHERE in str(error):
                raise Unscoped("the query names a table behind the scope: ask for seen_… instead") from error
            raise

    def table(self, scope: Scope, sql: str, params: Sequence[Value] = ()) -> Sequence[Row]:
        """As `rows`, where there are many: each as an array, `as_json`, which come as one, in their order. SQLite runs
        without the interpreter and has to get hold of it again after every row; with twenty requests under way that
        takes longer than the query."""
        [(found,)] = self.rows(scope, _AS_ONE.format(sql), params)
        assert isinstance(found, str)
        return _table(found)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Whatever this thread asks within, columns, words and rows, it is told of one state of the view: of all that
        was committed before. The columns are its own meanwhile; it may come in again."""
        with self._turn:
            if self._connection().in_transaction:
                yield
                return
            with self._one_state():
                self._catch_up()
                yield

    def counts(self, scope: Scope, wanted: Narrowing, fields: Sequence[str]) -> tuple[int, Counts]:
        """How many clients are wanted, and how many have each value of these fields; those of a field that is narrowed
        itself, under all that is wanted but that."""
        with self.still():
            columns, words = self._columns, self._having(wanted)
            all_, counts = columns.among(scope.regions, wanted, words), Counts()
            for field in fields:
                found = all_
                if field in wanted.fields:
                    rest = {name: values for name, values in wanted.fields.items() if name != field}
                    found = columns.among(scope.regions, replace(wanted, fields=rest), words)
                counts[field] = columns.counts(field, found)
            return columns.count(all_), counts

    def first(self, scope: Scope, wanted: Narrowing, order: Order) -> tuple[int, list[int]]:
        """How many clients are wanted, and the numbers of some, among which are the next ones by the order."""
        with self.still():
            found = self._columns.among(scope.regions, wanted, self._having(wanted))
            return self._columns.count(found), self._columns.first(found, order).tolist()

    def knows(self, words: Collection[str]) -> bool:
        return self._words.known(words)

    def look_up(self, words: Collection[str]) -> None:
        """Ahead of who asks for them: on another thread, since a word takes as long as the rest of an answer."""
        self._words.look_up(words, self._connection())

    def _having(self, wanted: Narrowing) -> Found:
        return None if wanted.words is None else self._words.found(wanted.words, self._connection())

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        db = self._connection()
        try:
            db.execute("BEGIN")  # SQLite takes the state with the first query that follows
            yield
            db.execute("COMMIT")
        except BaseException:
            self._of_thread.connection = None  # it may still be in that state
            db.close()
            raise

    def _catch_up(self) -> None:
        """Take into the columns what was committed since; words change with rows alone."""
        more, before = True, self._columns.seen
        while more:
            [(found,)] = self._connection().execute(_AS_ONE.format(_NEWER), (self._columns.seen,))
            rows = _table(found)
            if rows:
                self._take(rows)
            more = len(rows) == _TAKEN
        if self._columns.seen != before:
            self._words.learn_state(self._connection())

    def _take(self, rows: Sequence[Row]) -> None:
        try:
            self._columns.take(rows)
        except BaseException:
            self._columns = Columns()  # half taken they would count wrongly for good: the next one fills them anew
            raise

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            found = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None, cached_statements=256)
            found.execute("PRAGMA query_only=ON")
            found.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            self._of_thread.connection = found
        return found


@lru_cache(1_024)
def _scoped(sql: str, scope: Scope, hidden: str) -> tuple[str, tuple[str, ...]]:
    """The query after the tables that it names, as its scope has them; and the parameters of those."""
    if _IN_FULL.search(sql):
        raise Unscoped("the query names a table of SQLite's, or one in full: ask for seen_… instead")
    regions = sorted(scope.regions) if scope.regions is not None else []
    listed = ",".join("?" * len(regions))
    inside = f"IN ({listed})" if scope.regions is not None else ""
    tables: list[str] = [hidden]
    params: list[str] = []
    for name, (text, times) in _tables(inside).items():
        if re.search(rf"\b{name}\b", sql):
            tables.append(f"{name} AS NOT MATERIALIZED ({text})")
            params += regions * (times if inside else 0)
    if len(tables) == 1:
        raise Unscoped("the query names no table: ask for seen_…")
    rest = sql.removeprefix("WITH ")
    return f"WITH {', '.join(tables)}{' ' if rest == sql else ', '}{rest}", tuple(params)


def _tables(inside: str) -> dict[str, tuple[str, int]]:
    """Name → (query, how often it names the regions)."""
    of = f"region {inside}" if inside else "1"
    return {
        "seen": (f"SELECT * FROM main.clients WHERE live AND {of}", 1),
        "seen_told": (
            "SELECT * FROM main.clients LEFT JOIN main.told_clients USING (n) "
            f"LEFT JOIN main.told_assignments USING (n) WHERE live AND {of}",
            1,
        ),
        "seen_ended": (
            "SELECT * FROM main.clients LEFT JOIN main.told_clients USING (n) "
            f"WHERE NOT live AND status = 'ended' AND {of}",
            1,
        ),
        "seen_members": (
            f"SELECT record, id, n FROM main.members JOIN main.clients ON n = members.client WHERE live AND {of}",
            1,
        ),
        "seen_tally": (f"SELECT * FROM main.tally WHERE {of}", 1),
        "seen_margins": (f"SELECT * FROM main.margins WHERE {of}", 1),
        "seen_turns": (
            f"SELECT * FROM main.turns WHERE {of} AND NOT across {inside}"
            if inside
            else "SELECT * FROM main.turns WHERE across = ''",
            2,
        ),
        "seen_drift": (f"SELECT * FROM main.drift WHERE {of}", 1),
        "seen_marks": (f"SELECT * FROM main.marks WHERE {of}", 1),
        "seen_moves": _two_sided("moves", "at, client, version, name, cents", inside),
        "seen_flows": _two_sided("flows", "hour, clients, cents", inside),
    }


def _two_sided(table: str, plain: str, inside: str) -> tuple[str, int]:
    """Rows of which either side is in scope, with the other side blanked out, and what tells of it."""
    sides = _SIDES if table == "moves" else _SIDES[:3]
    columns = [f"{end}_{side}" for end in ("from", "to") for side in sides]
    if not inside:
        kinds = ", kind, decided_by" if table == "moves" else ""
        return f"SELECT {plain}{kinds}, {', '.join(columns)} FROM main.{table}", 0
    blanked = [f"iif({name.split('_')[0]}_region {inside}, {name}, NULL) AS {name}" for name in columns]
    kinds, times = "", 0
    if table == "moves":
        kinds = (
            f", CASE WHEN to_region {inside} THEN iif(from_region {inside}, kind, 'arrived') ELSE 'left' END AS kind, "
            f"iif(to_region {inside}, decided_by, NULL) AS decided_by"
        )
        times = 3
    covered = f"from_region {inside} OR to_region {inside}"
    return f"SELECT {plain}{kinds}, {', '.join(blanked)} FROM main.{table} WHERE {covered}", times + len(columns) + 2
