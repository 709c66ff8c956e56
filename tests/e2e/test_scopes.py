"""A leader finds no byte of another region: not on the page, not in an answer, not in a frame."""

from __future__ import annotations

from playwright.sync_api import expect

from schemas import codec
from schemas.events import LiveClient
from schemas.topics import ASSIGNED
from services.stream import admin
from services.stream.outcome import Incoming
from tests.e2e.conftest import Stack, Visits

ROUTES = ("/", "/territories", "/clients", "/advisors", "/clients?q=a&sort=-aum")


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


def test_a_leader_finds_no_byte_of_another_region(stack: Stack, screen: Visits) -> None:
    regions = frozenset({"apac", "anz", "north-asia", "south-asia", "southeast-asia"})
    ids, names = outside(stack, regions)
    assert min(len(ids), len(names)) > 100, "hardly anything to hide: this would prove nothing"
    wei = screen("Wei")
    expect(wei.page.get_by_title("Everything on this page is limited to: Asia Pacific")).to_be_visible()
    drawn = []
    for route in (*ROUTES, "/"):
        wei.page.wait_for_load_state("networkidle")
        drawn.append(wei.page.content())
        drawn.append(wei.told.everything())
        wei.told.answers.clear()  # the browser forgets their bodies with the page that asked
        wei.open(stack.url + route).live()
    everything = "\n".join(drawn)
    assert "Asia Pacific" in everything, "the page has told nothing: this would prove nothing"
    assert len(wei.told.frames) > 5, "no frames: this would prove nothing"
    assert [one for one in ids if one in everything] == []
    assert [name for name in names if name in everything] == []


def test_a_client_of_another_region_looks_like_one_that_does_not_exist(stack: Stack, screen: Visits) -> None:
    hidden = stack.get("ada", "/api/clients?limit=1&region=emea").json()["items"][0]["id"]
    wei = screen("Wei", f"/clients?client={hidden}")
    expect(wei.page.get_by_text("No such client")).to_be_visible()


def test_an_operator_is_told_that_clients_are_not_for_the_role(stack: Stack, screen: Visits) -> None:
    olga = screen("Olga", "/clients", live=False)
    expect(olga.page.get_by_text("Not for your role")).to_be_visible()
    assert '"items"' not in olga.told.everything()
