"""SeaweedFS and fakesnow as children: what stands in for AWS S3 and Snowflake on this machine.

The services reach both by their ordinary clients; what they are told is `environment`. Both programs live in
.venv-emulators, which make sets up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.ports import PortPair, is_open
from deploy.local.supervisor import Supervisor

EMULATORS = Path(".venv-emulators/bin")
ACCESS_KEY, SECRET_KEY = "cadastre", "cadastre-local"
READY_WITHIN_S = 60.0
_POLL_S = 0.05
_SERVER = Path(__file__).parent / "emulators" / "fakesnow_server.py"
_IDENTITY = {
    "name": "local",
    "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}


@dataclass(frozen=True, slots=True)
class LocalWarehouse:
    """Where the two answer. The ports stay claimed for as long as this is held."""

    s3_port: int
    snowflake_port: int
    ports: tuple[PortPair, ...]

    def environment(self, *, s3_port: int | None = None, snowflake_port: int | None = None) -> dict[str, str]:
        """What a service is told; other ports where something stands between."""
        return {
            "CADASTRE_S3_ENDPOINT": f"http://127.0.0.1:{s3_port or self.s3_port}",
            "CADASTRE_S3_ACCESS_KEY": ACCESS_KEY,
            "CADASTRE_S3_SECRET_KEY": SECRET_KEY,
            "CADASTRE_WAREHOUSE_HOST": "127.0.0.1",
            "CADASTRE_WAREHOUSE_PASSWORD": "local",
            "CADASTRE_WAREHOUSE_PORT": str(snowflake_port or self.snowflake_port),
            "CADASTRE_WAREHOUSE_PROTOCOL": "http",
            "CADASTRE_WAREHOUSE_EMULATED": "true",
            # One database for the three: the stand-in has no transaction over several.
            "CADASTRE_RAW_DATABASE": "CADASTRE",
            "CADASTRE_STAGE_DATABASE": "CADASTRE",
            "CADASTRE_CORE_DATABASE": "CADASTRE",
        }


def start_warehouse(supervisor: Supervisor, folder: Path) -> LocalWarehouse:
    """Start both under the supervisor, with their data in `folder`; returns once both answer."""
    if not (EMULATORS / "fakesnow").exists():
        raise LocalError("the stand-ins for S3 and Snowflake are not installed", "make .venv-emulators/ready")
    (folder / "s3").mkdir(parents=True, exist_ok=True)
    identities = folder / "s3.json"
    identities.write_text(json.dumps({"identities": [_IDENTITY]}))
    pairs = [PortPair.choose() for _ in range(4)]
    s3, snowflake = pairs[0].first, pairs[0].first + 1
    inner = [port for pair in pairs[1:] for port in (pair.first, pair.first + 1)]
    supervisor.start("s3", _weed(folder / "s3", identities, s3, inner), {"WEED_S3_SSE_KEY": "local-only"})
    _await(supervisor, lambda: is_open(s3), "the S3 server")
    served = [EMULATORS / "python", _SERVER, f"127.0.0.1:{snowflake}", f"http://127.0.0.1:{s3}", ACCESS_KEY, SECRET_KEY]
    supervisor.start("warehouse", [str(one) for one in (*served, folder / "warehouse")])
    _await(supervisor, lambda: is_open(snowflake), "the warehouse")
    return LocalWarehouse(s3, snowflake, tuple(pairs))


def _weed(data: Path, identities: Path, s3_port: int, inner: list[int]) -> list[str]:
    master, volume, filer, admin, *_ = inner
    return [
        str(EMULATORS / "weed"),
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.port={s3_port}",
        f"-s3.config={identities}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-webdav=false",
        "-admin.ui=false",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        f"-admin.port={admin}",
    ]


def _await(supervisor: Supervisor, answers: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not answers():
        supervisor.run_once()
        if time.monotonic() > deadline:
            raise LocalError(f"{what} did not answer within {READY_WITHIN_S:.0f} s", "see its log in the logs folder")
        time.sleep(_POLL_S)
