"""Every tick: what the view's commits changed becomes one delta for each channel of each scope that somebody follows.

A scope's channels live while somebody follows them and five minutes longer, so that a short absence is resumed. What
they hold is read through the scope; of a commit only those changes count that the scope covers, before or after.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.api.adapters.store import Committed
from services.api.clients import Clients
from services.api.frames import Upsert
from services.api.live.channel import Channel
from services.api.live.rows_of import MOVES, TABLES, client_ops, tables
from services.api.places import Places
from services.api.scope import Scope
from services.stream.clock import Clock

KEPT_S = 300.0
CLIENT = "client:"
PIPELINE = "pipeline"


@dataclass(slots=True)
class Desk:
    """One scope: its channels, and what has changed in it since the last tick."""

    scope: Scope
    channels: dict[str, Channel] = field(default_factory=dict)
    followers: int = 0
    left_at: float = 0.0
    versions: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    moves: int = 0
    event_ms: int = 0  # of the oldest change that waits
    reread: bool = False
    watermark_ms: int = 0


class Hub:
    """Lives on the server's event loop; `took` may be called from the loop's thread."""

    def __init__(self, places: Places, clients: Clients, clock: Clock, tick_s: float, epoch: str) -> None:
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
        self._epoch = epoch
        self._opened = 0

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        hour = 0
        while True:
            await asyncio.sleep(self._tick_s)
            now = self._clock.now()
            if int(now.timestamp()) // 3_600 != hour:
                hour = int(now.timestamp()) // 3_600  # the day behind the figures has moved on
                for desk in self._desks.values():
                    desk.reread = True
            await self.tick(now)

    def took(self, committed: Committed) -> None:
        """A commit of the view."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.take, committed)

    def take(self, committed: Committed) -> None:
        for desk in self._desks.values():
            _note(desk, committed)
        if committed.statements:
            self.regions_changed()

    async def follow(self, scope: Scope, name: str) -> Channel:
        """The channel of this name. One that is new holds the present."""
        async with self._lock:
            desk = self._desks.setdefault(scope.key, Desk(scope))
            desk.followers += 1
            channel = desk.channels.get(name)
            if channel is None:
                channel = desk.channels[name] = self._opened_channel(name)
                await asyncio.to_thread(self._fill, desk, channel, self._clock.now())
            return channel

    def leave(self, scope: Scope) -> None:
        desk = self._desks[scope.key]
        desk.followers -= 1
        desk.left_at = time.monotonic()

    async def tick(self, now: datetime) -> None:
        """Tell what waits."""
        told = False
        async with self._lock:
            for key, desk in list(self._desks.items()):
                if not desk.followers and time.monotonic() - desk.left_at > KEPT_S:
                    del self._desks[key]
                elif desk.changes or desk.reread:
                    waiting = _taken(desk)
                    told |= await asyncio.to_thread(self._told, desk, waiting, now)
                if PIPELINE in desk.channels:
                    told |= await asyncio.to_thread(self._tell_pipeline, desk, now)
        if told:
            self.ticked()

    def watermark_ms(self, scope: Scope) -> int:
        desk = self._desks.get(scope.key)
        return desk.watermark_ms if desk is not None else 0

    def _opened_channel(self, name: str) -> Channel:
        self._opened += 1
        return Channel(name, f"{self._epoch}{self._opened}", keeps_rows=name != "clients")

    def _fill(self, desk: Desk, channel: Channel, now: datetime) -> None:
        at_ms = int(now.timestamp() * 1_000)
        mark = self._places.watermark(desk.scope)
        desk.watermark_ms = max(desk.watermark_ms, int(mark.timestamp() * 1_000) if mark else 0)
        if channel.name in TABLES:
            channel.become(tables(self._places, desk.scope, [channel.name], now)[channel.name], at_ms, at_ms)
        elif channel.name == PIPELINE:
            self._tell_pipeline(desk, now)
        elif channel.name.startswith(CLIENT):
            client_id = channel.name.removeprefix(CLIENT)
            ops = client_ops(self._clients, desk.scope, {client_id: 0})
            channel.tell([op for op in ops if isinstance(op, Upsert)], at_ms, at_ms)

    def _tell_pipeline(self, desk: Desk, now: datetime) -> bool:
        if self.strip is None:
            return False
        at_ms = int(now.timestamp() * 1_000)
        return desk.channels[PIPELINE].become({"pulse": self.strip(desk.scope)}, at_ms, at_ms)

    def _told(self, desk: Desk, waiting: Waiting, now: datetime) -> bool:
        at_ms = int(now.timestamp() * 1_000)
        event_ms = waiting.event_ms or at_ms
        told = False
        names = [name for name in desk.channels if name in TABLES]
        for name, rows in tables(self._places, desk.scope, names, now).items():
            dropped = max(0, waiting.moves - MOVES) if name == "moves" else 0
            told |= desk.channels[name].become(rows, at_ms, event_ms, changes=waiting.changes, dropped=dropped)
        singles = {name for name in desk.channels if name.startswith(CLIENT)}
        if waiting.versions and (singles or "clients" in desk.channels):
            ops = client_ops(self._clients, desk.scope, waiting.versions)
            if "clients" in desk.channels:
                coalesced = max(0, waiting.changes - len(ops))
                told |= desk.channels["clients"].tell(ops, at_ms, event_ms, coalesced=coalesced)
            for op in ops:
                if CLIENT + op.k in singles:
                    told |= desk.channels[CLIENT + op.k].tell([op], at_ms, event_ms)
        return told


@dataclass(frozen=True, slots=True)
class Waiting:
    versions: dict[str, int]
    changes: int
    moves: int
    event_ms: int


def _note(desk: Desk, committed: Committed) -> None:
    desk.reread |= committed.statements
    for change in committed.changes:
        if not any(side.live and desk.scope.covers(side.region) for side in (change.before, change.after)):
            continue
        desk.versions[change.client_id] = max(change.version, desk.versions.get(change.client_id, 0))
        desk.changes += 1
        desk.event_ms = min(desk.event_ms or change.appended_ms, change.appended_ms)
        desk.watermark_ms = max(desk.watermark_ms, change.appended_ms)
    desk.moves += sum(
        desk.scope.covers(move.from_region) or desk.scope.covers(move.to_region) for move in committed.moves
    )


def _taken(desk: Desk) -> Waiting:
    waiting = Waiting(desk.versions, desk.changes, desk.moves, desk.event_ms)
    desk.versions, desk.changes, desk.moves, desk.event_ms, desk.reread = {}, 0, 0, 0, False
    return waiting
