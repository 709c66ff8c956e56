"""`make bench NAME=page`: the Dashboard and Clients in a real browser while 200 clients a second move.

Counted after a page has settled: the longest task of its main thread (what a person feels as a page that hangs) and
its heap before and after, each after a garbage collection. At the end the page shows what the api answers.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.bench.changing import changing
from tests.bench.envelope import Report, progress
from tests.support.browser import Visit, chromium, visit
from tests.support.waiting import wait_until

SEED, RATE, SECONDS, CLIENTS = 7, 200, 60, 20_000
SETTLES_S = 8  # the first seconds are those of a page that loads, and of a browser that compiles it
TASK_MS, GROWTH_MIB = 100.0, 20.0  # more is a page that hangs, or one that cannot stay open all day
Ask = Callable[[str], Any]
Shows = Callable[[Page, Ask], bool]
# Sign-in is not what is measured; and a task longer than 50 ms is told by the browser itself.
_BEFORE = """
sessionStorage.setItem("cadastre.session", {session});
window.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
  .observe({{ type: "longtask" }});
"""


def main() -> int:
    seconds = int(os.environ.get("SECONDS", str(SECONDS)))
    report = Report("page", SEED, 1)
    report.result = {"changes_per_s": RATE, "seconds": seconds}
    for name, (path, shows) in PAGES.items():
        _watch(report, name, path, shows, seconds)
    return report.close()


def _watch(report: Report, name: str, path: str, shows: Shows, seconds: int) -> None:
    served = changing(CLIENTS, RATE, seconds + SETTLES_S)
    with served as (base, (token, *_)), chromium() as browser, visit(browser) as seen:
        _open(seen, base + path, token)
        longest, growth = measure(seen.page, seconds)
        _until_it_shows_what_the_api_answers(seen.page, base, token, shows)
        frames, complaints = len(seen.told.frames), list(seen.told.complaints)
    progress(f"{name}: longest task {longest} ms, heap {growth:+} MiB, {frames} frames; complaints: {complaints}")
    report.checks |= {
        f"{name}_state_equal": True,
        f"{name}_no_complaint": not complaints,
        f"{name}_was_live": frames > seconds,
        f"{name}_no_long_task": longest <= TASK_MS,
        f"{name}_flat_heap": growth < GROWTH_MIB,
    }
    report.result |= {f"{name}_frames": frames, f"{name}_longest_task_ms": longest, f"{name}_heap_growth_mib": growth}


def _open(seen: Visit, url: str, token: str) -> None:
    session = json.dumps({"token": token, "expiresAt": int(time.time() + 3_000) * 1_000, "username": "ada"})
    seen.page.add_init_script(_BEFORE.format(session=json.dumps(session)))
    seen.open(url).live()


def measure(page: Page, seconds: int) -> tuple[float, float]:
    """The longest task in milliseconds (0: none over 50), and what the heap grew by in MiB."""
    page.wait_for_timeout(SETTLES_S * 1_000)
    before = _heap_mib(page)
    page.evaluate("longTasks.length = 0")
    for left in range(seconds, 0, -10):
        progress(f"{left} s left")
        page.wait_for_timeout(min(left, 10) * 1_000)
    tasks = page.evaluate("longTasks")
    return round(max(tasks, default=0.0), 1), round(_heap_mib(page) - before, 1)


def _heap_mib(page: Page) -> float:
    cdp = page.context.new_cdp_session(page)
    cdp.send("HeapProfiler.collectGarbage")
    used = float(cdp.send("Runtime.getHeapUsage")["usedSize"]) / 2**20
    cdp.detach()
    return used


def _until_it_shows_what_the_api_answers(page: Page, base: str, token: str, shows: Shows) -> None:
    """Once no more changes come."""

    def ask(path: str) -> Any:
        return httpx.get(base + path, headers={"Authorization": f"Bearer {token}"}, timeout=30).json()

    page.mouse.move(0, 0)  # a list under a hand stands still
    wait_until(lambda: shows(page, ask), "the page shows what the api answers", 60)


def _figures(page: Page, ask: Ask) -> bool:
    moves = next(figure["value"] for figure in ask("/api/stats")["figures"] if figure["key"] == "moves_24h")
    return page.locator("[data-figure=moves_24h]").inner_text() == f"{int(moves):,}"


def _newest(page: Page, ask: Ask) -> bool:
    rows = page.eval_on_selector_all("[data-client]", "rows => rows.map(row => row.dataset.client)")
    return (
        bool(rows) and rows == [row["id"] for row in ask("/api/clients?sort=-changed&limit=100")["items"]][: len(rows)]
    )


PAGES: dict[str, tuple[str, Shows]] = {
    "dashboard": ("/", _figures),
    "clients": ("/clients?sort=-changed", _newest),
}

if __name__ == "__main__":
    sys.exit(main())
