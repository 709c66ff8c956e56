"""Lists and facets over any run of changes: as sorting and counting the clients themselves would have them."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.events import Assignment, Client, EndedClient, Money
from schemas.reference import Rate, Reference
from services.api.answers import ClientRow
from services.api.columns import Numbers
from services.api.http.inputs import ClientFilter, ClientQuery
from services.api.scope import EVERYTHING, Scope
from services.api.view import Row, View
from services.api.words import Words
from tests.support.api_view import Api, api_over, assigned, live

WEST = Scope(frozenset(("west", "coast")))
NAMES = ("Harbor Point", "Harbor Pointe", "Harbour", "harbor 9", "Ängsholm Fund", "Point Harbor", "Cedar")
CITIES = ("Oslo", "Point Roberts", "São Paulo")
PLACES = (("t-west", "ann"), ("t-coast", "cat"), ("t-east", "ben"), (None, None))
Step = tuple[str, object]


@dataclass
class Told:
    """A client as its last values had it, kept by other code than the view's."""

    name: str = ""
    city: str = ""
    record: str = ""
    money: Money | None = None
    country: str = ""
    live: bool = False
    region: str | None = None
    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("territory", "advisor", "tier"), ""))
    changed: int = 0
    versions: int = 0

    def words(self) -> list[str]:
        folded = f"{self.name} {self.city} {self.record}".lower().replace("ä", "a").replace("ã", "a")
        return folded.replace("crm:", "").replace("_", " ").split()


@dataclass
class Model:
    clients: dict[str, Told] = field(default_factory=dict)
    euro: float | None = None

    def dollars(self, one: Told) -> float:
        if one.money is None or (one.money.currency == "EUR" and self.euro is None):
            return 0.0
        return round(float(one.money.amount) * (self.euro or 0.0 if one.money.currency == "EUR" else 1.0), 2)

    def found(self, scope: Scope, query: ClientFilter) -> list[str]:
        return [client_id for client_id, one in self.clients.items() if self._wanted(one, scope, query)]

    def _wanted(self, one: Told, scope: Scope, query: ClientFilter) -> bool:
        typed = query.q.lower().replace("ä", "a").replace("crm:", "").replace("_", " ").split()
        return (
            one.live
            and scope.covers(one.region)
            and all(any(word.startswith(begins) for word in one.words()) for begins in typed)
            and (not query.country or one.country in query.country)
            and (not query.tier or (one.values["tier"] or "(none)") in query.tier)
            and (not query.region or one.region in query.region)
            and (query.aum_min is None or self.dollars(one) >= query.aum_min)
            and (query.aum_max is None or self.dollars(one) <= query.aum_max)
        )

    def ordered(self, found: list[str], order: str) -> list[str]:
        keys: dict[str, Callable[[Told], bytes | float]] = {
            "name": lambda one: one.name.casefold().encode(),
            "aum": self.dollars,
            "changed": lambda one: one.changed,
            "confidence": lambda one: 0,
        }
        key = keys[order.lstrip("-")]
        return sorted(
            found, key=lambda client_id: (key(self.clients[client_id]), client_id), reverse=order.startswith("-")
        )


def tell(api: Api, model: Model, step: Step) -> None:
    client_id, said = step
    if isinstance(said, Rate):
        model.euro = float(said.usd)
        api.put(said)
        return
    one = model.clients.setdefault(client_id, Told())
    one.versions += 1
    value: Reference | Client | Assignment
    match said:
        case (str(name), str(city), Money() as money, str(country)):
            alive = live(client_id, one.versions, city=city, name=name, country=country)
            value = replace(alive, golden=replace(alive.golden, aum=money))
            one.name, one.city, one.country, one.money = name, city, country, money
            one.record, one.live = f"crm:{client_id}", True
        case (str() | None as territory, str() | None as advisor, str(tier)):
            value = replace(assigned(client_id, territory, advisor, one.versions), tier=tier)
            one.region = value.region
            one.values = {"territory": value.territory, "advisor": advisor or "", "tier": tier}
        case _:
            value = EndedClient(client_id=client_id, version=one.versions, engine="1", pool="US", into=())
            one.live = False
    api.put(value)
    one.changed = api.feed.at_ms


def pages(api: Api, scope: Scope, query: ClientQuery) -> Iterator[ClientRow]:
    while True:
        page = api.parts.clients.page(scope, query)
        yield from page.items
        if page.next is None:
            return
        query = query.model_copy(update={"cursor": page.next})


amounts = st.builds(
    Money, st.sampled_from(("0", "5.00", "5.01", "1000000.00", "-3.00")), st.sampled_from(("USD", "EUR"))
)
clients = st.tuples(st.sampled_from(NAMES), st.sampled_from(CITIES), amounts, st.sampled_from(("US", "DE")))
places = st.builds(lambda place, tier: (*place, tier), st.sampled_from(PLACES), st.sampled_from(("gold", "base")))
rates = st.builds(lambda usd: Rate(currency="EUR", usd=usd), st.sampled_from(("1.1", "2")))
steps = st.tuples(
    st.sampled_from([f"c_{i}" for i in range(9)]), st.one_of(clients, clients, places, places, st.none(), rates)
)


