"""Whether pulse still takes what is there for it: a worker that holds a partition and takes nothing of it looks alive.
Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

STALLED_S = 60.0  # far more than a rebalance, or a broker's restart, takes


class Standing(NamedTuple):
    """Where a partition is read up to, and since when that is behind its end without moving."""

    position: int
    behind_since: float | None


Standings = Mapping[int, Standing]


def standings(before: Standings, taken: Mapping[int, int], ends: Mapping[int, int], now: float) -> Standings:
    """`taken`: the last message of each partition. Of which none was taken, what stood there at first was done with."""
    return {
        partition: _standing(before.get(partition), taken.get(partition), end, now) for partition, end in ends.items()
    }


def stalled(found: Standings, now: float) -> list[int]:
    """The partitions that are not read on."""
    late = {at: one.behind_since for at, one in found.items() if one.behind_since is not None}
    return sorted(partition for partition, since in late.items() if now - since >= STALLED_S)


def _standing(before: Standing | None, taken: int | None, end: int, now: float) -> Standing:
    last = before or Standing(end, None)
    position = last.position if taken is None else taken + 1
    if end <= position:
        return Standing(position, None)
    return last if last.position == position and last.behind_since is not None else Standing(position, now)
