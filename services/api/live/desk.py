"""One scope: its channels, and what has changed in it since they were last told. On the server's event loop alone.

What it tells is read elsewhere, on a thread; channels are never touched there, for sessions read them all the time.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from services.api.adapters.store import Committed
from services.api.frames import Op
from services.api.live.channel import Channel
from services.api.live.rows_of import MOVES, Rows
from services.api.scope import Scope

KEPT_S = 300.0
CLIENT = "client:"
PIPELINE = "pipeline"


@dataclass(slots=True)
class Waiting:
    """What is to be told of. `event_ms` is of the oldest change, 0 where there is none."""

    changed: dict[str, int] = field(default_factory=dict)  # client → when it last changed
    changes: int = 0
    moves: int = 0
    event_ms: int = 0
    reread: bool = False

    def __bool__(self) -> bool:
        return bool(self.changes) or self.reread

    def change(self, client_id: str, appended_ms: int) -> None:
        self.changed[client_id] = max(appended_ms, self.changed.get(client_id, 0))
        self.changes += 1
        self.event_ms = min(self.event_ms or appended_ms, appended_ms)

    def add(self, later: Waiting) -> None:
        """Wait for both. All is read again: of a tick that failed nobody knows how far it came."""
        for client_id, appended_ms in later.changed.items():
            self.changed[client_id] = max(appended_ms, self.changed.get(client_id, 0))
        self.changes += later.changes
        self.moves += later.moves
        self.event_ms = self.event_ms or later.event_ms
        self.reread = True


@dataclass(frozen=True, slots=True)
class Found:
    """What the view says now, for the channels that show it."""

    tables: dict[str, Rows]
    ops: list[Op]
    strip: bytes | None


@dataclass(slots=True)
class Desk:
    """A channel lives while somebody follows it and five minutes longer, so that a short absence is resumed."""

    scope: Scope
    channels: dict[str, Channel] = field(default_factory=dict)
    followers: Counter[str] = field(default_factory=Counter)
    left: dict[str, float] = field(default_factory=dict)  # channels that nobody follows: since when, oldest first
    waiting: Waiting = field(default_factory=Waiting)
    watermark_ms: int = 0
    failing_since: float | None = None  # monotonic seconds: since when no tick came through

    def join(self, channel: Channel) -> Channel:
        self.channels[channel.name] = channel
        self.followers[channel.name] += 1
        self.left.pop(channel.name, None)
        return channel

    def leave(self, name: str) -> None:
        self.followers[name] -= 1
        if not self.followers[name]:
            del self.followers[name]
            self.left[name] = time.monotonic()

    def prune(self) -> None:
        """Let go of the channels that nobody came back to."""
        while self.left and next(iter(self.left.values())) <= time.monotonic() - KEPT_S:
            name = next(iter(self.left))
            del self.left[name], self.channels[name]

    def note(self, committed: Committed) -> None:
        self.waiting.reread |= committed.statements
        for change in committed.changes:
            if any(side.live and self.scope.covers(side.region) for side in (change.before, change.after)):
                self.waiting.change(change.client_id, change.appended_ms)
                self.watermark_ms = max(self.watermark_ms, change.appended_ms)
        self.waiting.moves += sum(
            self.scope.covers(move.from_region) or self.scope.covers(move.to_region) for move in committed.moves
        )

    def shown(self, changed: dict[str, int]) -> dict[str, int]:
        """Those of these clients that a channel tells of."""
        if "clients" in self.channels:
            return changed
        return {one: at_ms for one, at_ms in changed.items() if CLIENT + one in self.channels}

    def tell(self, found: Found, waiting: Waiting, now: datetime) -> bool:
        """Whether any channel has something new."""
        at_ms = int(now.timestamp() * 1_000)
        event_ms, told = waiting.event_ms or at_ms, False
        for name, rows in found.tables.items():
            dropped = max(0, waiting.moves - MOVES) if name == "moves" else 0
            told |= self.channels[name].become(rows, at_ms, event_ms, changes=waiting.changes, dropped=dropped)
        if found.strip is not None:
            told |= self.channels[PIPELINE].become({"pulse": found.strip}, at_ms, at_ms)
        if "clients" in self.channels:
            coalesced = max(0, waiting.changes - len(found.ops))
            told |= self.channels["clients"].tell(found.ops, at_ms, event_ms, coalesced=coalesced)
        for op in found.ops:
            if CLIENT + op.k in self.channels:
                told |= self.channels[CLIENT + op.k].tell([op], at_ms, event_ms)
        return told
