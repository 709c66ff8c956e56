"""The websocket's frames. JSON text, one object a frame, told apart by `type`.

A channel's sequence is contiguous for a scope; `prev` is the last one that was sent on this socket before, so that one
frame may span many. `epoch` changes where history is lost. `ver` makes every op safe to apply twice or late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Raw, Struct

from services.api.standing import Problem

PROTOCOL = 1


class Since(Struct, frozen=True):
    epoch: str
    seq: int


class Subscribe(Struct, frozen=True, tag_field="type", tag="subscribe"):
    ch: str
    since: Since | None = None


class Unsubscribe(Struct, frozen=True, tag_field="type", tag="unsubscribe"):
    ch: str


class Auth(Struct, frozen=True, tag_field="type", tag="auth"):
    """A fresh ticket, before the token ends."""

    ticket: str


class Ping(Struct, frozen=True, tag_field="type", tag="ping"):
    n: int


ClientFrame = Subscribe | Unsubscribe | Auth | Ping


class Hello(Struct, frozen=True, tag_field="type", tag="hello"):
    v: int
    session: str
    server_time: datetime
    hb_ms: int
    max_channels: int


class Row(Struct, frozen=True):
    """One entity: its key, its version, and the row (its type is the channel's: see CHANNELS)."""

    k: str
    ver: int
    d: Raw


class Upsert(Struct, frozen=True, tag_field="op", tag="upsert"):
    """The whole row, as it is now."""

    k: str
    ver: int
    d: Raw


class Remove(Struct, frozen=True, tag_field="op", tag="remove"):
    """It has ended, or has left the reader's scope."""

    k: str
    ver: int


Op = Upsert | Remove


class Snapshot(Struct, frozen=True, tag_field="type", tag="snapshot"):
    """Replaces what the client held of the channel, once `complete`."""

    ch: str
    epoch: str
    seq: int
    rows: tuple[Row, ...]
    complete: bool


class Resumed(Struct, frozen=True, tag_field="type", tag="resumed"):
    """The deltas from `after` on follow."""

    ch: str
    epoch: str
    after: int
    to: int


class Delta(Struct, frozen=True, tag_field="type", tag="delta"):
    """`event_ts`: when the oldest change in it was appended to the log. `coalesced`: changes that a later one covers.
    `dropped`: feed entries left out, which the REST list has."""

    ch: str
    epoch: str
    seq: int
    prev: int
    ts: datetime
    event_ts: datetime
    ops: tuple[Op, ...]
    coalesced: int
    dropped: int


class Reset(Struct, frozen=True, tag_field="type", tag="reset"):
    """What the client holds of the channel is void; a snapshot follows, or (slow, scope) the socket closes."""

    ch: str
    reason: Literal["epoch", "too_old", "scope", "slow"]


class Beat(Struct, frozen=True, tag_field="type", tag="hb"):
    """Every few seconds. `watermark`: of the last change in scope. `lag_ms`: how far behind the view is, or what
    is told of it; in whole steps of ten seconds."""

    heads: dict[str, int]
    watermark: datetime | None
    lag_ms: int


class AuthExpiring(Struct, frozen=True, tag_field="type", tag="auth_expiring"):
    in_ms: int


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    n: int


class Error(Struct, frozen=True, tag_field="type", tag="error"):
    problem: Problem


class Bye(Struct, frozen=True, tag_field="type", tag="bye"):
    """The server goes; come back after `retry_ms`, with jitter."""

    retry_ms: int


ServerFrame = Hello | Snapshot | Resumed | Delta | Reset | Beat | AuthExpiring | Pong | Error | Bye

# Channel → the type of its rows, in the OpenAPI document. `clients` has no snapshot (rows are empty): it tells what
# changes, and who shows a part of the clients patches the rows that it has.
CHANNELS = {
    "figures": "Figure",  # k = the figure's key
    "territories": "TerritoryRow",
    "regions": "RegionRow",
    "advisors": "AdvisorRow",
    "moves": "MoveView",  # the newest 50
    "clients": "ClientRow",
    "pipeline": "Pulse",  # one row, the last minute of GET /api/stats/pulse
    "client:<id>": "ClientRow",  # one client, with its snapshot
}
