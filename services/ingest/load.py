"""A whole file into Kafka: good rows to `raw`, bad ones to `rejected`, and a count that adds up.

A row counts once Kafka has acknowledged it. So many are under way at once and no more, so that a file of any size
takes the same memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from schemas.reasons import Reason
from services.ingest.adapters.csv_files import CsvFile, Row
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.change import Accepted, Refused
from services.ingest.kept_rows import kept
from services.ingest.problems import FieldProblem
from services.ingest.rows import FileOrigin, decide_row
from services.stream.clock import Clock


@dataclass(slots=True)
class Tally:
    """How a file fares: rows read, and those that Kafka has, by outcome and (rejected ones) by reason."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_rejected: list[str] = field(default_factory=list)  # a few, for the summary: `rejected` has them all


_SHOWN = 5


def load(
    file: CsvFile, origin: FileOrigin, topic: RawTopic, clock: Clock, in_flight: int, tell: Callable[[Tally], None]
) -> Tally:
    """Raises `DeliveryFailed` where Kafka does not acknowledge; what was acknowledged before stays, and loading the
    file again changes nothing about it. `tell` is called as rows are acknowledged."""
    tally = Tally()
    under_way: deque[tuple[Future[None], Reason | None]] = deque()

    def settle(down_to: int) -> None:
        while len(under_way) > down_to or (under_way and under_way[0][0].done()):
            sent, reason = under_way.popleft()
            sent.result()
            _count(tally, reason)
        tell(tally)

    reading = kept(origin, file.delimiter)
    for row in file.rows():
        tally.rows += 1
        under_way.append(_send(row, origin, topic, clock, tally, reading))
        if len(under_way) >= in_flight or tally.rows % 100 == 0:
            settle(in_flight - 1)
    settle(0)
    return tally


def _send(
    row: Row, origin: FileOrigin, topic: RawTopic, clock: Clock, tally: Tally, reading: bytes
) -> tuple[Future[None], Reason | None]:
    now = clock.now()
    position = f"{origin.name}:{row.line}"
    if row.cells is None:
        decided: Accepted | Refused = Refused((FieldProblem("", Reason.MALFORMED, row.trouble),))
        key = origin.source
    else:
        decided = decide_row(row.cells, row.line, origin, now)
        record_id = row.cells[origin.columns.record_id].strip()
        key = f"{origin.source}:{record_id}" if record_id else origin.source
    if isinstance(decided, Accepted):
        return topic.publish(decided), None
    if len(tally.first_rejected) < _SHOWN:
        tally.first_rejected.append(f"{position}: {' | '.join(p.message for p in decided.problems)}")
    sent = topic.reject(key, row.original, decided.problems, position, now, reading)
    return sent, decided.problems[0].code


def _count(tally: Tally, reason: Reason | None) -> None:
    if reason is None:
        tally.accepted += 1
    else:
        tally.rejected += 1
        tally.reasons[reason.value] = tally.reasons.get(reason.value, 0) + 1
