"""Every tick: what the view's commits changed becomes one delta for each channel of each scope that somebody follows.

What channels hold is read through the scope; of a commit only those changes count that the scope covers, before or
after. Rows are read and encoded on a thread, channels are told on the event loop.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime

from services.api.adapters.store import Committed
from services.api.clients import Clients
from services.api.frames import Upsert
from services.api.live.channel import Channel
from services.api.live.desk import CLIENT, PIPELINE, Desk, Found, Waiting
from services.api.live.rows_of import TABLES, client_ops, tables
from services.api.metrics import TICK_FAULTS
from services.api.places import Places
from services.api.scope import Scope
from services.stream import logs
from services.stream.clock import Clock


class Hub:
    """Lives on the server's event loop; `took` may be called from the loop's thread."""

    def __init__(self, places: Places, clients: Clients, clock: Clock, tick_s: float) -> None:
        self._places = places
        self._clients = clients
        self._clock = clock
        self._tick_s = tick_s
        self._desks: dict[str, Desk] = {}
        self._lock = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ticked: Callable[[], None] = lambda: None  # sessions look again
        self.regions_changed: Callable[[], None] = lambda: None
        self.strip: Callable[[Scope], bytes] | None = None  # the row of `pipeline`

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        hour = 0
        while True:
            await asyncio.sleep(self._tick_s)
            now = self._clock.now()
            if int(now.timestamp()) // 3_600 != hour:
                hour = int(now.timestamp()) // 3_600  # the day behind the figures has moved on
                for desk in self._desks.values():
                    desk.waiting.reread = True
            await self.tick(now)

    def took(self, committed: Committed) -> None:
        """A commit of the view."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.take, committed)

    def take(self, committed: Committed) -> None:
        for desk in self._desks.values():
            desk.note(committed)
        if committed.statements:
            self.regions_changed()

    async def follow(self, scope: Scope, name: str) -> Channel:
        """The channel of this name, one follower more. One that is new holds the present."""
        async with self._lock:
            desk = self._desks.setdefault(scope.key, Desk(scope))  # first: from here on it notes what is committed
            known = desk.channels.get(name)
            return desk.join(known if known is not None else await self._filled(desk, name))

    def leave(self, scope: Scope, name: str) -> None:
        self._desks[scope.key].leave(name)

    async def tick(self, now: datetime) -> None:
        """Tell what waits."""
        told = False
        async with self._lock:
            for key, desk in list(self._desks.items()):
                desk.prune()
                if not desk.channels:
                    del self._desks[key]
                elif desk.waiting or PIPELINE in desk.channels:
                    told |= await self._told(desk, now)
        if told:
            self.ticked()

    def watermark_ms(self, scope: Scope) -> int:
        desk = self._desks.get(scope.key)
        return desk.watermark_ms if desk is not None else 0

    def failing_ms(self, scope: Scope) -> int:
        """For how long this scope's channels could not be told of what changed."""
        desk = self._desks.get(scope.key)
        since = desk.failing_since if desk is not None else None
        return 0 if since is None else int((time.monotonic() - since) * 1_000)

    async def _told(self, desk: Desk, now: datetime) -> bool:
        """A fault of one scope stops no other. What waited goes on waiting, and the next tick tries again."""
        waiting, desk.waiting = desk.waiting, Waiting()
        names = [*desk.channels] if waiting else [PIPELINE]
        changed = desk.shown(waiting.changed)
        try:
            told = desk.tell(await asyncio.to_thread(self._found, desk.scope, names, changed, now), waiting, now)
        except Exception as error:  # noqa: BLE001 - else one row that cannot be told would end live pages for all
            TICK_FAULTS.inc()
            if desk.failing_since is None:
                desk.failing_since = time.monotonic()
                logs.logger().error("tick", error=type(error).__name__, frames=logs.frames(error))
            waiting.add(desk.waiting)
            desk.waiting = waiting
            return False
        desk.failing_since = None
        return told

    async def _filled(self, desk: Desk, name: str) -> Channel:
        epoch = secrets.token_urlsafe(6)  # counted, it would tell how many channels others have opened
        channel = Channel(name, epoch, keeps_rows=name != "clients")
        now = self._clock.now()
        at_ms = int(now.timestamp() * 1_000)
        changed = {name.removeprefix(CLIENT): 0} if name.startswith(CLIENT) else {}
        found = await asyncio.to_thread(self._found, desk.scope, [name], changed, now)
        mark = await asyncio.to_thread(self._places.watermark, desk.scope)
        desk.watermark_ms = max(desk.watermark_ms, int(mark.timestamp() * 1_000) if mark else 0)
        if name in found.tables:
            channel.become(found.tables[name], at_ms, at_ms)
        elif found.strip is not None:
            channel.become({"pulse": found.strip}, at_ms, at_ms)
        channel.tell([op for op in found.ops if isinstance(op, Upsert)], at_ms, at_ms)
        return channel

    def _found(self, scope: Scope, names: Collection[str], changed: dict[str, int], now: datetime) -> Found:
        """On a thread."""
        return Found(
            tables(self._places, scope, [name for name in names if name in TABLES], now),
            client_ops(self._clients, scope, changed),
            self.strip(scope) if self.strip is not None and PIPELINE in names else None,
        )
