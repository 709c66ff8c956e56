"""`make bench NAME=api`: building the view, then answering from it with 20 requests in flight.

The server is a process of its own, as in production. SIZES=200000,1000000 chooses how many clients.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx

from deploy.local.ports import PortPair
from schemas.codec import encode
from services.api.adapters.store import Store
from services.api.handler import projectors
from services.api.settings import ApiSettings
from services.stream.outcome import Incoming
from services.stream.process import collect_seldom
from services.stream.sink import Position
from tests.bench.api_clients import WORDS, clients, reference, searches
from tests.bench.api_peer import facets
from tests.bench.envelope import Report, progress
from tests.support.waiting import wait_until

SEED = 7
IN_FLIGHT = 20
REQUESTS = 400
WARMING = 100
BATCH: int = ApiSettings.model_fields["batch_max"].default  # of clients and of assignments, as the loop takes them
IDS = {"reference": "r", "deduped": "d", "assigned": "a"}
AIM_MS, AIM_BUILD = 50.0, 15_000.0
AIMED = ("list", "filter", "search", "facet", "facet_of_search")


def build(path: Path, n: int) -> float:
    """Fill a view from encoded values, as the loop does; clients a second, indexes included."""
    store = Store(path, IDS)
    handlers = {handler.topic: handler for handler in projectors({})}
    now_ms = int(time.time() * 1_000)

    def put(topic: str, values: list[tuple[str, bytes]], at: int) -> None:
        batch = [Incoming(topic, 0, at + i, now_ms, key, value, []) for i, (key, value) in enumerate(values)]
        outputs = handlers[topic].handle(batch, datetime.now(UTC)).outputs
        store.commit(None, outputs, {(topic, 0): Position(at + len(values), IDS[topic])})

    put("reference", [(one.key, encode(one)) for one in reference()], 0)
    took, at, kept = 0.0, 0, list[tuple[str, bytes, bytes]]()

    def flush() -> float:
        began = time.perf_counter()
        put("deduped", [(key, client) for key, client, _ in kept], at)
        put("assigned", [(key, placed) for key, _, placed in kept], at)
        return time.perf_counter() - began

    for one in clients(n, SEED):
        kept.append(one)
        if len(kept) == BATCH:
            took += flush()
            at += len(kept)
            kept.clear()
    took += flush() if kept else 0.0
    began = time.perf_counter()
    store.settle()
    took += time.perf_counter() - began
    store.close()
    return n / took


def paths(n: int) -> dict[str, list[str]]:
    """By what is measured; the first hundred of each apart, which find nothing in memory. No search is made twice."""
    draw = random.Random(SEED)
    asked = range(WARMING + REQUESTS)
    sorts = ("name", "-aum", "-changed")
    words = searches(3 * len(asked), SEED)
    return {
        "list": [f"/api/clients?sort={draw.choice(sorts)}" for _ in asked],
        "filter": [
            f"/api/clients?territory=t{draw.randrange(60)}&tier=gold&country={draw.choice(('US', 'GB'))}" for _ in asked
        ],
        "search": [f"/api/clients?q={words[i]}" for i in asked],
        "search_of_leader": [f"/api/clients?q={words[len(asked) + i]}" for i in asked],
        "facet": [f"/api/clients/facets?territory=t{draw.randrange(60)}" for _ in asked],
        "facet_of_search": [f"/api/clients/facets?q={words[2 * len(asked) + i]}" for i in asked],
        "detail": [f"/api/clients/c_{draw.randrange(n):024x}" for _ in asked],
    }


async def ask(port: int, token: str, wanted: list[str]) -> tuple[list[float], bool]:
    """Milliseconds of each request, 20 in flight; and whether all were answered. Over plain sockets: an HTTP library's
    client would take more of the two cores than the server does."""
    took: list[float] = []
    good = True
    left = iter(wanted)
    asked = f"Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer {token}\r\n\r\n"

    async def one() -> None:
        nonlocal good
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in left:
            began = time.perf_counter()
            writer.write(f"GET {quote(path, safe='/?&=-')} HTTP/1.1\r\n{asked}".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            took.append((time.perf_counter() - began) * 1_000)
            good &= head.startswith(b"http/1.1 200 ")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))
    return took, good


def _at(sorted_ms: list[float], share: float) -> float:
    return round(sorted_ms[min(len(sorted_ms) - 1, int(share * len(sorted_ms)))], 1)


def measure(n: int, report: Report) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        view = Path(folder) / "view.sqlite"
        per_s = build(view, n)
        progress(f"{n:,} clients: built at {per_s:,.0f}/s")
        facets_ms, equal = facets(view, WORDS)
        report.checks["facets_equal"] = report.checks.get("facets_equal", True) and equal
        progress(f"  facets of a word, alone: {facets_ms} ms")
        pair = PortPair.choose()
        pair.release()
        base = f"http://127.0.0.1:{pair.first}"
        argv = [sys.executable, "-m", "tests.bench.api_server", str(view), str(pair.first)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            analyst, leader, *_ = server.stdout.readline().split()
            wait_until(lambda: _alive(base), "the server answers", 60)
            routes: dict[str, dict[str, float]] = {}
            for name, wanted in paths(n).items():
                token = leader if name.endswith("leader") else analyst
                for of, part in ((f"first_{name}", wanted[:WARMING]), (name, wanted[WARMING:])):
                    took, good = asyncio.run(ask(pair.first, token, part))
                    took.sort()
                    routes[of] = {"p50_ms": _at(took, 0.5), "p95_ms": _at(took, 0.95), "p99_ms": _at(took, 0.99)}
                    report.checks[f"{name}_answered"] = report.checks.get(f"{name}_answered", True) and good
                progress(f"  {name}: {routes[name]}, {len(took) / (sum(took) / 1_000) * IN_FLIGHT:.0f}/s")
            rss = _rss_mib(server.pid)
            server.terminate()
    result = {"clients": n, "build_per_s": round(per_s), "rss_mib": rss, "routes": routes, "in_flight": IN_FLIGHT}
    return result | {"facets_of_a_word_ms": facets_ms}


def _alive(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _rss_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1_024


def main() -> int:
    sizes = [int(size) for size in os.environ.get("SIZES", "200000").split(",")]
    collect_seldom()
    report = Report("api", SEED, 1)
    results = [measure(n, report) for n in sizes]
    first = results[0]
    routes = first["routes"]
    assert isinstance(routes, dict)
    for name in AIMED:
        got = routes[name]["p95_ms"]
        report.aims[f"{name}_p95_ms"] = (AIM_MS, got, got < AIM_MS)
    got = float(str(first["build_per_s"]))
    report.aims["build_per_s"] = (AIM_BUILD, got, got >= AIM_BUILD)
    report.result = {**first, **({"sizes": results} if len(results) > 1 else {})}
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