def seldom(values: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.one_of(st.just([]), st.just([]), values)


queries = st.builds(
    ClientQuery,
    q=st.sampled_from(("", "", "", "harb", "point har", "angs", "Ängs", "sao p", "crm", "crm:c_3", "9", "zz", "!")),
    country=seldom(st.lists(st.sampled_from(("US", "DE")), min_size=1, unique=True)),
    tier=seldom(st.lists(st.sampled_from(("gold", "base", "(none)", "none such")), min_size=1, unique=True)),
    region=seldom(st.sampled_from((["coast"], ["east"], ["coast", "east"]))),
    aum_min=st.sampled_from((None, None, None, 5)),
    aum_max=st.sampled_from((None, None, None, 5, 1_000_000)),
    sort=st.sampled_from((None, "name", "-name", "aum", "-aum", "changed", "-changed", "confidence", "-confidence")),
    limit=st.integers(1, 4),
)
asked = st.lists(st.tuples(queries, st.sampled_from((EVERYTHING, WEST))), min_size=6, max_size=6)
book = st.lists(st.tuples(clients, places), min_size=9, max_size=9)


@given(book, st.lists(steps, max_size=12), asked)
@settings(
    max_examples=1_000 if os.environ.get("CADASTRE_TEST_FULL") else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_lists_page_by_page_and_facets_are_as_the_clients_themselves_have_them(
    book: list[tuple[object, object]], changes: list[Step], asked: list[tuple[ClientQuery, Scope]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        api, model = api_over(Path(folder)), Model()
        for i, halves in enumerate(book):
            for half in halves:
                tell(api, model, (f"c_{i}", half))
        for step in (*changes, None):  # after each with what the ones before have left in memory
            for query, scope in asked:
                check(api, model, scope, query)
            if step is not None:
                tell(api, model, step)
        api.close()


def check(api: Api, model: Model, scope: Scope, query: ClientQuery) -> None:
    found = model.found(scope, query) if query.q != "!" else []
    assert [row.id for row in pages(api, scope, query)] == model.ordered(found, query.order)
    assert api.parts.clients.page(scope, query).total == len(found)
    facets = api.parts.clients.facets(scope, ClientFilter.model_validate(query.model_dump(include=FILTERS)))
    assert facets.total == len(found)
    for name in ("tier", "country"):
        [facet] = [one for one in facets.facets if one.field == name]
        beside = [] if query.q == "!" else model.found(scope, query.model_copy(update={name: []}))
        told = [model.clients[id_] for id_ in beside]
        values = Counter((one.country if name == "country" else one.values["tier"]) or "(none)" for one in told)
        assert {value.value: value.clients for value in facet.values} == values


FILTERS = set(ClientFilter.model_fields)


def test_an_answer_is_of_one_state_whatever_is_committed_in_its_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client is renamed on its way into a region: by its old name the region's leader never finds it."""
    api = api_over(tmp_path)
    api.put(live("c_1", 1, name="Secret Plan"), assigned("c_1", "t-east"))
    asked = Words.found

    def found(*asking: Any) -> Numbers:
        numbers = asked(*asking)
        monkeypatch.setattr(Words, "found", asked)
        api.feed.put([live("c_1", 2, name="Plain"), assigned("c_1", "t-west", version=2)])
        return numbers

    monkeypatch.setattr(Words, "found", found)
    page = api.parts.clients.page(WEST, ClientQuery(q="secret"))
    assert (page.total, page.items) == (0, ())
    assert [row.name for row in pages(api, WEST, ClientQuery(q="plain"))] == ["Plain"]
    api.close()


def test_a_page_whose_client_leaves_while_it_is_read_misses_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = api_over(tmp_path)
    api.put(*(live(f"c_{i}", 1, name=f"{i}") for i in range(10)))
    read = View.table

    def table(*asking: Any) -> Sequence[Row]:
        monkeypatch.setattr(View, "table", read)
        api.feed.put([live("c_1", 2, name="1", country="DE")])
        return read(*asking)

    monkeypatch.setattr(View, "table", table)
    query = ClientQuery(country=["US"], sort="name", limit=3)
    assert [row.id for row in pages(api, EVERYTHING, query)] == [f"c_{i}" for i in range(10)]
    api.close()


def test_words_that_nobody_has_are_not_remembered_without_end(tmp_path: Path) -> None:
    api = api_over(tmp_path)
    for i in range(400):
        api.parts.clients.page(EVERYTHING, ClientQuery(q=" ".join(f"nobody{i}x{j}" for j in range(8))))
    assert len(api.parts.view._words._found) <= 1_000
    api.close()
