"""A TCP proxy that makes a connection suffer: `with Proxy(host, port) as proxy: proxy.add(Latency(500), "down")`.

It runs on a thread of its own; its calls return once they have taken effect. What it does to connections is in
`tests/support/toxics.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from tests.support.toxics import Direction, Forward, Toxic

CHUNK = 1_048_576
_CALL_SECONDS = 10.0
_LINGER_0 = struct.pack("ii", 1, 0)  # closing then sends a reset
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Placed:
    toxic: Toxic
    direction: Direction


class Connection:
    """One client's connection and its counterpart to the server."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.timers: list[asyncio.TimerHandle] = []

    def reset(self) -> None:
        for writer in (self.client, self.server):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
            writer.transport.abort()
        self.forget_timers()

    def close(self) -> None:
        for writer in (self.client, self.server):
            writer.close()
        self.forget_timers()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self.timers.append(asyncio.get_running_loop().call_later(seconds, act))

    def forget_timers(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Proxy:
    """Listens on `port` for as long as the `with` block lasts, also while the server is away."""

    def __init__(self, upstream_host: str, upstream_port: int, port: int = 0) -> None:
        self.port = port
        self.connections = 0  # accepted so far
        self._upstream = (upstream_host, upstream_port)
        self._placed: tuple[Placed, ...] = ()
        self._links: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, toxic: Toxic, *directions: Direction) -> None:
        """It acts on the connections that stand and on all to come, behind the toxics that are there already."""
        self._call(self._add(toxic, directions))

    def clear(self) -> None:
        """Every toxic goes, and what was down is up."""
        self._call(self._clear())

    def cut(self) -> None:
        """Every connection that stands is reset; new ones are taken."""
        self._call(self._cut())

    def down(self) -> None:
        """Every connection is reset and new ones are refused, until `clear`."""
        self._call(self._down())

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()

    def _call(self, doing: Coroutine[None, None, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(_CALL_SECONDS)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=CHUNK)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _add(self, toxic: Toxic, directions: tuple[Direction, ...]) -> None:
        self._placed += tuple(Placed(toxic, direction) for direction in directions)
        for link in tuple(self._links):
            toxic.meet(link)

    async def _clear(self) -> None:
        self._placed = ()
        for link in self._links:
            link.forget_timers()
        await self._listen()

    async def _cut(self) -> None:
        for link in tuple(self._links):
            link.reset()

    async def _down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _end(self) -> None:
        await self._down()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            server_in, server_out = await asyncio.open_connection(*self._upstream, limit=CHUNK)
        except OSError:
            client_out.transport.abort()
            return
        link = Connection(client_out, server_out)
        self._links.add(link)
        for toxic in dict.fromkeys(placed.toxic for placed in self._placed):
            toxic.meet(link)
        try:
            await asyncio.gather(
                self._pump(client_in, server_out, link, "up"), self._pump(server_in, client_out, link, "down")
            )
        finally:
            link.close()
            self._links.discard(link)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: Connection, direction: Direction
    ) -> None:
        """Until one side ends or breaks the connection; then the other is told the same."""

        async def deliver(data: bytes) -> None:
            if not sink.is_closing():
                sink.write(data)
                await sink.drain()

        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                await self._through(link, direction, deliver)(data)
            for placed in self._placed:
                if placed.direction == direction:
                    await placed.toxic.before_close()
        link.close()

    def _through(self, link: Connection, direction: Direction, deliver: Forward) -> Forward:
        """The toxics of this direction, one behind the other, as they are placed right now."""
        forward = deliver
        for placed in reversed(self._placed):
            if placed.direction == direction:
                forward = _behind(placed.toxic, link, direction, forward)
        return forward


def _behind(toxic: Toxic, link: Connection, direction: Direction, forward: Forward) -> Forward:
    def go(data: bytes) -> Awaitable[None]:
        return toxic.pass_on(data, link, direction, forward)

    return go
