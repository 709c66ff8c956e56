"""The dashboard through nginx: what a browser is told, and that it gets another socket when a replica is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import expect

from deploy.local.demo_data import post
from tests.docker.stack import Stack
from tests.support.browser import chromium, visit

REOPENED_WITHIN_MS = 300_000  # counted from before the replicas are killed and healthy again
NEW: dict[str, object] = {
    "op": "upsert",
    "source": "salesforce",
    "record_id": "001SMOKE000000001",
    "fields": {"name": "Meridian Harbour Pension Trustees", "country": "GB"},
    "version": {"time": "2026-06-01T09:00:00Z", "sequence": 1},
}


def problems(stack: Stack) -> Iterator[str]:
    """What a person would see go wrong; raises where the page does not come as far."""
    with chromium() as browser, visit(browser, obeys_csp=True) as ada:
        ada.open(stack.url("WEB_PORT") + "/clients").sign_in("Ada")
        ada.page.goto(stack.url("WEB_PORT"))
        ada.live()
        with ada.page.expect_websocket(timeout=REOPENED_WITHIN_MS):  # whichever replica held the first
            for number in (1, 2):
                stack.kill("api", number)
                stack.healthy()
        ada.live()
        before = len(ada.told.frames)
        post(stack.url("INGEST_PORT"), [NEW])
        feed = ada.page.get_by_role("region", name="Latest changes")
        expect(feed.get_by_role("link", name=re.compile("Meridian Harbour"))).to_be_visible(timeout=60_000)
        ada.live()
        if not any("Meridian Harbour" in frame for frame in ada.told.frames[before:]):
            yield "what is new came to the page, and not over its second socket"
        refused = [one for one in ada.told.complaints if "Content Security Policy" in one]
        if refused:
            yield f"the policy forbids what the page does: {refused[:3]}"


def headers(stack: Stack) -> Iterator[str]:
    """Caching, compression, the policy, and the pages' addresses."""
    with chromium() as browser, visit(browser) as seen:
        asset = seen.open(stack.url("WEB_PORT")).page.locator("script[src^='/assets/']").first.get_attribute("src")
    status, told = stack.answer("WEB_PORT", str(asset), **{"Accept-Encoding": "gzip"})
    if "immutable" not in told.get("Cache-Control", "") or told.get("Content-Encoding") != "gzip":
        yield f"{asset} is not kept, or not compressed: {told}"
    status, told = stack.answer("WEB_PORT", "/territories/anything")
    if (
        status != 200
        or told.get("Cache-Control") != "no-cache"
        or "default-src 'self'" not in told["Content-Security-Policy"]
    ):
        yield f"a page's address is not answered as one: {status} {told}"
    for port in ("WEB_PORT", "API_PORT"):
        status, told = stack.answer(port, "/api/sign-in")
        if status != 200 or told.get("Content-Type") != "application/json":
            yield f"the api does not answer on {port}: {status} {told}"
