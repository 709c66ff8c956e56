"""The running stack behind a real browser: Kafka, the stages, the api with the built dashboard, two CRMs' records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.local.ports import PortPair
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.browser import WITHIN_MS, Visit, chromium, visit
from tests.support.pipeline import Outcome, Pipeline
from tests.support.proxy import Proxy
from tests.support.stages import StageRun
from tests.support.undisturbed import PARTITIONS, Loaded
from tests.support.waiting import wait_until

PREFIX = "e2e-"
BUILT = Path("web/dist")


@dataclass(slots=True)
class Stack:
    """What a person at a screen reaches, and what a CRM posts to."""

    pipeline: Pipeline
    api: StageRun
    url: str
    ingest_url: str
    issuer_url: str
    line: Proxy
    outcome: Outcome

    @property
    def line_url(self) -> str:
        """The same pages, over a line that a test may cut."""
        return f"http://{self.line.address}"

    def post(self, *events: dict[str, object]) -> None:
        answer = httpx.post(f"{self.ingest_url}/events", json=list(events), timeout=30)
        assert answer.status_code == 202, answer.text

    def get(self, user: str, path: str) -> httpx.Response:
        """What somebody is answered, signed in by their username."""
        token = httpx.post(f"{self.issuer_url}/token", json={"username": user}).json()["access_token"]
        return httpx.get(self.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="package")
def stack(loaded: Loaded, broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    assert (BUILT / "index.html").exists(), "the dashboard is not built: make web/dist/index.html"
    folder = tmp_path_factory.mktemp("e2e")
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=PREFIX, partitions=PARTITIONS)
    pairs = PortPair.choose(), PortPair.choose()  # both held until both are chosen, else they may be the same
    for pair in pairs:
        pair.release()
    port, ingest_port = (pair.first for pair in pairs)
    url, issuer_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    issuer = StageRun("deploy.local.issuer", settings, folder / "issuer.log", arguments=("--port", str(port + 1)))
    with Proxy("127.0.0.1", port) as line, Pipeline(settings, folder) as pipeline:
        env = _api_env(port, issuer_url, folder, [url, f"http://{line.address}"])
        api = StageRun("services.api", settings, folder / "api.log", env)
        issuer.start()
        ingest_url = pipeline.start_ingest(ingest_port)
        pipeline.send(loaded.raw)
        found = Stack(pipeline, api, url, ingest_url, issuer_url, line, pipeline.settle())
        api.start()
        try:
            wait_until(found.ready, f"the api is ready: {api.log}", seconds=60)
            yield found
        finally:
            api.kill()
            issuer.kill()


def _api_env(port: int, issuer_url: str, folder: Path, origins: list[str]) -> dict[str, str]:
    return {
        "CADASTRE_API_PORT": str(port),
        "CADASTRE_ISSUER": issuer_url,
        "CADASTRE_ISSUER_IS_LOCAL": "true",
        "CADASTRE_SECRET": "a secret for tests only",
        "CADASTRE_VIEW": str(folder / "view.sqlite"),
        "CADASTRE_WEB": str(BUILT.resolve()),
        "CADASTRE_ORIGINS": json.dumps(origins),
        "CADASTRE_SOCKETS_PER_PERSON": "20",  # one person is at many screens in these tests, and opens many pages
        "CADASTRE_WRITES_PER_MINUTE": "1000",
    }


expect.set_options(timeout=WITHIN_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: while it lives its event loop runs in this thread, where other tests start their own."""
    with chromium() as running:
        yield running


Visits = Callable[..., Visit]


@pytest.fixture
def screen(stack: Stack, browser: Browser) -> Iterator[Visits]:
    """Opens a page as somebody: `screen("Ada", "/clients")`. All are closed after the test."""
    with ExitStack() as opened:

        def open_as(
            name: str, path: str = "/", *, at: str = "", dark: bool = False, width: int = 1_440, live: bool = True
        ) -> Visit:
            seen = opened.enter_context(visit(browser, dark=dark, width=width))
            seen.open((at or stack.url) + path).sign_in(name)
            return seen.live() if live else seen

        yield open_as
        stack.line.clear()  # else one failure would be that of all tests behind it
