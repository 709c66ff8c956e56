"""The counts that a batch changes, added up and written once for each cell."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from msgspec import structs

from services.api.adapters.rows import HOUR_MS, Move
from services.api.placement import NONE, Standing

DAY_MS = 24 * HOUR_MS
Sum = list[int]  # clients, cents


def _zero() -> Sum:
    return [0, 0]


_TALLY = """
INSERT INTO tally VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE
SET clients = clients + excluded.clients, cents = cents + excluded.cents"""
_EMPTY = """
DELETE FROM tally WHERE (region, territory, advisor, tier, segment, country, client_type, status)
= (?,?,?,?,?,?,?,?) AND clients = 0"""
_DRIFT = """
INSERT INTO drift VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE
SET clients = clients + excluded.clients, cents = cents + excluded.cents"""
_FLOW = """
INSERT INTO flows VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE
SET clients = clients + excluded.clients, cents = cents + excluded.cents"""


class Rollups:
    """Takes every change of a standing; `flush` writes them, inside the batch's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._tally: defaultdict[tuple[str, ...], Sum] = defaultdict(_zero)
        self._drift: defaultdict[tuple[int | str, ...], Sum] = defaultdict(_zero)
        self._flows: defaultdict[tuple[int | str, ...], Sum] = defaultdict(_zero)
        self._marks: dict[str, int] = {}
        self._moves: list[Move] = []

    def count(self, before: Standing, after: Standing, at_ms: int) -> None:
        """A client was `before` and is `after`."""
        hour = at_ms // HOUR_MS
        for standing, sign in ((before, -1), (after, 1)):
            if not standing.live:
                continue
            region = standing.region or NONE
            for total in (
                self._tally[standing.cell],
                self._drift[hour, region, standing.territory, standing.advisor, standing.status],
            ):
                total[0] += sign
                total[1] += sign * standing.cents
            self._marks[region] = max(at_ms, self._marks.get(region, 0))

    def move(self, move: Move, clients: int = 1) -> None:
        """`clients` is 0 for a move that was counted before its client's name and money were known."""
        self._moves.append(move)
        sides = (
            *(move.from_territory, move.from_region, move.from_advisor),
            *(move.to_territory, move.to_region, move.to_advisor),
        )
        total = self._flows[move.at // HOUR_MS, *(side or NONE for side in sides)]
        total[0] += clients
        total[1] += move.cents

    def flush(self) -> list[Move]:
        """Write what was added up since, and forget it."""
        db = self._db
        changed = [(*cell, *total) for cell, total in self._tally.items() if any(total)]
        db.executemany(_TALLY, changed)
        db.executemany(_EMPTY, [cell for cell, total in self._tally.items() if total[0] < 0])
        db.executemany(_DRIFT, [(*cell, *total) for cell, total in self._drift.items() if any(total)])
        db.executemany(_FLOW, [(*cell, *total) for cell, total in self._flows.items()])
        db.executemany(
            "INSERT INTO marks VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)", self._marks.items()
        )
        moves = self._moves
        db.executemany(
            f"INSERT OR REPLACE INTO moves VALUES ({','.join('?' * 15)})", [structs.astuple(move) for move in moves]
        )
        self._tally.clear()
        self._drift.clear()
        self._flows.clear()
        self._marks, self._moves = {}, []
        return moves
