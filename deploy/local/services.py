"""Which processes make up Cadastre on one machine, and how each is started."""

from __future__ import annotations

import json
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.ports import PortPair
from deploy.local.supervisor import Supervisor

READY_WITHIN_S = 60.0
INGEST_PORT = 8_080
API_PORT = 8_000
DASHBOARD = Path("web/dist")  # once it is built
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Layout:
    """How many replicas of each stage. Ingest is one: it keeps no state, so a second would only need a balancer."""

    dedupe: int = 1
    assign: int = 1
    loader: int = 1

    def stages(self) -> Mapping[str, int]:
        return {"dedupe": self.dedupe, "assign": self.assign, "loader": self.loader}


@dataclass(frozen=True, slots=True)
class Running:
    """Where the services answer."""

    ingest_url: str
    api_url: str
    issuer_url: str
    names: tuple[str, ...]


def start_services(supervisor: Supervisor, env: Mapping[str, str], layout: Layout) -> Running:
    """Start every service under its stable name. Its log is named after it."""
    port = PortPair.prefer(INGEST_PORT)
    names = ["ingest"]
    supervisor.start(
        "ingest", [sys.executable, "-m", "services.ingest"], {**env, "CADASTRE_HTTP_PORT": str(port.first)}
    )
    for stage, replicas in layout.stages().items():
        for ordinal in range(replicas):
            names.append(f"{stage}-{ordinal}")
            supervisor.start(
                names[-1], [sys.executable, "-m", f"services.{stage}"], {**env, "CADASTRE_ORDINAL": str(ordinal)}
            )
    supervisor.start("pulse-0", [sys.executable, "-m", "services.api.pulse"], env)
    api = start_api(supervisor, env)
    return Running(f"http://127.0.0.1:{port.first}", api.url, api.issuer_url, (*names, "pulse-0", "issuer", "api-0"))


@dataclass(frozen=True, slots=True)
class Api:
    """Where the api answers, and who issues its tokens."""

    url: str
    issuer_url: str


def start_api(supervisor: Supervisor, env: Mapping[str, str]) -> Api:
    """The local issuer and one api, side by side."""
    pair = PortPair.prefer(API_PORT)
    url, issuer = (f"http://127.0.0.1:{port}" for port in (pair.first, pair.first + 1))
    supervisor.start("issuer", [sys.executable, "-m", "deploy.local.issuer", "--port", str(pair.first + 1)], env)
    own = {
        "CADASTRE_API_PORT": str(pair.first),
        "CADASTRE_ISSUER": issuer,
        "CADASTRE_ISSUER_IS_LOCAL": "true",
        "CADASTRE_SECRET": secrets.token_hex(16),
        "CADASTRE_VIEW": str(supervisor.logs.parent / "demo" / "view.sqlite"),
        "CADASTRE_ORIGINS": json.dumps([url, "http://127.0.0.1:5173", "http://localhost:5173"]),
    }
    if is_built():
        own["CADASTRE_WEB"] = str(DASHBOARD.resolve())
    supervisor.start("api-0", [sys.executable, "-m", "services.api"], {**env, **own})
    return Api(url, issuer)


def is_built() -> bool:
    return (DASHBOARD / "index.html").is_file()


def wait_ready(supervisor: Supervisor, url: str) -> None:
    """Return once `url`/readyz answers 200, keeping the children alive meanwhile."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        supervisor.run_once()
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError) as refusal:
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{url} was not ready within {READY_WITHIN_S:.0f} s: {refusal}", "see .run/logs"
                ) from None
        time.sleep(_POLL_S)
