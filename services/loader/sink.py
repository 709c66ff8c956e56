"""The warehouse sink: a batch becomes one object a partition, and the objects become rows, with the ledger, as one.

The object decides: where one stands already, written by a life that cut differently, its cut is loaded instead, and the
batch is taken back so that the loop goes on behind it. Nothing is written to Kafka but the group's lag.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from services.loader import ledger
from services.loader.adapters.object_store import ObjectStore, StoreAway
from services.loader.adapters.warehouse import Warehouse, WarehouseAway
from services.loader.batch import Cut, cut
from services.loader.handler import APPENDED, LOADED
from services.loader.load import LedgerMoved, Load, Miscounted, Move
from services.stream.clock import Clock
from services.stream.logs import logger
from services.stream.outcome import Halt, Output
from services.stream.reading import Slot
from services.stream.sink import Aborted, Fence, Position, Seat

T = TypeVar("T")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0


class WarehouseSink:
    """Commits into one bucket and one warehouse."""

    def __init__(
        self,
        seat: Seat,
        store: ObjectStore,
        warehouse: Warehouse,
        load: Load,
        clock: Clock,
        *,
        away_s: float,
        longest_absence_s: float,
    ) -> None:
        self._seat = seat
        self._store = store
        self._warehouse = warehouse
        self._load = load
        self._clock = clock
        self._away_s = away_s
        self._longest_absence = timedelta(seconds=longest_absence_s)
        self._last_load: datetime | None = None
        self._read_from: dict[Slot, Position] = {}  # the ledger's positions as this life last knew them
        self._failures = 0  # in a row

    def positions(self, slots: Iterable[Slot]) -> dict[Slot, Position]:
        """Asked for a bounded time: without them nothing can be read."""
        wanted = list(slots)
        found = self._patiently(lambda: ledger.positions(self._warehouse, wanted, self._seat.topic_ids))
        self._last_load = self._patiently(lambda: ledger.last_load(self._warehouse))
        self._read_from |= found
        return found

    def commit(self, fence: Fence, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> None:
        """`fence` is not needed: the ledger's compare-and-set lets one loader load each position, whoever it is."""
        now = self._clock.now()
        self._refuse_if_away(outputs, now)
        try:
            landed = [self._store.land(mine, body) for mine, body in self._cuts(outputs, positions)]
            moves = [Move(there, self._loaded(there.slot)) for there in landed]
            self._load(moves, now)
        except (StoreAway, WarehouseAway, LedgerMoved, Miscounted) as failure:
            self._failures += 1
            time.sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (self._failures - 1)))
            raise Aborted(str(failure)) from failure
        self._failures, self._last_load = 0, now
        self._seat.tell_group({move.cut.slot: _position(move) for move in moves})
        self._read_from |= {move.cut.slot: _position(move) for move in moves}
        other = [move.cut.key for move in moves if move.cut.end != positions[move.cut.slot].offset]
        if other:
            raise Aborted(f"{len(other)} objects were there already, cut otherwise, and are loaded as they are")

    def note(self, positions: Mapping[Slot, Position]) -> None:
        """Nothing: the loader decodes no value, so there is no record that could end it, and none to convict."""

    def _refuse_if_away(self, outputs: Sequence[Output], now: datetime) -> None:
        """Nothing was loaded for so long, and records are unread for as long: some between may be compacted away. A
        log on which nothing came meanwhile is no such case."""
        last = self._last_load
        if last is None or now - last <= self._longest_absence:
            return
        oldest = min((int(output.headers[0][1]) for output in outputs), default=None)
        if oldest is not None and now - datetime.fromtimestamp(oldest / 1_000, UTC) > self._longest_absence:
            raise Halt(
                f"nothing was loaded since {last:%Y-%m-%d %H:%M} and records have waited for as long: versions and "
                f"removals between may be gone from the log; `cadastre warehouse rebuild` starts over from the bucket"
            )

    def _cuts(self, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> list[tuple[Cut, bytes]]:
        lines: dict[Slot, list[bytes]] = {slot: [] for slot in positions}
        appended: dict[Slot, int] = {}
        for output in outputs:
            slot = output.topic, output.partition
            if slot not in lines or output.headers[0][0] != APPENDED:
                raise Halt(f"a record of {output.topic} could not be laid out as a line; the log above says why")
            lines[slot].append(output.value or b"")
            appended.setdefault(slot, int(output.headers[0][1]))
        return [
            cut(slot, position.topic_id, self._read_from[slot].offset, position.offset, appended[slot], lines[slot])
            for slot, position in sorted(positions.items())
        ]

    def _loaded(self, slot: Slot) -> int:
        return self._read_from[slot].counts.get(LOADED, 0)

    def _patiently(self, ask: Callable[[], T]) -> T:
        deadline, wait = time.monotonic() + self._away_s, FIRST_WAIT_S
        while True:
            try:
                return ask()
            except WarehouseAway as away:
                if time.monotonic() > deadline:
                    raise
                logger().warning("warehouse_away", reason=str(away))
                time.sleep(wait)
                wait = min(LONGEST_WAIT_S, wait * 2)


def _position(move: Move) -> Position:
    return Position(move.cut.end, move.cut.topic_id, {LOADED: move.rows_before + move.cut.rows})
