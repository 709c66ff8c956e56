"""The counts that a batch changes, added up and written once for each cell."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from msgspec import structs

from services.api.adapters.moved import HOUR_MS, Move
from services.api.placement import NONE, SIDES, SUMMED, Standing

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
_MARGIN = """
INSERT INTO margins VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE
SET clients = clients + excluded.clients, cents = cents + excluded.cents"""
_NO_MARGIN = "DELETE FROM margins WHERE (field, region, value) = (?,?,?) AND clients = 0"
_TURN = """
INSERT INTO turns VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE
SET ins = ins + excluded.ins, outs = outs + excluded.outs"""
_FLOW = """
INSERT INTO flows VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE
SET clients = clients + excluded.clients, cents = cents + excluded.cents"""


class Rollups:
    """Takes every change of a standing; `flush` writes them, inside the batch's transaction."""

    def __init__(self, db: sqlite3.Connection, *, whole: bool) -> None:
        """`whole`: the cube and its margins are there, and are kept."""
        self._db = db
        self._whole = whole
        self._tally: defaultdict[tuple[str, ...], Sum] = defaultdict(_zero)
        self._drift: defaultdict[tuple[int | str, ...], Sum] = defaultdict(_zero)
        self._flows: defaultdict[tuple[int | str, ...], Sum] = defaultdict(_zero)
        self._marks: dict[str, int] = {}
        self._moves: list[Move] = []

    def count(self, before: Standing, after: Standing, at_ms: int) -> None:
        """A client was `before` and is `after`."""
        if before.live:
            self._add(before, -1, at_ms)
        if after.live:
            self._add(after, 1, at_ms)

    def _add(self, standing: Standing, sign: int, at_ms: int) -> None:
        region, cents = standing.region or NONE, sign * standing.cents
        total = self._drift[at_ms // HOUR_MS, region, standing.territory, standing.advisor, standing.status]
        total[0] += sign
        total[1] += cents
        if self._whole:
            total = self._tally[standing.cell]
            total[0] += sign
            total[1] += cents
        if self._marks.get(region, 0) < at_ms:
            self._marks[region] = at_ms

    def move(self, move: Move, clients: int = 1) -> None:
        """`clients` is 0 for a move that was counted before its client's name and money were known."""
        self._moves.append(move)
        total = self._flows[
            move.at // HOUR_MS,
            move.from_territory or NONE,
            move.from_region or NONE,
            move.from_advisor or NONE,
            move.to_territory or NONE,
            move.to_region or NONE,
            move.to_advisor or NONE,
        ]
        total[0] += clients
        total[1] += move.cents

    def _turned(self) -> dict[tuple[int | str, ...], Sum]:
        """How many came in and went out, by hour, field, region, place, and the region across: of the flows as they
        are to be written."""
        turns: defaultdict[tuple[int | str, ...], Sum] = defaultdict(_zero)
        for (hour, *ends), (clients, _) in self._flows.items():
            origin, target = ends[:3], ends[3:]
            for field, place in (("territory", 0), ("advisor", 2)):
                same = origin[place] == target[place]
                if clients and not (same and origin[1] == target[1]):
                    # Where the place stays the same, only who does not see both ends sees a turn.
                    turns[hour, field, target[1], target[place], origin[1] if same else NONE][0] += clients
                    turns[hour, field, origin[1], origin[place], target[1] if same else NONE][1] += clients
        return turns

    def settle(self) -> None:
        """Count the cube, and sum it up along its sides: while the view is filled neither is kept."""
        sides = ", ".join(("coalesce(region, '')", *SIDES[1:]))
        self._db.execute(
            f"INSERT INTO tally SELECT {sides}, count(*), sum(cents) FROM clients WHERE live GROUP BY {sides}"
        )
        for field in SUMMED:
            self._db.execute(
                f"INSERT INTO margins SELECT '{field}', region, {field}, sum(clients), sum(cents) FROM tally "
                f"GROUP BY region, {field}"
            )
        self._whole = True

    def flush(self) -> list[Move]:
        """Write what was added up since, and forget it."""
        db = self._db
        changed = [(*cell, *total) for cell, total in self._tally.items() if any(total)]
        db.executemany(_TALLY, changed)
        db.executemany(_EMPTY, [cell for cell, total in self._tally.items() if total[0] < 0])
        if self._whole:
            self._flush_margins()
        db.executemany(_DRIFT, [(*cell, *total) for cell, total in self._drift.items() if any(total)])
        db.executemany(_FLOW, [(*cell, *total) for cell, total in self._flows.items()])
        db.executemany(_TURN, [(*cell, *total) for cell, total in self._turned().items()])
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

    def _flush_margins(self) -> None:
        margins: defaultdict[tuple[str, str, str], Sum] = defaultdict(_zero)
        for cell, (clients, cents) in self._tally.items():
            for field, value in zip(SIDES, cell, strict=True):
                if field in SUMMED:
                    total = margins[field, cell[0], value]
                    total[0] += clients
                    total[1] += cents
        self._db.executemany(_MARGIN, [(*key, *total) for key, total in margins.items() if any(total)])
        self._db.executemany(_NO_MARGIN, [key for key, total in margins.items() if total[0] < 0])
