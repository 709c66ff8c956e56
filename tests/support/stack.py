"""The running stack that a person at a screen reaches: Kafka, stages, an issuer, the api with the built dashboard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.ports import PortPair
from services.stream.settings import StreamSettings
from tests.support.pipeline import Outcome, Pipeline, RawRecord
from tests.support.proxy import Proxy
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

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


@contextmanager
def running_stack(settings: StreamSettings, raw: Sequence[RawRecord], folder: Path) -> Iterator[Stack]:
    """Its services as processes, ended with it, these records resolved and assigned. The broker is the caller's."""
    assert (BUILT / "index.html").exists(), "the dashboard is not built: make web/dist/index.html"
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
        pipeline.send(raw)
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
