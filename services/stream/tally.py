"""What a replica has committed since its last heartbeat: the figures that it tells on `stats`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Each has the shape of the heartbeat's field of the same name."""

    decided: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)
    tallies: dict[str, Counter[str]] = field(default_factory=dict)

    def time(self, appended: Counter[int], committed_ms: int) -> None:
        """Records (moment of their append → how many) that were committed at this moment."""
        for appended_ms, records in appended.items():
            self.took[took_under(committed_ms - appended_ms)] += records

    def add(self, name: str, tally: Counter[str]) -> None:
        self.tallies.setdefault(name, Counter()).update(tally)


def took_under(milliseconds: int) -> int:
    """The bound that a duration is counted below: four to a doubling, so at most a quarter above it."""
    duration = max(0, milliseconds)  # the broker's clock may be ahead of ours
    shift = max(0, duration.bit_length() - 3)
    return ((duration >> shift) + 1) << shift
