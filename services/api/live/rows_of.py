"""What each channel holds: the same answers as over HTTP, read from the view through the same scope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.api.clients import Clients
from services.api.frames import Op, Remove, Upsert
from services.api.places import Places
from services.api.scope import Scope

TABLES = ("figures", "territories", "regions", "advisors", "moves")
MOVES = 50
_encode = msgspec.json.Encoder().encode
Rows = dict[str, bytes]


def tables(places: Places, scope: Scope, wanted: Iterable[str], now: datetime) -> dict[str, Rows]:
    """The rows of these channels, by key."""
    found: dict[str, Rows] = {}
    names = set(wanted)
    if "figures" in names:
        found["figures"] = {figure.key: _encode(figure) for figure in places.figures(scope, now)}
    for name, rows in places.placed(scope, names, now).items():
        found[name] = {row.id: _encode(row) for row in rows}
    if "moves" in names:
        found["moves"] = {move.id: _encode(move) for move in places.moves.latest(scope, MOVES)}
    return found


def client_ops(clients: Clients, scope: Scope, changed: dict[str, int]) -> list[Op]:
    """Changed clients (id → when, in ms) that were or are in scope: as they are now, or gone from it. When they changed
    orders what is told of one client: its versions would count what its reader did not see."""
    rows = clients.rows(scope, list(changed))
    ops: list[Op] = []
    for client_id, at_ms in changed.items():
        row = rows.get(client_id)
        if row is None:
            ops.append(Remove(client_id, at_ms))
        else:
            ops.append(Upsert(client_id, round(row.changed_at.timestamp() * 1_000), msgspec.Raw(_encode(row))))
    return ops
