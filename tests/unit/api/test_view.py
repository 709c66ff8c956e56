"""The view is what the newest versions say, whatever their order; its roll-ups are what counting again gives."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Assignment, EndedClient, LiveClient
from services.api.placement import ABSENT, SIDES, Standing, cents_of, with_assignment, with_client
from services.api.scope import EVERYTHING, Scope
from services.api.view import Unscoped
from services.api.workload import sums
from tests.support.api_view import REFERENCE, Api, api_over, assigned, live

IDS = ("c_1", "c_2", "c_3")
PLACES = (("t-west", "ann"), ("t-coast", "cat"), ("t-east", "ben"), (None, None))


@st.composite
def stories(draw: st.DrawFn) -> list[LiveClient | EndedClient | Assignment]:
    """For each client some versions of each half, told in any order and more than once."""
    values: list[LiveClient | EndedClient | Assignment] = []
    for client_id in IDS:
        for version in range(1, draw(st.integers(0, 4)) + 1):
            if draw(st.booleans()) or version == 1:
                aum = draw(st.integers(0, 10**6))
                values.append(live(client_id, version, f"{aum}.50", country=draw(st.sampled_from(("US", "DE")))))
            else:
                values.append(EndedClient(client_id=client_id, version=version, engine="1", pool="US"))
        for version in range(1, draw(st.integers(0, 4)) + 1):
            territory, advisor = draw(st.sampled_from(PLACES))
            values.append(assigned(client_id, territory, advisor, version))
    order = draw(st.permutations(values))
    return [*order, *draw(st.lists(st.sampled_from(order), max_size=4))] if order else []


def oracle(values: list[LiveClient | EndedClient | Assignment]) -> dict[str, Standing]:
    """Each client by the newest of each half, without a database."""
    found = {}
    for client_id in IDS:
        clients = [v for v in values if v.client_id == client_id and not isinstance(v, Assignment)]
        placed = [v for v in values if v.client_id == client_id and isinstance(v, Assignment)]
        if not clients:
            continue
        newest = max(clients, key=lambda v: v.version)
        if not isinstance(newest, LiveClient):
            continue
        standing = ABSENT
        if placed:
            standing = with_assignment(standing, max(placed, key=lambda v: v.version))
        found[client_id] = with_client(standing, newest, cents_of(newest.golden.aum, {"USD": Decimal(1)}))
    return found


def raw(api: Api, sql: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(api.store.path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


@given(stories(), st.integers(1, 5))
@settings(max_examples=400 if os.environ.get("CADASTRE_TEST_FULL") else 30, deadline=None)
def test_any_order_ends_in_the_newest_versions_with_roll_ups_that_hold(
    values: list[LiveClient | EndedClient | Assignment], size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder), REFERENCE)
        for at in range(0, len(values), size):
            api.put(*values[at : at + size])
        wanted = oracle(values)
        columns = "id, live, status, name, country, client_type, cents, territory, region, advisor, tier, segment"
        rows = raw(api, f"SELECT {columns} FROM clients WHERE live")
        assert {str(row[0]): Standing(bool(row[1]), *row[2:]) for row in rows} == wanted  # type: ignore[arg-type]
        assert sorted(raw(api, "SELECT * FROM tally")) == sorted(raw(api, COUNTED))
        drifted = "SELECT region, territory, advisor, status, sum(clients), sum(cents) FROM drift GROUP BY 1, 2, 3, 4"
        assert sorted(r for r in raw(api, drifted) if r[4] or r[5]) == sorted(raw(api, RECOUNTED))
        flows = "SELECT hour, from_territory, to_territory, sum(clients), sum(cents) FROM flows GROUP BY 1, 2, 3"
        moves = (
            "SELECT at / 3600000, coalesce(from_territory, ''), coalesce(to_territory, ''), count(*), sum(cents) "
            "FROM moves GROUP BY 1, 2, 3"
        )
        assert sorted(raw(api, flows)) == sorted(raw(api, moves))
        nameless = "SELECT client FROM moves WHERE name = '' AND client IN (SELECT id FROM clients WHERE name <> '')"
        assert raw(api, nameless) == []
        assert sorted(raw(api, "SELECT * FROM margins")) == sorted(margins_of(raw(api, COUNTED)))
        for scope in (EVERYTHING, Scope(frozenset(("west", "coast"))), Scope(frozenset(("east",)))):
            assert turned(api, scope) == moved(api, scope)
        found = api.parts.clients.found(EVERYTHING, "name")
        assert {ref.id for ref in found.clients} == set(wanted)
        api.close()


def margins_of(cube: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Some sides of the cube, summed up within their region."""
    totals: dict[tuple[object, ...], list[int]] = {}
    for *cell, clients, cents in cube:
        for field, value in zip(SIDES, cell, strict=True):
            if field in ("territory", "advisor", "tier", "segment", "status"):
                total = totals.setdefault((field, cell[0], value), [0, 0])
                total[0] += int(str(clients))
                total[1] += int(str(cents))
    return [(*key, *total) for key, total in totals.items()]


