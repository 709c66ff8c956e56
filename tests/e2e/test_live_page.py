"""What changes shows on open pages by itself, and a page that was cut off comes back right."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Stack, Visits
from tests.support.waiting import wait_until

NEW = {
    "op": "upsert",
    "source": "salesforce",
    "record_id": "001E2ELIVE0000001",
    "fields": {"name": "Meridian Harbour Pension Trustees", "country": "GB", "aum": {"amount": "2500000000.00", "currency": "USD"}},
    "version": {"time": "2026-06-01T09:00:00Z", "sequence": 1},
}


def figure(name: str) -> str:
    return f"[data-figure={name}]"


def test_a_posted_event_appears_on_the_open_dashboard_without_a_reload(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    clients = ada.page.locator(figure("clients"))
    before = int(clients.inner_text().replace(",", ""))
    stack.post(NEW)
    feed = ada.page.get_by_role("region", name="Latest changes")
    expect(feed.get_by_role("link", name=re.compile("Meridian Harbour"))).to_be_visible()
    expect(clients).to_have_text(f"{before + 1:,}")
    assert ada.told.complaints == []


def test_a_paused_page_stands_still_and_tells_what_waits(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    feed = ada.page.get_by_role("region", name="Latest changes")
    expect(feed.get_by_role("listitem").first).to_be_visible()
    ada.page.get_by_role("button", name="Pause", exact=True).click()
    stack.post(NEW | {"record_id": "001E2EPAUSE000001", "fields": NEW["fields"] | {"name": "Quillfeather Endowment"}})
    expect(ada.page.get_by_role("button", name=re.compile(r"Resume, \d+ changes? waiting"))).to_be_visible()
    expect(feed.get_by_role("link", name=re.compile("Quillfeather"))).to_have_count(0)
    ada.page.get_by_role("button", name=re.compile("Resume, .* change")).click()
    expect(feed.get_by_role("link", name=re.compile("Quillfeather"))).to_be_visible()


def test_after_the_api_was_killed_the_page_catches_up_by_itself(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    stack.api.kill()
    expect(ada.page.get_by_test_id("connection")).to_contain_text("Reconnecting")
    stack.post(NEW | {"record_id": "001E2EKILLED00001", "fields": NEW["fields"] | {"name": "Ravensbourne Foundation"}})
    stack.api.start()
    wait_until(stack.ready, "the api is back", seconds=60)
    ada.live()
    feed = ada.page.get_by_role("region", name="Latest changes")
    expect(feed.get_by_role("link", name=re.compile("Ravensbourne"))).to_be_visible()
