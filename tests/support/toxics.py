"""What a proxied connection may suffer, by Toxiproxy's names. A toxic acts in one direction of every connection.

Each is told of the connections that it meets, and handed every chunk: it decides when, cut how and whether at all the
chunk goes on. They run on the proxy's own event loop, so none needs a lock.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

Direction = Literal["up", "down"]  # client → server, server → client
Forward = Callable[[bytes], Awaitable[None]]


class Link(Protocol):
    """One connection through the proxy, both halves."""

    def reset(self) -> None:
        """Both ends get a TCP reset; what is under way is lost."""

    def close(self) -> None:
        """Both ends get an orderly end."""

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do it after a while, unless the toxics are cleared or the connection ends before."""


class Toxic:
    """Does nothing, and is what the others differ from."""

    def meet(self, link: Link) -> None:
        """A connection that stood when the toxic came, or that came since."""

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        await forward(data)

    async def before_close(self) -> None:
        """One side has ended the connection; the other has not been told yet."""


class Latency(Toxic):
    def __init__(self, ms: float, jitter_ms: float = 0.0, seed: int = 0) -> None:
        self._ms, self._jitter_ms = ms, jitter_ms
        self._rng = random.Random(seed)

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        await asyncio.sleep(max(0.0, self._ms + self._rng.uniform(-self._jitter_ms, self._jitter_ms)) / 1_000)
        await forward(data)


class Bandwidth(Toxic):
    def __init__(self, kb_per_s: float) -> None:
        self._bytes_per_s = kb_per_s * 1_024

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        piece = max(1, int(self._bytes_per_s / 20))
        for start in range(0, len(data), piece):
            part = data[start : start + piece]
            await asyncio.sleep(len(part) / self._bytes_per_s)
            await forward(part)


class Slicer(Toxic):
    """Chunks in small pieces with a pause between them: whoever reads must put them together."""

    def __init__(self, average_bytes: int, variation: int = 0, delay_us: float = 0.0, seed: int = 0) -> None:
        self._average, self._variation, self._delay_s = average_bytes, variation, delay_us / 1_000_000
        self._rng = random.Random(seed)

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        start = 0
        while start < len(data):
            end = start + max(1, self._average + self._rng.randint(-self._variation, self._variation))
            await forward(data[start:end])
            await asyncio.sleep(self._delay_s)
            start = end


class SlowClose(Toxic):
    def __init__(self, ms: float) -> None:
        self._ms = ms

    async def before_close(self) -> None:
        await asyncio.sleep(self._ms / 1_000)


class Timeout(Toxic):
    """Nothing goes through; after `ms` the connection closes, with 0 it stays half-open."""

    def __init__(self, ms: float = 0.0) -> None:
        self._ms = ms

    def meet(self, link: Link) -> None:
        if self._ms:
            link.later(self._ms / 1_000, link.close)

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        """Swallowed."""


class ResetPeer(Toxic):
    """Each connection is reset `after_ms`, or once that many bytes have gone through."""

    def __init__(self, after_ms: float = 0.0, after_bytes: int | None = None) -> None:
        self._after_ms, self._after_bytes = after_ms, after_bytes
        self._passed: Counter[int] = Counter()

    def meet(self, link: Link) -> None:
        self._passed[id(link)] = 0
        if self._after_bytes is None:
            link.later(self._after_ms / 1_000, link.reset)

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        left = len(data) if self._after_bytes is None else self._after_bytes - self._passed[id(link)]
        await forward(data[:left])
        self._passed[id(link)] += len(data)
        if len(data) > left:
            link.reset()


class LimitData(Toxic):
    """Each connection closes in order once so many bytes have gone through."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._passed: Counter[int] = Counter()

    def meet(self, link: Link) -> None:
        self._passed[id(link)] = 0

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        left = self._limit - self._passed[id(link)]
        await forward(data[: max(0, left)])
        self._passed[id(link)] += len(data)
        if len(data) >= left:
            link.close()


class DropResponses(Toxic):
    """What the server answers is lost, though what it was asked has arrived: results are unknown. `down` only.

    The client waits until its patience ends; with `reset`, it learns at once that the connection is gone.
    """

    def __init__(self, *, reset: bool = False) -> None:
        self._reset = reset
        self.dropped_bytes = 0

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        self.dropped_bytes += len(data)
        if self._reset:
            link.reset()
