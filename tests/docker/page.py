"""The dashboard through nginx: what a browser is told, and that its socket survives the loss of a replica."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import expect

from deploy.local.demo_data import post
from tests.docker.stack import Stack
from tests.support.browser import chromium, visit

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
        stack.kill("api", 1)
        post(stack.url("INGEST_PORT"), [NEW])
        feed = ada.page.get_by_role("region", name="Latest changes")
        expect(feed.get_by_role("link", name=re.compile("Meridian Harbour"))).to_be_visible(timeout=60_000)
        ada.live()
        if not ada.told.frames:
            yield "no frame came over the socket"
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
