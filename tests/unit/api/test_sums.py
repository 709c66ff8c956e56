"""Territories, regions, advisors and the dashboard: as plain sums over the clients that were put in."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.events import EndedClient, Money
from schemas.reference import Advisor, Rate
from tests.support.api_view import ADVISORS, REFERENCE, Api, api_over, assigned, live

Place = tuple[str, str]  # territory, advisor
PLACES: tuple[Place, ...] = (
    ("t-west", "ann"),
    ("t-west", "dan"),
    ("t-coast", "ann"),
    ("t-coast", "cat"),
    ("t-east", "ben"),
    ("t-east", "cat"),
)
DAN = Advisor(id="dan", name="Dan", territories=("t-west",), capacity=4, active=False)
PEOPLE = (*ADVISORS, DAN)
SEEN = {"ada": ("t-coast", "t-east", "t-west"), "wes": ("t-coast", "t-west")}
INSIDE = {"coast": ("t-coast",), "east": ("t-east",), "west": ("t-coast", "t-west"), "world": SEEN["ada"]}
PARENT = {"coast": "west", "east": "world", "west": "world", "world": None}
AMOUNTS = (("0.01", "USD"), ("1999999.99", "USD"), ("3.33", "EUR"), ("7.00", "JPY"), (None, None))
DOLLARS = {"USD": Decimal(1), "EUR": Decimal("1.50")}  # and yen have no rate


@dataclass(frozen=True)
class Placed:
    """A client: the places that it was given in turn (None: nobody's), and whether it has ended since."""

    aum: tuple[str | None, str | None]
    places: tuple[Place | None, ...]
    tier: str
    segment: str | None
    country: str
    ended: bool

    @property
    def dollars(self) -> Decimal:
        amount, currency = self.aum
        return round(Decimal(amount or 0) * DOLLARS.get(currency or "", Decimal(0)), 2)

    @property
    def at(self) -> Place | None:
        return self.places[-1] if self.places and not self.ended else None

    def moves(self) -> Iterator[tuple[Place | None, Place | None, Decimal]]:
        """The last one of a client that has ended is after its end: what it held is another's by then."""
        for origin, target in pairwise((None, *self.places)):
            yield origin, target, self.dollars
        if self.ended and self.places:
            yield self.places[-1], None, Decimal(0)


BOOKS = st.lists(
    st.builds(
        Placed,
        st.sampled_from(AMOUNTS),
        st.lists(st.sampled_from((*PLACES, None)), max_size=4).map(tuple),
        st.sampled_from(("gold", "base")),
        st.sampled_from(("family", None)),
        st.sampled_from(("US", "DE")),
        st.sampled_from((False, False, False, True)),
    ),
    max_size=12,
)


def put(api: Api, name: str, one: Placed) -> None:
    amount, currency = one.aum
    value = live(name, country=one.country)
    said = replace(value.golden, aum=Money(amount, currency or "")) if amount else type(value.golden)(name=name)
    api.put(replace(value, golden=replace(said, country=one.country)))
    for i, place in enumerate(one.places):
        territory, advisor = place or (None, None)
        placed = assigned(name, territory, advisor, version=i + 1)
        api.put(replace(placed, tier=one.tier, segment=one.segment))
    if one.ended:
        api.put(EndedClient(client_id=name, version=2, engine="1", pool="US"))
        gone = assigned(name, None, version=len(one.places) + 1)
        api.put(replace(gone, status="ended", decided_by="ended", tier=None))


class Book:
    """What a reader sees of it."""

    def __init__(self, clients: Sequence[Placed], user: str) -> None:
        self.seen = SEEN[user]
        self.whole = user == "ada"
        self.clients = [one for one in clients if not one.ended and (self.whole or self.visible(one.at))]
        self.turns = [
            (self.visible(origin), self.visible(target), dollars)
            for one in clients
            for origin, target, dollars in one.moves()
            if self.visible(origin) or self.visible(target)
        ]

    def visible(self, place: Place | None) -> Place | None:
        return place if place and place[0] in self.seen else None

    def of(self, holds: Callable[[Place], bool]) -> list[Placed]:
        return [one for one in self.clients if one.at and holds(one.at)]

    def turned(self, side: int, value: str) -> dict[str, int]:
        pairs = [(origin and origin[side], target and target[side]) for origin, target, _ in self.turns]
        return {
            "moves_in": sum(target == value != origin for origin, target in pairs),
            "moves_out": sum(origin == value != target for origin, target in pairs),
        }

    def share(self, territory: str) -> Fraction:
        """An n-th of the capacity of each who works there, n being their territories that are seen."""
        serving = [one for one in ADVISORS if territory in one.territories]
        return sum((Fraction(one.capacity, len(set(one.territories) & set(self.seen))) for one in serving), Fraction(0))

    def territory(self, territory: str) -> dict[str, Any]:
        region = territory.removeprefix("t-")
        return {
            "id": territory,
            "name": f"Territory {region}",
            "region": {"id": region, "name": region.title()},
            "advisors": sum(territory in one.territories for one in ADVISORS),
            **held(self.of(lambda at: at[0] == territory), self.share(territory)),
            **self.turned(0, territory),
        }

    def region(self, region: str) -> dict[str, Any]:
        inside = [one for one in INSIDE[region] if one in self.seen]
        turns = [self.turned(0, territory) for territory in inside]
        return {
            "id": region,
            "name": region.title(),
            "parent": PARENT[region] if self.whole or PARENT[region] == "west" else None,
            "territories": len(inside),
            "advisors": sum(bool(set(inside) & set(one.territories)) for one in ADVISORS),
            **held(self.of(lambda at: at[0] in inside), sum(map(self.share, inside), Fraction(0))),
            **{way: sum(turn[way] for turn in turns) for way in ("moves_in", "moves_out")},
        }

    def advisor(self, one: Advisor) -> dict[str, Any]:
        clients = self.of(lambda at: at[1] == one.id)
        own = [territory for territory in one.territories if territory in self.seen]
        return {
            "id": one.id,
            "name": one.name,
            "active": one.active,
            "territories": [{"id": t, "name": t.replace("t-", "Territory ")} for t in own],
            "over_capacity": len(clients) > one.capacity,
            **held(clients, Fraction(one.capacity)),
            **self.turned(1, one.id),
        }

    def flows(self, of: str | None = None) -> dict[tuple[str | None, str | None], tuple[int, str]]:
        ends = [(o and o[0], t and t[0], dollars) for o, t, dollars in self.turns]
        pairs = {(o, t) for o, t, _ in ends if o != t and (of is None or of in (o, t))}
        found = {pair: [dollars for *ends_, dollars in ends if tuple(ends_) == pair] for pair in pairs}
        return {pair: (len(sums), f"{sum(sums):.2f}") for pair, sums in found.items()}


def held(clients: Sequence[Placed], capacity: Fraction) -> dict[str, Any]:
    return {
        "clients": len(clients),
        "aum_usd": f"{sum((one.dollars for one in clients), Decimal(0)):.2f}",
        "capacity": round(capacity),
        "load": round(float(len(clients) / capacity), 4),
    }


def counted(clients: Iterable[Placed], value: Callable[[Placed], str | None]) -> list[dict[str, Any]]:
    """The most first, then by value."""
    clients = list(clients)
    numbers = Counter(value(one) or "" for one in clients)
    return [
        {
            "value": name,
            "label": name.replace("t-", "Territory ") or "(none)",
            "clients": n,
            "aum_usd": f"{sum((one.dollars for one in clients if (value(one) or '') == name), Decimal(0)):.2f}",
        }
        for name, n in sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    ]


def tier(one: Placed) -> str | None:
    return one.tier if one.places else None


def segment(one: Placed) -> str | None:
    return one.segment if one.places else None


def asked(api: Api, user: str, path: str) -> Any:
    return api.get(user, f"/api/{path}").json()


def flowing(told: Any) -> dict[tuple[str | None, str | None], tuple[int, str]]:
    return {
        tuple(one[end] and one[end]["id"] for end in ("origin", "target")): (one["clients"], one["aum_usd"])
        for one in told
    }


def check_places(api: Api, user: str, book: Book) -> None:
    told = asked(api, user, "territories")
    assert told["territories"] == [book.territory(one) for one in sorted(book.seen)]
    shown = [region for region, inside in INSIDE.items() if book.whole or set(inside) <= set(book.seen)]
    assert told["regions"] == [book.region(region) for region in shown]
    for territory in book.seen:
        detail, clients = asked(api, user, f"territories/{territory}"), book.of(lambda at, t=territory: at[0] == t)  # type: ignore[misc]
        assert detail["territory"] == book.territory(territory)
        assert detail["advisors"] == [book.advisor(one) for one in PEOPLE if territory in one.territories]
        assert detail["tiers"] == counted(clients, tier)
        assert detail["segments"] == counted(clients, segment)
        assert detail["countries"] == counted(clients, lambda one: one.country)
        assert detail["client_types"] == counted(clients, lambda one: None)
        assert flowing(detail["flows"]) == book.flows(territory)


def check_advisors(api: Api, user: str, book: Book) -> None:
    shown = [one for one in PEOPLE if book.whole or set(book.seen) & set(one.territories)]
    told = asked(api, user, "advisors?sort=name")
    assert told == {"items": [book.advisor(one) for one in shown], "total": len(shown)}
    for one in shown:
        detail, clients = asked(api, user, f"advisors/{one.id}"), book.of(lambda at, a=one.id: at[1] == a)  # type: ignore[misc]
        assert detail["advisor"] == book.advisor(one)
        assert detail["by_territory"] == counted(clients, lambda client: client.at and client.at[0])
        assert detail["tiers"] == counted(clients, tier)
        assert detail["segments"] == counted(clients, segment)


def check_stats(api: Api, user: str, book: Book) -> None:
    told = asked(api, user, "stats")
    working = [one for one in ADVISORS if set(book.seen) & set(one.territories)]
    rows = [book.advisor(one) for one in working]
    loads = [Fraction(row["clients"], one.capacity) for row, one in zip(rows, working, strict=True)]
    squares = sum(load * load for load in loads)
    fair = float(sum(loads) ** 2 / (len(loads) * squares)) if squares else 1.0
    over = [row for row in sorted(rows, key=lambda row: (-row["load"], row["id"])) if row["over_capacity"]]
    assert told["territories"] == [book.territory(one) for one in sorted(book.seen)]
    assert (told["tiers"], told["segments"]) == (counted(book.clients, tier), counted(book.clients, segment))
    assert told["balance"]["index"] == pytest.approx(fair, abs=2e-4)
    assert told["balance"]["mean_load"] == pytest.approx(float(sum(loads) / len(loads)), abs=2e-4)
    assert told["balance"]["over"] == over
    assert told["balance"]["under"] == sorted(rows, key=lambda row: (row["load"], row["id"]))
    assert flowing(told["flows"]) == book.flows()
    figures = {one["key"]: one["value"] for one in told["figures"]}
    n, places = len(book.clients), sum(one.at is not None for one in book.clients)
    assert (figures["clients"], figures["advisors_over_capacity"]) == (n, len(over))
    assert f"{figures['aum_usd']:.2f}" == f"{sum((one.dollars for one in book.clients), Decimal(0)):.2f}"
    assert figures["assigned_percent"] == (round(100 * places / n, 2) if n else 0.0)
    assert figures["balance_percent"] == pytest.approx(100 * fair, abs=0.006)
    assert figures["moves_24h"] == sum(origin != target for origin, target, _ in book.turns)


@given(BOOKS)
@settings(
    max_examples=200 if os.environ.get("CADASTRE_TEST_FULL") else 10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_what_is_told_of_places_and_people_adds_up_to_the_clients_in_scope(clients: list[Placed]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder), (*REFERENCE, DAN, Rate(currency="EUR", usd="1.50")))
        for i, one in enumerate(clients):
            put(api, f"c_{i}", one)
        for user in SEEN:
            book = Book(clients, user)
            check_places(api, user, book)
            check_advisors(api, user, book)
            check_stats(api, user, book)
        api.close()


def test_the_way_to_a_territory_begins_where_the_readers_scope_does(tmp_path: Path) -> None:
    api = api_over(tmp_path)
    for user, way in (("ada", ["world", "west", "coast"]), ("wes", ["west", "coast"])):
        told = asked(api, user, "territories/t-coast")["path"]
        assert told == [{"id": region, "name": region.title()} for region in way]
    api.close()
