"""The api over a filled view, as a process of its own, while clients change at a steady rate."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.ports import PortPair
from tests.bench.api import build
from tests.support.waiting import wait_until


@contextmanager
def changing(clients: int, per_s: int, seconds: int) -> Iterator[tuple[str, list[str]]]:
    """Where it answers, and tokens: of who sees all, then of four regions' leaders."""
    with tempfile.TemporaryDirectory() as folder:
        view = Path(folder) / "view.sqlite"
        build(view, clients)
        pair = PortPair.choose()
        pair.release()
        base = f"http://127.0.0.1:{pair.first}"
        told = [str(view), *(str(number) for number in (pair.first, per_s, clients, seconds))]
        argv = [sys.executable, "-m", "tests.bench.api_server", *told]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            tokens = server.stdout.readline().split()
            try:
                wait_until(lambda: _alive(base), "the server answers", 60)
                yield base, tokens
            finally:
                server.terminate()


def _alive(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz").status_code == 200
    except httpx.TransportError:
        return False
