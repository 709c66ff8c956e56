"""A leader finds no byte of another region: not on the page, not in an answer, not in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import yaml
from playwright.sync_api import expect

from schemas import codec
from schemas.events import LiveClient
from schemas.topics import ASSIGNED
from services.stream import admin
from services.stream.outcome import Incoming
from tests.e2e.changes import changed, feed, new_client
from tests.e2e.conftest import Visits
from tests.support.browser import Visit
from tests.support.stack import Stack
from tests.support.waiting import wait_until

ROUTES = ("/", "/territories", "/clients", "/advisors", "/clients?q=a&sort=-aum")
TABS = ("overview", "members", "evidence", "territory", "history", "hierarchy")
LETTERS = "acmst"  # of the search: each begins names on both sides
REFERENCE = Path("deploy/demo/reference.yaml")
LONG = 8  # characters: what is shorter is found in much that means something else


def outside(stack: Stack, regions: frozenset[str]) -> tuple[set[str], set[str]]:
    """Ids of clients that never were in these regions, and names that only they have: by the log, not by the api."""
    inside: set[str] = set()

    def take(message: Incoming) -> None:
        if message.value is not None and codec.assignment(message.value).region in regions:
            inside.add(message.key)

    admin.read(stack.pipeline.settings, ASSIGNED.name, take)
    names: dict[str, set[bool]] = {}
    for client_id, value in stack.outcome.deduped.items():
        client = codec.client(value)
        if isinstance(client, LiveClient) and isinstance(client.golden.name, str):
            names.setdefault(client.golden.name, set()).add(client_id in inside)
    hidden = {name for name, sides in names.items() if sides == {False} and len(name) > 12}
    return set(stack.outcome.assigned) - inside, hidden


def hidden_places(regions: frozenset[str]) -> set[str]:
    """Regions, territories and advisors that have nothing to do with these: ids as JSON writes them, and names."""
    said = yaml.safe_load(REFERENCE.read_text())
    territories = {name for name, one in said["territories"].items() if one["region"] in regions}
    inside = {"regions": regions, "territories": territories}
    inside["advisors"] = {name for name, one in said["advisors"].items() if territories & set(one["territories"])}
    shown = [one["name"] for kind, ids in inside.items() for name, one in said[kind].items() if name in ids]
    hidden: set[str] = set()
    for kind, ids in inside.items():
        for name, one in said[kind].items():
            if name not in ids:
                hidden |= {f'"{name}"', one["name"]}
    return {text for text in hidden if len(text) > LONG and not any(text in other for other in shown)}


@dataclass(slots=True)
class Elsewhere:
    """Clients of other regions that change while a leader looks, and one of the leader's own behind each of them."""

    stack: Stack
    ada: Visit
    wei: Visit
    records: Iterator[str]  # each of a client that no other record is part of
    numbers: Iterator[int] = field(default_factory=lambda: count(200))
    hidden: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    def change(self) -> None:
        """One client moves between regions that are not the leader's and one is new there; returns once an analyst was
        told, and then the leader of the own one: what would have been told was told by then."""
        number, own = next(self.numbers), next(self.numbers)
        moved, new, seen = (f"{word} {number} Holdings" for word in ("Thornwick", "Underbarrow", "Kembangan"))
        record = next(self.records)
        self.stack.post(
            changed(record, number, name=moved, country="GB", city="London"), new_client(new, number, country="US")
        )
        for name in (moved, new):
            expect(feed(self.ada, name)).to_be_visible()
        self.stack.post(new_client(seen, own, country="SG"))
        wait_until(lambda: self.wei.heard(seen), f"the leader is told of {seen}")
        self.hidden += (moved, new, record)
        self.own.append(seen)


def american(stack: Stack, ids: set[str]) -> Iterator[str]:
    """Records of clients of one record, among these, that are where Americans are."""
    for client_id in sorted(ids & stack.outcome.deduped.keys()):
        client = codec.client(stack.outcome.deduped[client_id])
        if isinstance(client, LiveClient) and len(client.members) == 1 and client.golden.country == "US":
            yield client.members[0].record


def tour(stack: Stack, wei: Visit, client: str, elsewhere: Elsewhere) -> str:
    """All that a leader is drawn and told, while clients of other regions change: on each page, in a client's panel, in
    the search over all."""
    drawn: list[str] = []

    def look() -> None:
        elsewhere.change()
        wei.page.wait_for_load_state("networkidle")
        drawn.extend((wei.page.content(), wei.told.everything()))
        wei.told.answers.clear()  # the browser forgets their bodies with the page that asked

    look()
    for route in (*ROUTES, *(f"/clients?client={client}&tab={tab}" for tab in TABS), "/"):
        wei.open(stack.url + route).live()
        look()
    wei.page.keyboard.press("Control+k")
    for letter in LETTERS:
        wei.page.get_by_role("combobox", name="Search and act").fill(letter)
        expect(wei.page.get_by_role("option", name=f"All clients with “{letter}”")).to_be_visible()
        look()
    return "\n".join(drawn)


def test_a_leader_finds_no_byte_of_another_region_while_clients_change_there(stack: Stack, screen: Visits) -> None:
    regions = frozenset({"apac", "anz", "north-asia", "south-asia", "southeast-asia"})
    ids, names = outside(stack, regions)
    said = b"\n".join(value for client, value in stack.outcome.deduped.items() if client not in ids).decode()
    places = {text for text in hidden_places(regions) if text not in said}
    assert min(len(ids), len(names), len(places)) > 100, "hardly anything to hide: this would prove nothing"
    client = stack.get("wei", "/api/clients?limit=1&sort=confidence").json()["items"][0]
    wei = screen("Wei")
    expect(wei.page.get_by_title("Everything on this page is limited to: Asia Pacific")).to_be_visible()
    elsewhere = Elsewhere(stack, screen("Ada"), wei, american(stack, ids))
    everything = tour(stack, wei, client["id"], elsewhere)
    for told in (client["name"], "Asia Pacific", *elsewhere.own):
        assert told in everything, f"nothing is told of {told}: this would prove nothing"
    changes = elsewhere.ada.told.everything()
    assert [one for one in elsewhere.own + elsewhere.hidden if one.endswith("Holdings") and one not in changes] == []
    assert [one for one in (*ids, *names, *places, *elsewhere.hidden) if one in everything] == []


def test_a_client_of_another_region_looks_like_one_that_does_not_exist(stack: Stack, screen: Visits) -> None:
    hidden = stack.get("ada", "/api/clients?limit=1&region=emea").json()["items"][0]["id"]
    wei = screen("Wei", f"/clients?client={hidden}")
    expect(wei.page.get_by_text("No such client")).to_be_visible()


def test_an_operator_is_told_that_clients_are_not_for_the_role(stack: Stack, screen: Visits) -> None:
    olga = screen("Olga", "/clients", live=False)
    expect(olga.page.get_by_text("Not for your role")).to_be_visible()
    assert '"items"' not in olga.told.everything()
