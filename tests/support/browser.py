"""A real Chromium, the dashboard in it, and everything that a page was told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Response, WebSocket, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = Path("web/node_modules/axe-core/axe.min.js")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
WITHIN_MS = 30_000  # how long a page may take on a busy machine before a test calls it broken


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser. Raises `LookupError` where none is installed."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise LookupError(f"no browser on the path ({', '.join(NAMES)}): `make browser` installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Told:
    """All that reached the page: answers of the api, frames of sockets, and what the page complained about."""

    answers: list[Response] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def everything(self) -> str:
        """In one text: addresses, headers and bodies of the answers, and the frames."""
        return "\n".join([*(f"{one.url} {one.headers} {_body(one)}" for one in self.answers), *self.frames])


@dataclass(slots=True)
class Visit:
    """One person at one screen."""

    context: BrowserContext
    page: Page
    told: Told

    def open(self, url: str) -> Visit:
        self.page.goto(url)
        return self

    def sign_in(self, name: str) -> Visit:
        """As one of the local issuer's people; waits until the shell is there."""
        self.page.get_by_role("button", name=name).click()
        self.page.get_by_role("navigation", name="Pages").wait_for()
        return self

    def live(self) -> Visit:
        """Waits until the page says that it is live."""
        self.page.locator("[data-state-live=live]").wait_for()
        return self

    def heard(self, text: str) -> bool:
        """Whether a frame has said this by now."""
        self.page.evaluate("null")  # what has come is taken in only while the browser is asked something
        return any(text in frame for frame in self.told.frames)

    def in_theme(self, theme: Literal["light", "dark"]) -> Visit:
        """As the device asks for it; waits until the colours have changed and what was opened has come in."""
        self.page.emulate_media(color_scheme=theme)
        self.page.wait_for_function(
            "dark => document.documentElement.classList.contains('dark') === dark"
            " && !document.getAnimations().some(one => one.playState === 'running'"
            " && one.effect.getComputedTiming().endTime !== Infinity)",
            arg=theme == "dark",
        )
        return self

    def violations(self, *, of: str = "html", besides: Sequence[str] = ()) -> list[str]:
        """What axe finds wrong in a part of the page, in a line each, without what these rules of it say."""
        self.page.add_script_tag(path=AXE)
        off = {rule: {"enabled": False} for rule in besides}
        found = self.page.evaluate("async ([of, rules]) => (await axe.run(of, { rules })).violations", [of, off])
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@contextmanager
def visit(
    browser: Browser, *, dark: bool = False, width: int = 1_440, height: int = 900, obeys_csp: bool = False
) -> Iterator[Visit]:
    """A screen of its own, with nothing remembered. `violations` puts a script in, which the page's policy forbids."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        bypass_csp=not obeys_csp,
    )
    context.set_default_timeout(WITHIN_MS)
    page, told = context.new_page(), Told()

    def answered(response: Response) -> None:
        if "/api/" in response.url and response.request.method != "OPTIONS":
            told.answers.append(response)  # read later: a handler must not wait for the browser

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: told.frames.append(str(payload)))

    page.on("response", answered)
    page.on("websocket", opened)
    page.on("pageerror", lambda error: told.complaints.append(str(error)))
    page.on("console", lambda said: told.complaints.append(said.text) if said.type == "error" else None)
    try:
        yield Visit(context, page, told)
    finally:
        context.close()


def _body(response: Response) -> str:
    return "" if response.status in (204, 304) else response.text()
