"""Lays each record out as a line, undecoded: RAW keeps whatever stood on the log, so no record can be refused here.

What a line means is told by the warehouse's own SQL (`sql/`), which passes over what it cannot read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.loader.rows import line
from services.stream.outcome import Effects, Incoming, Output, StateKey

APPENDED = "appended_ms"
LOADED = "loaded"


class Landing:
    """The handler of one topic. It keeps no state: where a partition goes on, the warehouse's ledger says."""

    state_topics: tuple[str, ...] = ()
    mark = ""

    def __init__(self, topic: str) -> None:
        self.topic = topic

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        counts: dict[int, int] = {}
        for record in batch:
            appended = [(APPENDED, str(record.appended_ms).encode())]
            effects.outputs.append(Output(self.topic, record.key, line(record), record.partition, appended))
            counts[record.partition] = counts.get(record.partition, 0) + 1
        for partition, n in counts.items():
            effects.count(partition, LOADED, n)
        return effects

    def restore(self, message: Incoming) -> None:
        """Nothing is restored."""

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        return ()

    def drop(self, partition: int) -> None:
        """Nothing is held."""

    def learn(self, message: Incoming) -> None:
        """Nothing is followed."""

    def touched(self, now: datetime) -> Sequence[StateKey]:
        return ()

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        return Effects()

    def next_moment(self) -> datetime | None:
        return None
