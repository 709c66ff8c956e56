"""One load: objects into RAW, what they say through STAGE into CORE, and the ledger, in one transaction.

The ledger moves first: where a partition stands elsewhere than this batch was read from, somebody else has loaded it,
and nothing happens. A version that was told in two ways waits in STAGE by itself. Any other critical check that fails
has the same load done again without CORE, so that all of its rows wait, and go with the next load.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from services.loader import metrics, quality, statements
from services.loader.adapters.warehouse import Warehouse
from services.loader.batch import Cut
from services.loader.names import Value
from services.loader.statements import sql
from services.stream.crash import CrashPoints
from services.stream.logs import logger


class LedgerMoved(Exception):
    """A partition does not stand where the batch was read from: another loader, or an earlier life, has loaded it."""


class Miscounted(Exception):
    """RAW holds other rows than the objects do: a COPY was lost, or done twice."""


class Held(Exception):
    """A critical check fails on what CORE would be."""

    def __init__(self, found: list[quality.Finding]) -> None:
        self.found = found
        super().__init__(", ".join(one.check.name for one in quality.failed(found)))


@dataclass(frozen=True, slots=True)
class Move:
    """A partition's step in the ledger: the object, and the rows loaded of the partition once it is."""

    cut: Cut
    rows_before: int


class Load:
    """Loads into one warehouse. `failing`: check → what it counted when it was last asked, where that is too much."""

    def __init__(self, warehouse: Warehouse, crash: CrashPoints, failing: dict[str, int] | None = None) -> None:
        self._warehouse = warehouse
        self._crash = crash
        self._failing = failing if failing is not None else {}
        self._held = False  # rows wait in STAGE because of a check, which is asked until it passes

    def __call__(self, moves: Sequence[Move], now: datetime) -> None:
        """Raises `LedgerMoved`, `Miscounted` or `WarehouseAway`, with nothing loaded (of the last: perhaps)."""
        try:
            with self._loading(moves, now):
                staged = self._merge()
                found = self._check(now, quality.asked(core_changed=bool(staged) or self._held))
                for topic in staged:
                    self._warehouse.changed(statements.merged(topic))
        except Held as held:
            found = held.found
            with self._loading(moves, now):
                self._warehouse.changed(*quality.results(found, now, held=True))
        self._tell(found)
        self._crash.reach("loaded")

    def _tell(self, found: Sequence[quality.Finding]) -> None:
        for one in found:
            metrics.QUALITY.labels(one.check.name, one.check.severity).set(one.found)
            self._failing.pop(one.check.name, None)
            if not one.passed:
                self._failing[one.check.name] = one.found
        failed = [one.check.name for one in quality.failed(found)]
        self._held = bool(failed)
        metrics.HELD.set(self._held)
        if failed:
            logger().error("rows_held_in_stage", checks=failed)

    @contextmanager
    def _loading(self, moves: Sequence[Move], now: datetime) -> Iterator[None]:
        with self._warehouse.transaction():
            self._move_ledger(moves, now)
            self._copy(moves)
            self._crash.reach("copied")
            yield
            self._crash.reach("before_commit")

    def _move_ledger(self, moves: Sequence[Move], now: datetime) -> None:
        values: list[Value] = []
        for move in moves:
            (topic, partition), cut = move.cut.slot, move.cut
            rows = move.rows_before + cut.rows
            values += [topic, partition, cut.topic_id, cut.start, cut.end, rows, cut.key, _text(now)]
        one = "(" + ", ".join(["%s"] * 8) + ")"
        told = self._warehouse.names.fill(sql("ledger"), moves=", ".join([one] * len(moves)))
        if self._warehouse.changed(told, values) != len(moves):
            raise LedgerMoved(f"one of {len(moves)} partitions does not stand where this batch was read from")

    def _copy(self, moves: Sequence[Move]) -> None:
        for topic, cuts in _by_topic(moves).items():
            names, table = self._warehouse.names, self._warehouse.names.table(topic)
            self._warehouse.rows(names.fill(sql("copy"), table=table, files=statements.quoted([c.key for c in cuts])))
            where = statements.ranges({cut.slot[1]: (cut.start, cut.end) for cut in cuts})
            [(found,)] = self._warehouse.rows(f"select count(*) from {table} where {where}")
            expected = sum(cut.rows for cut in cuts)
            if found != expected:
                raise Miscounted(f"{table} holds {found} rows of {len(cuts)} objects that hold {expected}")
            if topic in statements.STAGES_INTO:
                self._stage(topic, table, where)

    def _stage(self, topic: str, table: str, where: str) -> None:
        names = self._warehouse.names
        readable = statements.READABLE[topic]
        self._warehouse.changed(names.fill(sql(statements.STAGES_INTO[topic]), ranges=where, readable=readable))
        told = names.fill(sql("unreadable"), table=table, ranges=where, readable=readable)
        self._warehouse.changed(told, [topic])

    def _merge(self) -> list[str]:
        """Whatever is in STAGE: what was held before goes with what has come. Returns the topics it is of."""
        counts = ", ".join(f"(select count(*) from ${{stage}}.{table})" for table in statements.STAGED.values())
        [row] = self._warehouse.rows(f"select {counts}")
        staged = [topic for topic, n in zip(statements.STAGED, row, strict=True) if n]
        for merge in statements.merges(staged):
            self._warehouse.changed(merge)
        self._crash.reach("merged")
        return staged

    def _check(self, now: datetime, checks: Sequence[quality.Check]) -> list[quality.Finding]:
        [row] = self._warehouse.rows(quality.counting(checks))
        found = quality.findings(row, checks)
        if any(not one.check.sets_aside for one in quality.failed(found)):
            raise Held(found)
        self._warehouse.changed(*quality.results(found, now, held=False))
        return found


def _by_topic(moves: Sequence[Move]) -> Mapping[str, list[Cut]]:
    topics: dict[str, list[Cut]] = {}
    for move in moves:
        topics.setdefault(move.cut.slot[0], []).append(move.cut)
    return topics


def _text(now: datetime) -> str:
    return now.strftime("%Y-%m-%d %H:%M:%S.%f")
