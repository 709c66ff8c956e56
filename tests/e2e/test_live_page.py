"""What changes shows on open pages by itself, and a page that was cut off comes back right."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, expect

from tests.e2e.changes import feed, new_client
from tests.e2e.conftest import Visits
from tests.support.browser import Visit
from tests.support.stack import Stack
from tests.support.toxics import Timeout
from tests.support.waiting import wait_until


def shown(stack: Stack, **filters: str) -> Mapping[str, str]:
    """The first client that the api lists for these filters."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found: Mapping[str, str] = stack.get("ada", f"/api/clients?limit=1&{query}").json()["items"][0]
    return found


def test_a_posted_event_appears_on_the_open_dashboard_without_a_reload(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    clients = ada.page.locator("[data-figure=clients]")
    before = int(clients.inner_text().replace(",", ""))
    stack.post(new_client("Meridian Harbour Pension Trustees", 1))
    expect(feed(ada, "Meridian Harbour")).to_be_visible()
    expect(clients).to_have_text(f"{before + 1:,}")
    assert ada.told.complaints == []


def test_a_posted_event_appears_in_the_open_list_of_clients(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada", "/clients?q=tallowmere")
    expect(ada.page.get_by_text("No client matches")).to_be_visible()
    stack.post(new_client("Tallowmere Endowment", 2))
    expect(ada.page.get_by_role("link", name="Tallowmere Endowment")).to_be_visible()


def write_override(seen: Visit, territory: str, reason: str) -> Locator:
    """Fill in the override of the client whose panel is open; returns the button that says it."""
    seen.page.get_by_role("button", name="Override").click()
    form = seen.page.get_by_role("dialog", name="Override")
    form.get_by_role("combobox", name="Territory").click()
    seen.page.get_by_role("option", name=territory).click()
    form.get_by_label("Reason").fill(reason)
    return form.get_by_role("button", name="Override")


def test_an_override_made_by_one_person_appears_on_the_screen_of_another(stack: Stack, screen: Visits) -> None:
    client = shown(stack, region="emea", territory="gb-corporates")
    lena = screen("Lena", f"/clients?client={client['id']}")
    panel = lena.page.get_by_role("dialog")
    expect(panel.get_by_role("link", name="UK corporates")).to_be_visible()
    ada = screen("Ada", f"/clients?client={client['id']}")
    write_override(ada, "UK funds and managers", "The fund desk knows them").click()
    expect(panel.get_by_role("link", name="UK funds and managers")).to_be_visible()


def test_who_overrides_what_has_changed_meanwhile_sees_both_and_chooses(stack: Stack, screen: Visits) -> None:
    client = shown(stack, region="emea", territory="gb-corporates")
    late, early = (screen("Ada", f"/clients?client={client['id']}") for _ in range(2))
    say = write_override(late, "UK corporates", "They stay where they are")
    write_override(early, "UK funds and managers", "The fund desk knows them").click()
    panel = early.page.get_by_role("dialog")
    expect(panel.get_by_role("link", name="UK funds and managers")).to_be_visible()
    say.click()
    conflict = late.page.get_by_role("dialog", name="It has changed meanwhile")
    expect(conflict.get_by_role("row", name="Territory UK funds and managers UK corporates")).to_be_visible()
    expect(conflict.get_by_role("row", name="Said by ada you")).to_be_visible()
    conflict.get_by_role("button", name="Apply mine").click()
    expect(conflict).to_be_hidden()
    expect(panel.get_by_role("link", name="UK corporates")).to_be_visible()


# When the line is open again, and when the feed then shows all of these names: by the page's own clock.
_WATCH = """names => {
  const Real = WebSocket;
  let opened = null;
  window.WebSocket = class extends Real {
    constructor(...told) {
      super(...told);
      this.addEventListener("open", () => { opened ??= performance.now(); });
    }
  };
  window.lineIsBack = () => { window.backAt = performance.now(); };
  window.whenRight = new Promise((resolve, refuse) => {
    setTimeout(() => refuse(new Error(`not right, line opened again: ${opened !== null}`)), 90_000);
    const look = () => {
      const feed = document.querySelector('[aria-label="Latest changes"]')?.textContent ?? "";
      if (opened === null || !names.every(name => feed.includes(name))) return requestAnimationFrame(look);
      const now = performance.now();
      resolve({ sinceBack: now - window.backAt, sinceOpened: now - opened });
    };
    look();
  });
}"""


def test_a_page_that_was_cut_off_is_right_within_two_seconds_and_lacks_nothing(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada", at=stack.line_url)
    expect(feed(ada, "").first).to_be_visible()
    missed = [f"Quillfeather {part} Foundation" for part in ("Arts", "Bridge", "Harbour", "Meadow", "Orchard")]
    ada.page.evaluate(_WATCH, missed)
    stack.line.down()
    expect(ada.page.get_by_test_id("connection")).to_contain_text("Reconnecting")
    stack.post(*(new_client(name, 30 + i) for i, name in enumerate(missed)))
    found = "/api/clients?q=quillfeather"
    wait_until(lambda: stack.get("ada", found).json()["total"] == len(missed), "the api has them", seconds=30)
    assert feed(ada, "Quillfeather").count() == 0
    ada.page.evaluate("lineIsBack()")
    stack.line.clear()
    took = ada.page.evaluate("whenRight")
    assert took["sinceOpened"] < 2_000, took
    assert took["sinceBack"] < 4_000, took  # an attempt is at most 1.5 s away
    expect(feed(ada, "Quillfeather")).to_have_count(len(missed))
    expect(ada.page.locator("[data-figure=clients]")).to_have_text(
        f"{stack.get('ada', '/api/clients').json()['total']:,}"
    )
    ada.live()


def test_a_device_that_is_online_again_after_long_is_right_within_two_seconds(stack: Stack, screen: Visits) -> None:
    """After so long the next attempt is up to 8 s away: the browser's word that the network is back is what counts."""
    ada = screen("Ada", at=stack.line_url)
    chip = ada.page.get_by_test_id("connection")
    expect(feed(ada, "").first).to_be_visible()
    missed = [f"Starlingmoor {part} Trust" for part in ("Copper", "Granite", "Juniper", "Saffron")]
    ada.page.evaluate(_WATCH, missed)
    stack.line.down()
    expect(chip).to_contain_text("Not live", timeout=60_000)
    ada.context.set_offline(True)
    expect(chip).to_contain_text("Offline")
    stack.post(*(new_client(name, 40 + i) for i, name in enumerate(missed)))
    found = "/api/clients?q=starlingmoor"
    wait_until(lambda: stack.get("ada", found).json()["total"] == len(missed), "the api has them", seconds=30)
    ada.page.evaluate("lineIsBack()")
    stack.line.clear()
    ada.context.set_offline(False)
    took = ada.page.evaluate("whenRight")
    assert took["sinceBack"] < 2_000, took
    expect(feed(ada, "Starlingmoor")).to_have_count(len(missed))
    ada.live()


def test_a_device_that_was_offline_for_a_moment_trusts_no_socket_that_stayed_open(stack: Stack, screen: Visits) -> None:
    """Nothing was reset, all was swallowed: by itself the page would find out at the next heartbeat."""
    ada = screen("Ada", at=stack.line_url)
    expect(feed(ada, "").first).to_be_visible()
    ada.page.wait_for_load_state("networkidle")
    ada.page.evaluate(_WATCH, ["Gossamer Vale Fund"])
    stack.line.add(Timeout(), "up", "down")
    ada.context.set_offline(True)
    expect(ada.page.get_by_test_id("connection")).to_contain_text("Offline")
    stack.post(new_client("Gossamer Vale Fund", 50))
    wait_until(lambda: stack.get("ada", "/api/clients?q=gossamer").json()["total"] == 1, "the api has it", seconds=30)
    ada.page.evaluate("lineIsBack()")
    stack.line.clear()
    ada.context.set_offline(False)
    took = ada.page.evaluate("whenRight")
    assert took["sinceBack"] < 2_000, took
    ada.live()


def test_a_part_that_is_first_needed_while_the_line_is_down_comes_once_it_is_back(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada", at=stack.line_url)
    ada.page.wait_for_load_state("networkidle")
    stack.line.down()
    expect(ada.page.get_by_test_id("connection")).to_contain_text("Reconnecting")
    ada.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Advisors").click()
    stack.line.clear()
    expect(ada.page.get_by_role("heading", name="Advisors", level=1)).to_be_visible()


def test_a_paused_page_stands_still_and_tells_what_waits(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    expect(feed(ada, "").first).to_be_visible()
    ada.page.get_by_role("button", name="Pause", exact=True).click()
    stack.post(new_client("Oakhollow Pension Scheme", 4))
    expect(ada.page.get_by_role("button", name=re.compile(r"Resume, \d+ changes? waiting"))).to_be_visible()
    assert feed(ada, "Oakhollow").count() == 0
    ada.page.get_by_role("button", name=re.compile("Resume, .* change")).click()
    expect(feed(ada, "Oakhollow")).to_be_visible()


def test_after_the_api_was_killed_the_page_catches_up_by_itself(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    stack.api.kill()
    expect(ada.page.get_by_test_id("connection")).to_contain_text("Reconnecting")
    stack.post(new_client("Ravensbourne Foundation", 5))
    stack.api.start()
    wait_until(stack.ready, "the api is back", seconds=60)
    ada.live()
    expect(feed(ada, "Ravensbourne")).to_be_visible()
