"""A client's family is a tree that is walked by keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.chosen import with_children
from tests.e2e.conftest import Visits
from tests.support.stack import Stack


def test_a_family_is_a_tree_that_the_keyboard_opens_closes_and_walks_to_a_child(stack: Stack, screen: Visits) -> None:
    parent, children = with_children(stack)
    child = children[0]["client"]
    page = screen("Ada", f"/clients?client={parent['id']}&tab=hierarchy").page
    tree = page.get_by_role("dialog").get_by_role("tree", name="Hierarchy of clients")
    top, below = (tree.get_by_role("treeitem", name=re.compile(re.escape(one["name"]))) for one in (parent, child))
    expect(top.first).to_have_attribute("aria-current", "true")
    expect(top.first).to_have_attribute("aria-expanded", "true")
    expect(tree.locator("[aria-level='2']")).to_have_count(len(children))
    top.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(top.first).to_have_attribute("aria-expanded", "false")
    expect(tree.locator("[aria-level='2']")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(top.first).to_have_attribute("aria-expanded", "true")
    expect(tree.locator("[aria-level='2']")).to_have_count(len(children))
    page.keyboard.press("ArrowRight")
    expect(below.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"client={child['id']}"))
    expect(page.get_by_role("dialog").get_by_role("heading", name=child["name"])).to_be_visible()
    expect(below.first).to_have_attribute("aria-current", "true")  # in the child's own tree, below the same parent
    expect(top.first).to_be_visible()
