"""Everybody can use it: no violation that axe knows on any page in either theme, and everything by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.chosen import joined, with_children
from tests.e2e.conftest import Visits
from tests.support.browser import Visit
from tests.support.stack import Stack

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ROUTES = (
    "/",
    "/territories",
    "/territories/gb-corporates",
    "/clients",
    "/advisors",
    "/advisors/oscar-dubois",
    "/nowhere",
)


def assert_accessible(seen: Visit, what: str, *, of: str = "html", besides: Sequence[str] = ()) -> None:
    for theme in THEMES:
        seen.in_theme(theme)
        assert seen.violations(of=of, besides=besides) == [], f"{what}, {theme}"


def a_title(page: Page) -> Locator:
    return page.get_by_role("heading")  # not of the first level: what lies over a page hides it


def panels(stack: Stack) -> list[tuple[str, Callable[[Page], Locator]]]:
    """Each part of a client's panel, and what must be there to be looked at: evidence, a family, a fault."""
    matched, parent = joined(stack)["id"], with_children(stack)[0]["id"]
    return [
        (f"/clients?client={matched}", lambda page: page.get_by_role("tab", name="Overview")),
        (f"/clients?client={matched}&tab=members", lambda page: page.get_by_label("Records side by side")),
        (
            f"/clients?client={matched}&tab=evidence",
            lambda page: page.get_by_role("table", name=re.compile("Evidence in bits")).get_by_text("Sum"),
        ),
        (f"/clients?client={matched}&tab=territory", lambda page: page.get_by_text(re.compile("Rule set .* version"))),
        # which is away here
        (f"/clients?client={matched}&tab=history", lambda page: page.get_by_role("button", name="Ask again")),
        (f"/clients?client={parent}&tab=hierarchy", lambda page: page.locator("[role=tree] [aria-level='2']")),
    ]


@pytest.mark.parametrize("width", [1_440, 390])
def test_axe_finds_no_violation_on_any_page_in_either_theme(stack: Stack, screen: Visits, width: int) -> None:
    ada = screen("Ada", width=width)
    for route, shown in (*((route, a_title) for route in ROUTES), *panels(stack)):
        ada.open(stack.url + route).live()
        expect(shown(ada.page).first, route).to_be_visible()
        ada.page.wait_for_load_state("networkidle")
        assert_accessible(ada, route)
        sideways = ada.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{route} scrolls sideways by {sideways} px at {width} px"


# What would be cut off on paper: boxes that scroll down.
_CLIPPED = """() => [...document.querySelectorAll("body *")]
  .filter(one => /auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight + 1)
  .map(one => one.outerHTML.slice(0, 120))"""


def test_paper_is_light_and_whole_whatever_the_screen_was(stack: Stack, screen: Visits) -> None:
    ada = screen("Ada")
    for route in (*ROUTES, f"/clients?client={stack.get('ada', '/api/clients?limit=1').json()['items'][0]['id']}"):
        ada.open(stack.url + route).live()
        ada.page.wait_for_load_state("networkidle")
        ada.in_theme("dark")
        ada.page.emulate_media(media="print", color_scheme="dark")
        assert ada.violations() == [], f"{route}, printed"
        assert ada.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert ada.page.evaluate(_CLIPPED) == [], f"{route}, printed"
        ada.page.emulate_media(media="screen", color_scheme="light")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has this accessible name has the focus."""
    wanted = re.compile(name)
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement, by = e.getAttribute('aria-labelledby'); "
            "return e.getAttribute('aria-label') || (by && document.getElementById(by)?.textContent) "
            "|| e.labels?.[0]?.textContent || e.textContent || '' }"
        )
        if wanted.search(str(focused)):
            return
    raise AssertionError(f"80 tabs reach nothing called {name!r}")


def test_search_detail_and_override_work_by_keyboard_alone(stack: Stack, screen: Visits) -> None:
    client = stack.get("ada", "/api/clients?limit=1&territory=de-corporates").json()["items"][0]
    ada = screen("Ada", "/clients")
    page = ada.page
    expect(page.get_by_role("table", name="Clients").get_by_role("link").first).to_be_visible()
    press(page, "/")
    page.keyboard.type(client["name"])
    expect(page).to_have_url(re.compile("q="))
    expect(page.get_by_role("link", name=client["name"]).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    tab_to(page, f"^{re.escape(client['name'])}$")
    press(page, "Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name=client["name"])).to_be_visible()
    tab_to(page, "^ ?Override")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Override")).to_be_visible()
    tab_to(page, "Tier")
    press(page, "Enter")
    platinum = page.get_by_role("option", name="Platinum")
    expect(platinum).to_be_visible()
    page.keyboard.type("Plat")
    expect(platinum).to_be_focused()
    press(page, "Enter")
    expect(platinum).to_be_hidden()
    tab_to(page, "Reason")
    page.keyboard.type("Asked for by the desk")
    tab_to(page, "^Override$")
    press(page, "Enter")
    expect(panel.get_by_text("Asked for by the desk")).to_be_visible()
    expect(panel.get_by_text("Platinum").first).to_be_visible()


def test_a_match_is_decided_by_keyboard_alone(stack: Stack, screen: Visits) -> None:
    client = stack.get("ada", "/api/clients?limit=1&sort=confidence").json()["items"][0]
    ada = screen("Ada", f"/clients?client={client['id']}&tab=evidence")
    page = ada.page
    pair = page.get_by_role("dialog").locator("[aria-keyshortcuts='S D']").first
    expect(pair).to_be_visible()
    tab_to(page, re.escape(client["name"]) + ".*bits")
    press(page, "d")
    expect(page.get_by_label("Why are they two clients?")).to_be_focused()
    page.keyboard.type("Two desks of one building")
    press(page, "Enter")
    expect(page.get_by_text("Two desks of one building").first).to_be_visible()
