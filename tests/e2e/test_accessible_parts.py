"""What lies over a page, and what a page says that has nothing to show: no violation that axe knows in either theme."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.chosen import joined
from tests.e2e.conftest import Visits
from tests.e2e.test_accessible import assert_accessible
from tests.support.browser import Visit, visit
from tests.support.stack import Stack

# A list that hangs over the page is of no landmark: it has the focus as soon as it is there.
OF_NO_LANDMARK = "region"


def assert_open_select_accessible(seen: Visit, what: str) -> None:
    """The page behind it is hidden from screen readers: that is right only as long as the focus cannot go there."""
    inside = "() => document.activeElement?.closest('[role=listbox]') !== null"
    expect(seen.page.get_by_role("option").first).to_be_visible()
    seen.page.wait_for_function(inside)
    assert_accessible(seen, what, of="[role=listbox]", besides=[OF_NO_LANDMARK])
    for key in ("Tab", "Shift+Tab"):
        seen.page.keyboard.press(key)
        assert seen.page.evaluate(inside), f"{what}: {key} leaves what is not hidden"


def test_axe_finds_no_violation_on_the_sign_in_page(stack: Stack, browser: Browser) -> None:
    with visit(browser) as seen:
        seen.open(stack.url)
        expect(seen.page.get_by_role("button", name="Ada")).to_be_visible()
        assert_accessible(seen, "sign-in")


def test_axe_finds_no_violation_in_what_is_opened_over_a_page(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada", "/clients")
    page = ada.page
    expect(page.get_by_role("table", name="Clients").get_by_role("link").first).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Clients")).to_be_visible()
    assert_accessible(ada, "the palette")
    page.get_by_role("combobox", name="Search and act").fill("a")
    expect(page.get_by_role("option", name="All clients with")).to_be_visible()
    assert_accessible(ada, "what the palette found")
    _close(page, "dialog", "Search and act")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert_accessible(ada, "the shortcuts")
    _close(page, "dialog", "Keyboard shortcuts")
    page.get_by_role("button", name="Ada Reyes").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    assert_accessible(ada, "the menu of the account", besides=[OF_NO_LANDMARK])
    _close(page, "menu", "Ada Reyes")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("menuitemcheckbox", name="Territory")).to_be_visible()
    assert_accessible(ada, "the choice of columns", besides=[OF_NO_LANDMARK])


def test_axe_finds_no_violation_in_the_dialogs_and_selects_of_a_client(stack: Stack, screen: Visits) -> None:
    client = joined(stack)
    ada = screen("Ada", f"/clients?client={client['id']}&tab=territory")
    page = ada.page
    page.get_by_role("combobox", name="Why not").click()
    assert_open_select_accessible(ada, "the select of another territory")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Override").click()
    form = page.get_by_role("dialog", name="Override")
    expect(form.get_by_label("Reason")).to_be_visible()
    assert_accessible(ada, "the override")
    form.get_by_role("combobox", name="Tier").click()
    assert_open_select_accessible(ada, "a select in the override")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Why one client").click()
    page.get_by_role("button", name="Different").first.click()
    expect(page.get_by_label("Why are they two clients?")).to_be_focused()
    assert_accessible(ada, "the decision")


def test_axe_finds_no_violation_in_what_narrow_screens_have_instead(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada", "/clients", width=390)
    ada.page.get_by_role("button", name="Sort").click()
    expect(ada.page.get_by_role("menuitemradio", name="Largest first")).to_be_visible()
    assert_accessible(ada, "the choice of an order", besides=[OF_NO_LANDMARK])
    ada.page.keyboard.press("Escape")
    ada.page.get_by_role("button", name=re.compile("Filters")).click()
    expect(ada.page.get_by_role("dialog", name="Filters")).to_be_visible()
    assert_accessible(ada, "the filters")


def test_axe_finds_no_violation_where_a_page_is_not_for_the_role_or_cannot_be_shown(
    stack: Stack, screen: Visits
) -> None:
    olga = screen("Olga", "/clients", live=False)
    for path in ("/clients", "/territories"):
        olga.open(stack.url + path)
        expect(olga.page.get_by_text("Not for your role")).to_be_visible()
        assert_accessible(olga, f"{path}, not for the role")
    ada = screen("Ada")
    ada.page.route(re.compile("/api/(clients|territories)[?]?"), lambda route: route.abort())
    for path in ("/clients", f"/clients?client={joined(stack)['id']}"):
        ada.open(stack.url + path)
        expect(ada.page.get_by_role("alert").get_by_role("button", name="Try again").first).to_be_visible()
        assert_accessible(ada, f"{path}, cannot be reached")


def _close(page: Page, role: str, name: str) -> None:
    page.keyboard.press("Escape")
    expect(page.locator(f"[role={role}]").filter(has_text=name)).to_have_count(0)
