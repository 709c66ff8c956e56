"""What a person said is taken back by one click, and it is as it was."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.e2e.chosen import evidence, joined, pair
from tests.e2e.conftest import Visits
from tests.support.browser import Visit
from tests.support.stack import Stack
from tests.support.waiting import wait_until


def undo(seen: Visit) -> Locator:
    return seen.page.get_by_role("button", name="Undo")


def test_a_match_decision_that_is_undone_is_withdrawn_and_the_client_is_one_again(stack: Stack, screen: Visits) -> None:
    client = joined(stack, "sort=-confidence&territory=gb-corporates")
    records = evidence(stack, client["id"])["accepted"][0]
    low, high = records["low"]["record"], records["high"]["record"]
    ada = screen("Ada", f"/clients?client={client['id']}&tab=evidence")
    panel = ada.page.get_by_role("dialog")
    panel.get_by_role("button", name="Different").first.click()
    panel.get_by_label("Why are they two clients?").fill("Two desks of one building")
    panel.get_by_role("button", name="Say different").click()
    undo(ada).hover()  # it stays for as long as the pointer is on it
    wait_until(lambda: pair(stack, low, high)["decision"]["verdict"] == "different", "the decision is made")
    wait_until(lambda: not _is_one(stack, low, high), "they are two clients")
    undo(ada).click()
    wait_until(lambda: pair(stack, low, high)["decision"]["verdict"] == "withdrawn", "the decision is withdrawn")
    wait_until(lambda: _is_one(stack, low, high), "they are one client")
    told = pair(stack, low, high)["decision"]
    assert (told["author"], told["reason"]) == ("ada", "Undone: Two desks of one building")
    expect(panel.get_by_text("decision withdrawn").first).to_be_visible()


def _is_one(stack: Stack, low: str, high: str) -> bool:
    found = pair(stack, low, high)
    return bool(found["low"]["client"]["id"] == found["high"]["client"]["id"])


def override_for_a_month(seen: Visit, tier: str, reason: str) -> None:
    seen.page.get_by_role("button", name="Override").click()
    form = seen.page.get_by_role("dialog", name="Override")
    form.get_by_role("combobox", name="Tier").click()
    seen.page.get_by_role("option", name=tier).click()
    form.get_by_label("Reason").fill(reason)
    form.get_by_role("button", name="30 days").click()
    form.get_by_role("button", name="Override").click()


def overridden(stack: Stack, client: str) -> dict[str, str] | None:
    found: dict[str, str] | None = stack.get("ada", f"/api/clients/{client}").json()["override"]
    return found


def tier_of(stack: Stack, client: str) -> object:
    return stack.get("ada", f"/api/clients/{client}").json()["client"]["tier"]


def another_tier(client: dict[str, str | None]) -> str:
    return "Gold" if client["tier"] != "gold" else "Silver"


def test_an_override_with_an_expiry_shows_until_when_and_is_undone(stack: Stack, screen: Visits) -> None:
    client = joined(stack, "sort=-confidence&territory=gb-corporates")
    ada = screen("Ada", f"/clients?client={client['id']}")
    panel = ada.page.get_by_test_id("client-panel")
    tier = another_tier(client)
    override_for_a_month(ada, tier, "A pitch is under way")
    undo(ada).hover()
    expect(panel.get_by_text(re.compile(f"Overridden to .*{tier}"))).to_be_visible()
    expect(panel.get_by_text(re.compile("A pitch is under way”.*, until"))).to_be_visible()
    stands = overridden(stack, client["id"])
    assert stands is not None
    assert stands["expires_at"] is not None
    undo(ada).click()
    expect(panel.get_by_text(re.compile("Overridden to"))).to_be_hidden()
    wait_until(lambda: overridden(stack, client["id"]) is None, "no override holds")
    wait_until(lambda: tier_of(stack, client["id"]) == client["tier"], "the rules have decided again")


def test_an_end_of_an_override_that_is_undone_brings_it_back_with_its_expiry(stack: Stack, screen: Visits) -> None:
    client = joined(stack, "sort=-confidence&territory=de-corporates")
    ada = screen("Ada", f"/clients?client={client['id']}")
    panel = ada.page.get_by_test_id("client-panel")
    stood = panel.get_by_text(re.compile("Overridden to"))
    override_for_a_month(ada, another_tier(client), "They asked for it")
    expect(stood).to_be_visible()
    expect(panel.get_by_text("applies in a moment")).to_be_hidden()
    before = overridden(stack, client["id"])
    panel.get_by_role("button", name="End override").click()
    end = ada.page.get_by_role("dialog", name="End the override")
    end.get_by_label("Reason").fill("They asked for the wrong one")
    end.get_by_role("button", name="End override").click()
    ended = ada.page.get_by_role("listitem").filter(has_text="Override ended")
    undo_of_it = ended.get_by_role("button", name="Undo")
    undo_of_it.hover()
    expect(stood).to_be_hidden()
    wait_until(lambda: overridden(stack, client["id"]) is None, "no override holds")
    undo_of_it.click()
    expect(stood).to_be_visible()
    after = overridden(stack, client["id"])
    assert before is not None
    assert after is not None
    assert (after["tier"], after["expires_at"]) == (before["tier"], before["expires_at"])