def turned(api: Api, scope: Scope) -> dict[tuple[str, str], tuple[int, int]]:
    found = sums(api.parts.view, scope, 0)
    told = [("territory", found.territories), ("advisor", found.advisors)]
    pairs = {(field, place): (sum.moves_in, sum.moves_out) for field, of in told for place, sum in of.items()}
    return {key: turns for key, turns in pairs.items() if key[1] and any(turns)}


def moved(api: Api, scope: Scope) -> dict[tuple[str, str], tuple[int, int]]:
    """The same from the single moves, as this scope is shown them."""
    counts: dict[tuple[str, str], list[int]] = {}
    sql = "SELECT from_territory, to_territory, from_advisor, to_advisor FROM seen_moves"
    for from_territory, to_territory, from_advisor, to_advisor in api.parts.view.rows(scope, sql):
        for field, origin, target in (
            ("territory", from_territory, to_territory),
            ("advisor", from_advisor, to_advisor),
        ):
            if origin != target:
                counts.setdefault((field, str(target or "")), [0, 0])[0] += 1
                counts.setdefault((field, str(origin or "")), [0, 0])[1] += 1
    return {key: (turns[0], turns[1]) for key, turns in counts.items() if key[1]}


COUNTED = (
    "SELECT coalesce(region, ''), territory, advisor, tier, segment, country, client_type, status, count(*), "
    "sum(cents) FROM clients WHERE live GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
)
RECOUNTED = (
    "SELECT coalesce(region, ''), territory, advisor, status, count(*), sum(cents) FROM clients WHERE live "
    "GROUP BY 1, 2, 3, 4"
)


EVERY_FILTER = (
    "aum_min=6&status=assigned&territory=t-west&region=west&advisor=ann&tier=base"
    "&segment=(none)&country=DE&client_type=x"
)


@pytest.mark.parametrize("user", ["ada", "wes"])
@pytest.mark.parametrize(
    "asked",
    [
        "",
        "tier=base",
        "territory=t-west&tier=base",
        "q=name",
        "q=name&country=DE",
        "region=west",
        "aum_min=6",
        EVERY_FILTER,
    ],
)
def test_a_facet_counts_what_a_list_filtered_by_it_shows(tmp_path: Path, user: str, asked: str) -> None:
    api = api_over(tmp_path)
    for i in range(24):
        api.put(live(f"c_{i}", 1, f"{i}.00", country=("US", "DE", "FR")[i % 3]))
        api.put(*(assigned(f"c_{i}", *PLACES[i % 4]) for _ in range(i % 5 > 0)))
    facets = api.get(user, f"/api/clients/facets?{asked}").json()
    assert facets["total"] == len(api.get(user, f"/api/clients?limit=200&{asked}").json()["items"])
    for facet in facets["facets"]:
        name = facet["field"]
        others = "&".join(part for part in asked.split("&") if part and not part.startswith(f"{name}="))
        for value in facet["values"]:
            if name != "region":  # a region's list has all that lies below it
                listed = api.get(user, f"/api/clients?limit=200&{others}&{name}={value['value']}").json()["items"]
                assert value["clients"] == len(listed), (name, value)
    api.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM clients",
        "SELECT s.id FROM seen s JOIN clients c ON c.id = s.id",
        "SELECT rowid FROM search WHERE search MATCH 'a'",
        "SELECT 1",
        "SELECT value FROM reference",
        "SELECT id FROM seen WHERE id IN (SELECT client FROM moves)",
        "SELECT clients.id FROM seen, clients",
        "select id from clients, seen",
        'SELECT c.id FROM seen JOIN "clients" c ON 1',
        "SELECT c.id FROM seen JOIN [Clients] c ON 1",
        "SELECT c.id FROM seen s JOIN main.clients c ON 1",
        'SELECT c.id FROM seen s JOIN "MAIN" . "clients" c ON 1',
        "WITH mine AS MATERIALIZED (SELECT id FROM clients) SELECT mine.id FROM seen, mine",
        "SELECT s.name FROM seen, search s",
        "SELECT id FROM seen WHERE n IN (SELECT c0 FROM search_content)",
        "SELECT sql FROM seen, sqlite_master",
    ],
)
def test_a_query_that_goes_around_the_scope_is_refused(tmp_path: Path, sql: str) -> None:
    api = api_over(tmp_path)
    with pytest.raises(Unscoped):
        api.parts.view.rows(EVERYTHING, sql)
    api.close()


def test_a_view_that_was_half_built_is_built_anew_and_a_whole_one_goes_on(tmp_path: Path) -> None:
    api = api_over(tmp_path)
    api.put(live("c_1"))
    before = api.store.positions([("deduped", 0)])
    api.close()
    again = api_over(tmp_path, ())
    assert again.store.positions([("deduped", 0)])["deduped", 0].offset > 0
    assert before
    assert again.parts.clients.row(EVERYTHING, "c_1") is not None
    again.close()
