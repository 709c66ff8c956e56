"""Heartbeats added up to tumbling windows, ten seconds each, by when the broker appended them. Pure.

By its clock alone, since a stage's own may be off: then its windows would lie beside those of all others. A partition's
messages were appended in order, so its windows have ended once a later one has begun. What a window is made of is given
back only then, in the order in which it came: until it is, it can be read again and added up anew.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from schemas.events import Heartbeat, Window

SECONDS = 10

Receipt = TypeVar("Receipt")


@dataclass(slots=True)
class _Sum:
    start: datetime
    last: Heartbeat
    at: datetime  # when the last one was appended
    beats: int = 0
    lag: int = 0
    decided: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    said: int = 0  # how many beats the value that was last asked for had
    ended: bool = False

    @property
    def settled(self) -> bool:
        return self.ended and self.said == self.beats

    def add(self, beat: Heartbeat, at: datetime) -> None:
        self.last, self.at = beat, at
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
            at=self.at,
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
        self._start: datetime | None = None
        self._open: dict[str, _Sum] = {}  # all of one time
        self._ended: list[_Sum] = []
        self._held: deque[tuple[Receipt, _Sum | None]] = deque()

    def take(self, key: str, beat: Heartbeat, appended: float, receipt: Receipt) -> None:
        """A heartbeat that is not newer than its key's last in a window was counted already. `appended`: Unix time."""
        at = datetime.fromtimestamp(appended, UTC)
        start = start_of(at)
        if start != self._start:
            self._end()
            self._start = start
        of_key = self._open.get(key)
        if of_key is not None and beat.at <= of_key.last.at:
            return self.skip(receipt)
        if of_key is None:
            of_key = self._open[key] = _Sum(start, beat, at)
        of_key.add(beat, at)
        self._held.append((receipt, of_key))
        return None

    def skip(self, receipt: Receipt) -> None:
        """A message that no window counts."""
        self._held.append((receipt, None))

    def news(self) -> list[Window]:
        """The windows that have grown since they were last asked for."""
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

    def _end(self) -> None:
        for one in self._open.values():
            one.ended = True
        self._ended += self._open.values()
        self._open.clear()


def start_of(at: datetime) -> datetime:
    """When the window that holds this moment began."""
    return at.replace(second=at.second // SECONDS * SECONDS, microsecond=0)
