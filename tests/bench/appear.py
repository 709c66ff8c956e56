"""`make bench NAME=appear`: from a change that a CRM posts until it stands on an open page, through everything.

A real Kafka, ingest, dedupe, assign and the api, and the Dashboard in a real browser. The page itself notes when a
client's name has come into it, by the same clock as the one by which it was posted.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

from deploy.local.kafka import Broker
from services.stream.settings import StreamSettings
from tests.bench.demo_records import raw_records
from tests.bench.envelope import Report, progress
from tests.support.browser import chromium, visit
from tests.support.stack import Stack, running_stack

SEED, RECORDS, POSTED, PER_S = 7, 5_000, 200, 5
AIM_MS = 1_000.0
_NOTING = """
window.came = {};
new MutationObserver(() => {
  for (const link of document.querySelectorAll("a")) {
    const found = /Appearing ([a-z]{9})/.exec(link.textContent);
    if (found) window.came[found[1]] ??= Date.now();
  }
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


def main() -> int:
    report = Report("appear", SEED, 1)
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka") as broker:
        settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix="appear-")
        progress(f"appear: {RECORDS:,} records first")
        with (
            running_stack(settings, raw_records(RECORDS, SEED), Path(folder)) as stack,
            chromium() as browser,
            visit(browser) as seen,
        ):
            seen.page.add_init_script(_NOTING)
            seen.open(stack.url).sign_in("Ada").live()
            took = sorted(_appearing(stack, seen.page).values())
            complaints = list(seen.told.complaints)
    report.checks |= {"all_appeared": len(took) == POSTED, "no_complaint": not complaints}
    p50, p99 = (round(took[int(share * len(took))], 1) for share in (0.5, 0.99))
    report.result = {"posted": POSTED, "per_s": PER_S, "p50_ms": p50, "p99_ms": p99, "max_ms": round(took[-1], 1)}
    report.aims["p99_ms"] = (AIM_MS, p99, p99 < AIM_MS)
    progress(f"appear: {report.result}")
    return report.close()


def _appearing(stack: Stack, page: Page) -> Mapping[str, float]:
    """By client, how many milliseconds after it was posted it stood on the page."""
    names, posted = _names(), dict[str, float]()
    for number, name in enumerate(names):
        posted[name] = time.time() * 1_000
        stack.post(_client(name, number))
        page.wait_for_timeout(1_000 / PER_S)
    page.wait_for_function("count => Object.keys(came).length >= count", arg=POSTED)
    came = json.loads(page.evaluate("JSON.stringify(came)"))
    return {name: came[name] - at for name, at in posted.items() if name in came}


def _names() -> list[str]:
    """So unlike each other that each is a client of its own."""
    draw = random.Random(SEED)
    return ["".join(draw.choices("bcdfghjklmnprstvz", k=9)) for _ in range(POSTED)]


def _client(name: str, number: int) -> dict[str, object]:
    return {
        "op": "upsert",
        "source": "salesforce",
        "record_id": f"001APPEAR{number:09d}",
        "fields": {"name": f"Appearing {name}", "country": "GB"},
        "version": {"time": "2026-06-01T09:00:00Z", "sequence": number},
    }


if __name__ == "__main__":
    sys.exit(main())
