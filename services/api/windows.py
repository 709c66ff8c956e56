"""Heartbeats added up to tumbling windows, ten seconds each, by the clock of the stage that says them. Pure.

A replica's heartbeats come in order, so a window has ended once a later one has begun. What a window is made of is
given back only then, in the order in which it came: until it is, it can be read again and added up anew.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from schemas.events import Heartbeat, Window

SECONDS = 10
# A replica that says nothing for so long, by the broker's clock, adds nothing to its window. A heartbeat may wait for
# the broker for 30 s, and be of the same ten seconds as the one before.
SILENT_S = 45.0

Receipt = TypeVar("Receipt")


@dataclass(slots=True)
class _Sum:
    start: datetime
    last: Heartbeat
    beats: int = 0
    lag: int = 0
    decided: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    appended: float = 0.0  # the last of them
    said: int = 0  # how many beats the value that was last asked for had
    ended: bool = False

    @property
    def settled(self) -> bool:
        return self.ended and self.said == self.beats

    def add(self, beat: Heartbeat, appended: float) -> None:
        self.last, self.appended = beat, appended
        self.beats += 1
        self.lag = max(self.lag, beat.lag)
        self.decided.update(beat.decided)
        self.rejected.update(beat.rejected)
        self.took.update(beat.took)
        self.arrived.update(beat.tallies.get("arrived", {}))
        self.left.update(beat.tallies.get("left", {}))

    def value(self) -> Window:
        return Window(
            stage=self.last.stage,
            replica=self.last.replica,
            start=self.start,
            seconds=SECONDS,
            beats=self.beats,
            at=self.last.at,
            lag=self.lag,
            decided=dict(self.decided),
            rejected=dict(self.rejected),
            took=dict(self.took),
            arrived=dict(self.arrived),
            left=dict(self.left),
        )


class Windows(Generic[Receipt]):
    """The windows of one partition of `stats`. `Receipt`: what is given back for a message that is done with."""

    def __init__(self) -> None:
        self._open: dict[str, _Sum] = {}
        self._ended: list[_Sum] = []
        self._appended = 0.0
        self._held: deque[tuple[Receipt, _Sum | None]] = deque()

    def take(self, key: str, beat: Heartbeat, appended: float, receipt: Receipt) -> None:
        """A heartbeat that is not newer than the last one of its key was counted already. `appended`: Unix seconds."""
        self._appended = appended
        of_key = self._open.get(key)
        if of_key is not None and beat.at <= of_key.last.at:
            return self.skip(receipt)
        start = start_of(beat.at)
        if of_key is None or of_key.start != start:
            self._end(key)
            of_key = self._open[key] = _Sum(start, beat)
        of_key.add(beat, appended)
        self._held.append((receipt, of_key))
        return None

    def skip(self, receipt: Receipt) -> None:
        """A message that no window counts."""
        self._held.append((receipt, None))

    def news(self) -> list[Window]:
        """The windows that have grown since they were last asked for."""
        for key, one in list(self._open.items()):
            if self._appended - one.appended > SILENT_S:
                self._end(key)
        grown = [one for one in (*self._ended, *self._open.values()) if one.beats > one.said]
        self._ended.clear()
        for one in grown:
            one.said = one.beats
        return [one.value() for one in grown]

    def settled(self) -> list[Receipt]:
        """Once the news are on the log: what will not be read again, all before the first message of an open window."""
        done: list[Receipt] = []
        while self._held and (self._held[0][1] is None or self._held[0][1].settled):
            done.append(self._held.popleft()[0])
        return done

    def _end(self, key: str) -> None:
        one = self._open.pop(key, None)
        if one is not None:
            one.ended = True
            self._ended.append(one)


def start_of(at: datetime) -> datetime:
    """When the window that holds this moment began."""
    return at.replace(second=at.second // SECONDS * SECONDS, microsecond=0)
