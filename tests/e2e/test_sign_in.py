"""Sign-in as production has it: at an issuer of its own page, by an authorization code with PKCE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.api_server import a_port
from tests.support.browser import visit
from tests.support.stack import BUILT, Stack
from tests.support.stages import StageRun
from tests.support.waiting import wait_until


@pytest.fixture
def production(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """A second api over the same log, which calls the issuer somebody else's."""
    port = a_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "CADASTRE_API_PORT": str(port),
        "CADASTRE_ORDINAL": "1",
        "CADASTRE_ISSUER": stack.issuer_url,
        "CADASTRE_SECRET": "a secret for tests only",
        "CADASTRE_VIEW": str(tmp_path / "view.sqlite"),
        "CADASTRE_WEB": str(BUILT.resolve()),
    }
    api = StageRun("services.api", stack.pipeline.settings, tmp_path / "api.log", env).start()
    try:
        wait_until(lambda: _ready(url), f"the api is ready: {api.log}", seconds=60)
        yield url
    finally:
        api.kill()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_a_person_signs_in_at_the_issuer_and_comes_back_to_where_they_were(production: str, browser: Browser) -> None:
    with visit(browser) as seen:
        seen.open(f"{production}/advisors?sort=name")
        seen.page.get_by_role("button", name="Sign in").click()
        seen.page.get_by_role("link", name="Lena Brandt").click()
        seen.live()
        expect(seen.page).to_have_url(re.compile(r"/advisors\?sort=name$"))
        expect(seen.page.get_by_title(re.compile("limited to: Europe"))).to_be_visible()


def test_a_code_that_was_meant_for_another_signs_nobody_in(production: str, browser: Browser) -> None:
    with visit(browser) as seen:
        seen.open(production)
        seen.page.get_by_role("button", name="Sign in").click()
        seen.page.get_by_role("link", name="Lena Brandt").wait_for()
        seen.open(f"{production}/?code=stolen&state=of-another")
        expect(seen.page.get_by_role("alert")).to_contain_text("It did not work")
        expect(seen.page.get_by_role("button", name="Sign in")).to_be_enabled()
