"""Lists of clients, their facets, one client, its family. Everything is read through a scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from schemas import codec
from schemas.events import Assignment, EndedClient, LiveClient
from services.api.answers import (
    ClientDetail,
    ClientPage,
    ClientRow,
    Facet,
    Facets,
    FacetValue,
    Family,
    FamilyChild,
    Ref,
)
from services.api.assigned import assignment_view, conflicts_told, override_of
from services.api.columns import Narrowing, Order
from services.api.cursors import Cursors
from services.api.filters import NOTHING, as_sql, is_narrowed, narrowing, where, words_of
from services.api.http.inputs import FACETS, ChildrenQuery, ClientFilter, ClientQuery
from services.api.refusals import not_found
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.shown import COLUMNS, client_row, golden, member
from services.api.standing import Found
from services.api.view import Row, Value, View

_SORTED_BY = {"name": "name_key", "aum": "cents", "confidence": "confidence", "changed": "changed"}
_FACET_VALUES = 200
_DEEPEST = 20  # of a family: beyond, the cycle that assign cut is all that is left
_FEW = 8
_AT_ONCE = 200


class Clients:
    def __init__(self, view: View, cursors: Cursors) -> None:
        self._view = view
        self._cursors = cursors

    def page(self, scope: Scope, query: ClientQuery) -> ClientPage:
        question = f"clients|{scope.key}|{query.model_dump_json(exclude={'cursor', 'limit'})}"
        after = self._cursors.open(question, query.cursor, 2) if query.cursor is not None else None
        wanted = narrowing(query, self._view.roster, scope)
        with self._view.still():
            total, found = self._next(scope, query, wanted, after)
            rows = found[: query.limit]
            items = tuple(self._told(scope, row[:-1]) for row in rows)
        more = len(found) > query.limit
        next_ = self._cursors.seal(question, (rows[-1][-1], rows[-1][0])) if more else None
        return ClientPage(items, total, next_)

    def _next(
        self, scope: Scope, query: ClientQuery, wanted: Narrowing, after: Sequence[Value] | None
    ) -> tuple[int, Sequence[Row]]:
        """How many clients are wanted, and rows of the next ones, each with what it is sorted by at its end."""
        column, down = _SORTED_BY[query.order.lstrip("-")], query.order.startswith("-")
        tests, params = as_sql(wanted)
        if is_narrowed(query) or scope.regions is not None:
            edge = (after[0], str(after[1])) if after is not None else None
            total, numbers = self._view.first(scope, wanted, Order(column, down, query.limit + 1, edge))
            tests.append("n IN (SELECT value FROM json_each(?))")
            params.append(msgspec.json.encode(numbers).decode())
        else:
            total, _ = self._view.counts(scope, wanted, ())
        if after is not None:
            tests.append(f"({column}, id) {'<' if down else '>'} (?, ?)")
            params += after
        way = "DESC" if down else "ASC"
        told = f"json_array({COLUMNS}, {column}) AS as_json"
        sql = f"SELECT {told} FROM seen{where(tests)} ORDER BY {column} {way}, id {way} LIMIT ?"
        return total, self._view.table(scope, sql, (*params, query.limit + 1))

    def facets(self, scope: Scope, query: ClientFilter) -> Facets:
        """Each field counted under all filters but its own."""
        wanted = narrowing(query, self._view.roster, scope)
        total, counts = self._view.counts(scope, wanted, FACETS)
        told = (self._facet(scope, field, counts[field], set(getattr(query, field))) for field in FACETS)
        return Facets(total, tuple(told))

    def _facet(self, scope: Scope, field: str, counts: Mapping[str, int], selected: set[str]) -> Facet:
        most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_FACET_VALUES]
        label = _labels(field, self._view.roster, scope)
        named = ((value or NOTHING, label(value), clients) for value, clients in most)
        return Facet(field, tuple(FacetValue(name, text, clients, name in selected) for name, text, clients in named))

    def row(self, scope: Scope, client_id: str) -> ClientRow | None:
        found = self._view.rows(scope, f"SELECT {COLUMNS} FROM seen WHERE id = ?", (client_id,))
        return self._told(scope, found[0]) if found else None

    def _told(self, scope: Scope, row: Row) -> ClientRow:
        """Of a client's conflicts only those are counted that its reader may see."""
        roster = self._view.roster
        shown = client_row(row, roster, scope)
        if not shown.conflicts or scope.regions is None:
            return shown
        said = self.assignment(scope, shown.id)
        told = conflicts_told(said, roster, scope, lambda other: self._sees(scope, other)) if said is not None else ()
        return replace(shown, conflicts=len(told))

    def _sees(self, scope: Scope, client_id: str) -> bool:
        return bool(self._view.rows(scope, "SELECT 1 FROM seen WHERE id = ?", (client_id,)))

    def rows(self, scope: Scope, ids: Sequence[str]) -> dict[str, ClientRow]:
        """Those of these clients that are in scope."""
        found: dict[str, ClientRow] = {}
        for at in range(0, len(ids), _AT_ONCE):
            part = ids[at : at + _AT_ONCE]
            sql = f"SELECT {COLUMNS} FROM seen WHERE id IN ({','.join('?' * len(part))})"
            for row in self._view.rows(scope, sql, part):
                shown = self._told(scope, row)
                found[shown.id] = shown
        return found

    def value(self, scope: Scope, client_id: str) -> LiveClient:
        """The whole client. Raises `Refused` (404)."""
        found = self._view.rows(scope, "SELECT client FROM seen_told WHERE id = ?", (client_id,))
        client = codec.client(found[0][0]) if found and isinstance(found[0][0], bytes) else None
        if not isinstance(client, LiveClient):
            raise not_found()
        return client

    def assignment(self, scope: Scope, client_id: str) -> Assignment | None:
        """What assign last said of a client in scope."""
        found = self._view.rows(scope, "SELECT assignment FROM seen_told WHERE id = ?", (client_id,))
        return codec.assignment(found[0][0]) if found and isinstance(found[0][0], bytes) else None

    def versions(self, scope: Scope, client_id: str) -> tuple[int, int]:
        """Of what `deduped` and `assigned` last said of a client in scope, ended or not. Raises `Refused` (404)."""
        halves = "SELECT client_version, assignment_version FROM {} WHERE id = ?"
        sql = f"{halves.format('seen')} UNION ALL {halves.format('seen_ended')}"
        found = self._view.rows(scope, sql, (client_id, client_id))
        if not found:
            raise not_found()
        return _int(found[0][0]), _int(found[0][1])

    def detail(self, scope: Scope, client_id: str) -> ClientDetail:
        sql = f"SELECT {COLUMNS}, client, assignment FROM seen_told WHERE id = ?"
        found = self._view.rows(scope, sql, (client_id,))
        if not found:
            return self._ended(scope, client_id)
        *columns, value, said = found[0]
        roster = self._view.roster
        client = codec.client(value if isinstance(value, bytes) else b"")
        assert isinstance(client, LiveClient)
        records = [one.record for one in client.members]

        def may_see(record: str) -> bool:
            return scope.regions is None or self.holder(scope, record) is not None

        parent = client.golden.parent_record
        return ClientDetail(
            client=self._told(scope, tuple(columns)),
            golden=golden(client, may_see),
            members=tuple(member(one, may_see) for one in client.members),
            assignment=assignment_view(said, roster, scope, lambda other: self._sees(scope, other)),
            override=override_of(records, roster, scope),
            parent=self.holder(scope, parent, besides=client_id) if isinstance(parent, str) else None,
            children=self._children_of(scope, client_id),
            into=(),
        )

    def _ended(self, scope: Scope, client_id: str) -> ClientDetail:
        """Where an old link goes on. Only who sees all may follow it: an ended client is in no region."""
        found = self._view.rows(scope, f"SELECT {COLUMNS}, client FROM seen_ended WHERE id = ?", (client_id,))
        if not found:
            raise not_found()
        *columns, value = found[0]
        ended = codec.client(value if isinstance(value, bytes) else b"")
        assert isinstance(ended, EndedClient)
        into = [Ref(row.id, row.name) for other in ended.into if (row := self.row(scope, other)) is not None]
        into += [ref for moved in ended.moved if (ref := self.holder(scope, moved.record)) is not None]
        row = client_row(tuple(columns), self._view.roster, scope)
        return ClientDetail(
            client=row, golden=(), members=(), assignment=None, override=None, parent=None, children=0, into=tuple(into)
        )

    def holder(self, scope: Scope, record: str, besides: str = "") -> Ref | None:
        """The client in scope that holds a record."""
        sql = (
            "SELECT s.id, s.name FROM seen_members m JOIN seen s ON s.n = m.n "
            "WHERE m.record = ? AND s.id <> ? ORDER BY s.id LIMIT 1"
        )
        found = self._view.rows(scope, sql, (record, besides))
        return Ref(str(found[0][0]), str(found[0][1])) if found else None

    def _children_of(self, scope: Scope, client_id: str) -> int:
        sql = (
            "SELECT count(*) FROM seen WHERE id <> ? AND parent_record IN "
            "(SELECT record FROM seen_members WHERE id = ?)"
        )
        return _int(self._view.rows(scope, sql, (client_id, client_id))[0][0])

    def family(self, scope: Scope, client_id: str, query: ChildrenQuery) -> Family:
        if self.row(scope, client_id) is None:
            raise not_found()
        question = f"family|{scope.key}|{client_id}"
        after: Sequence[Value] = ("", "")
        if query.cursor is not None:
            after = self._cursors.open(question, query.cursor, 2)
        sql = (
            f"SELECT {COLUMNS}, name_key FROM seen WHERE id <> ? AND (name_key, id) > (?, ?) AND parent_record IN "
            "(SELECT record FROM seen_members WHERE id = ?) ORDER BY name_key, id LIMIT ?"
        )
        found = self._view.rows(scope, sql, (client_id, *after, client_id, query.limit + 1))
        rows = found[: query.limit]
        children = []
        for row in rows:
            shown = self._told(scope, row[:-1])
            children.append(FamilyChild(shown, self._children_of(scope, shown.id)))
        more = len(found) > query.limit
        next_ = self._cursors.seal(question, (rows[-1][-1], rows[-1][0])) if more else None
        return Family(self._ancestors(scope, client_id), tuple(children), next_)

    def _ancestors(self, scope: Scope, client_id: str) -> tuple[Ref, ...]:
        above: list[Ref] = []
        at = client_id
        while len(above) < _DEEPEST:
            found = self._view.rows(scope, "SELECT parent_record FROM seen WHERE id = ?", (at,))
            record = found[0][0] if found else None
            parent = self.holder(scope, record, besides=at) if isinstance(record, str) else None
            if parent is None or parent in above or parent.id == client_id:
                break
            above.append(parent)
            at = parent.id
        return tuple(reversed(above))

    def found(self, scope: Scope, text: str) -> Found:
        """For the palette: the few best by name."""
        begins = text.strip().casefold()
        wanted = Narrowing({}, words=words_of(text))
        sql = (
            "SELECT id, name FROM seen WHERE n IN (SELECT value FROM json_each(?)) ORDER BY cents DESC, id DESC LIMIT ?"
        )
        with self._view.still():
            _, numbers = self._view.first(scope, wanted, Order("cents", True, _FEW))
            rows = self._view.rows(scope, sql, (msgspec.json.encode(numbers).decode(), _FEW))
        roster = self._view.roster
        shown = roster.shown(scope)
        ids = {territory.id for territory in shown}
        advisors = sorted(
            (a for a in roster.advisors.values() if scope.regions is None or ids & set(a.territories)),
            key=lambda a: (a.name, a.id),
        )
        return Found(
            tuple(Ref(str(client_id), str(name)) for client_id, name in rows),
            tuple([Ref(t.id, t.name) for t in shown if begins in t.name.casefold()][:_FEW]),
            tuple([Ref(a.id, a.name) for a in advisors if begins in a.name.casefold()][:_FEW]),
        )


def _labels(field: str, roster: Roster, scope: Scope) -> Callable[[str], str]:
    """What a value of the field is called."""
    ref: Callable[[str], Ref | None]
    match field:
        case "territory":
            ref = partial(roster.territory, scope=scope)
        case "region":
            ref = partial(roster.region, scope=scope)
        case "advisor":
            ref = roster.advisor
        case _:
            return lambda value: value or NOTHING
    return lambda value: (found.name if (found := ref(value)) is not None else value) if value else NOTHING


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value
