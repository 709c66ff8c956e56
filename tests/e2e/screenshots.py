"""Pictures of the four pages for web/screenshots: `python -m tests.e2e.screenshots [URL]`.

From a demo that runs and to which changes come: a register in which nothing moves is not what people will see.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.browser import Visit, chromium, visit

FOLDER = Path("web/screenshots")
PAGES = {
    "dashboard": "/",
    "territories": "/territories/us-texas",
    "clients": "/clients?sort=-aum",
    "advisors": "/advisors",
}
SIZES = {1_440: 1_000, 390: 844}
SETTLES_MS = 1_500  # charts are drawn after their rows are there
CHANGES, COMES_MS = 8, 300_000
_COUNT_CHANGES = """feed => {
  window.changes = 0;
  new MutationObserver(seen => { window.changes += seen.reduce((sum, one) => sum + one.addedNodes.length, 0); })
    .observe(feed, { childList: true, subtree: true });
}"""


def main(base: str) -> None:
    with chromium() as browser:
        for dark in (False, True):
            for width, height in SIZES.items():
                with visit(browser, dark=dark, width=width, height=height) as seen:
                    seen.open(base).sign_in("Ada").live()
                    theme = "dark" if dark else "light"
                    for name, path in PAGES.items():
                        seen.open(base + path).live()
                        if name == "dashboard":
                            _until_changes_come(seen)
                        _shoot(seen, f"{name}-{width}-{theme}")
                    if width == max(SIZES):
                        _below(seen, base, theme)
                        _panel(seen, base, theme)


def _until_changes_come(seen: Visit) -> None:
    seen.page.get_by_role("region", name="Latest changes").evaluate(_COUNT_CHANGES)
    seen.page.wait_for_function("most => window.changes >= most", arg=CHANGES, timeout=COMES_MS)


def _below(seen: Visit, base: str, theme: str) -> None:
    """What a large screen shows of the Dashboard once it is scrolled down."""
    seen.open(base).live()
    seen.page.get_by_role("heading", name="Balance of advisors").evaluate("it => it.scrollIntoView()")
    _shoot(seen, f"dashboard-below-{theme}")


def _panel(seen: Visit, base: str, theme: str) -> None:
    """Why these records are one client, and why it is where it is, of the largest client with several records."""
    seen.open(f"{base}/clients?sort=-aum").live()
    seen.page.get_by_role("table", name="Clients").get_by_role("link").first.click()
    seen.page.get_by_role("tab", name="Why one client").click()
    _shoot(seen, f"evidence-{theme}")
    seen.page.get_by_role("tab", name="Why this territory").click()
    _shoot(seen, f"reasons-{theme}")


def _shoot(seen: Visit, name: str) -> None:
    seen.page.wait_for_load_state("networkidle")
    seen.page.wait_for_timeout(SETTLES_MS)
    seen.page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=72)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
