"""`make bench NAME=live`: 200 sockets that follow what changes while 200 clients a second move.

Latency is from the change's append time to the frame's arrival (`event_ts`, of the oldest change in the frame). At the
end every follower holds what a fresh snapshot holds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import ClientConnection, connect

from services.api.frames import Delta
from tests.bench.changing import changing
from tests.bench.envelope import Report, progress
from tests.support.api_server import Follower, decode

SEED, SOCKETS, RATE, SECONDS, CLIENTS = 7, 200, 200, 60, 20_000
CHANNELS = ("clients", "advisors", "territories", "moves")
AIM_MS = 500.0


@dataclass
class Told:
    """What all sockets were told."""

    ms: list[float] = field(default_factory=list)
    frames: int = 0
    coalesced: int = 0
    gaps: int = 0


async def follow(http: httpx.AsyncClient, token: str, told: Told, until: float) -> dict[str, Follower]:
    answer = await http.post("/api/ws-tickets", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    followers = {name: Follower(name) for name in CHANNELS}
    url = f"ws://{http.base_url.netloc.decode()}/ws?ticket={answer.json()['ticket']}"
    async with connect(url, max_size=None, open_timeout=60) as socket:
        for name in CHANNELS:
            await socket.send(json.dumps({"type": "subscribe", "ch": name}))
        await _read(socket, followers, told, until)
    return followers


async def _read(socket: ClientConnection, followers: dict[str, Follower], told: Told, until: float) -> None:
    while time.time() < until:
        try:
            async with asyncio.timeout(max(0.1, until - time.time())):
                text = await socket.recv()
        except TimeoutError:
            return
        arrived = time.time()
        frame = decode(text)
        told.frames += 1
        if isinstance(frame, Delta):
            told.ms.append((arrived - frame.event_ts.timestamp()) * 1_000)
            told.coalesced += frame.coalesced
            told.gaps += followers[frame.ch].take(frame)
        else:
            for follower in followers.values():
                follower.take(frame)


async def measure(base: str, tokens: list[str], seconds: int) -> tuple[Told, bool]:
    told, until = Told(), time.time() + seconds + 10
    equal = True
    async with httpx.AsyncClient(base_url=base) as http:  # one: each takes longer to make than a socket to open
        work = [follow(http, tokens[i % len(tokens)], told, until) for i in range(SOCKETS)]
        held = await asyncio.gather(*work)
        for i, token in enumerate(tokens):
            fresh = await follow(http, token, Told(), time.time() + 3)
            for name in ("advisors", "territories"):
                equal &= all(one[name].state == fresh[name].state for one in held[i :: len(tokens)])
    return told, equal


def main() -> int:
    seconds = int(os.environ.get("SECONDS", str(SECONDS)))
    report = Report("live", SEED, 1)
    with changing(CLIENTS, RATE, seconds) as (base, tokens):
        told, equal = asyncio.run(measure(base, tokens, seconds))
    told.ms.sort()
    p50, p99 = (round(told.ms[int(share * len(told.ms))], 1) for share in (0.5, 0.99))
    progress(f"{told.frames:,} frames, p50 {p50} ms, p99 {p99} ms")
    report.checks = {"state_equal": equal, "no_gap": told.gaps == 0}
    report.aims["p99_ms"] = (AIM_MS, p99, p99 < AIM_MS)
    report.result = {
        "sockets": SOCKETS,
        "changes_per_s": RATE,
        "seconds": seconds,
        "frames": told.frames,
        "p50_ms": p50,
        "p99_ms": p99,
        "coalesced": told.coalesced,
    }
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
