"""The pipeline strip: pulse's windows of the last hour, and what a reader is told of them.

Who may see the pipeline is told of the stages, who may see clients of the moves in the territories of their scope.
`as_of` is the last heartbeat that pulse has counted: where it stays behind, pulse is down and all else is well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from schemas.events import Window
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.standing import Moved, Pulse, PulsePoint, StagePulse
from services.api.windows import SECONDS

HOUR = timedelta(hours=1)
LIVE_MINUTES = 1
Key = tuple[str, str, datetime]
K = TypeVar("K", str, int)


class Pipeline:
    """Heard by the loop's thread, told by the server's, which takes all windows in one step."""

    def __init__(self) -> None:
        self._windows: dict[Key, Window] = {}
        self.version = 0  # grows with what is heard

    def hear(self, window: Window) -> None:
        """Of two windows for the same time the one with more heartbeats holds."""
        key = (window.stage, window.replica, window.start)
        known = self._windows.get(key)
        if known is not None and known.beats >= window.beats:
            return
        self._windows[key] = window
        while next(iter(self._windows))[2] <= window.start - HOUR:
            del self._windows[next(iter(self._windows))]
        self.version += 1

    def live(self, roster: Roster, scope: Scope) -> Pulse:
        """What the channel `pipeline` holds. Whoever sees every region and may open a socket may see the stages."""
        return self.told(roster, scope, LIVE_MINUTES, stages=scope.regions is None, moves=True)

    def told(self, roster: Roster, scope: Scope, minutes: int, *, stages: bool, moves: bool) -> Pulse:
        """The last `minutes`, by the newest window. What the reader may not see is null."""
        heard = [*self._windows.values()]
        newest = max((one.start for one in heard), default=None)
        if newest is None:
            return Pulse(as_of=None, window_s=SECONDS, stages=() if stages else None, moves=() if moves else None)
        asked = [one for one in heard if one.start > newest - timedelta(minutes=minutes)]
        return Pulse(
            as_of=max(one.at for one in heard),
            window_s=SECONDS,
            stages=_stages(asked, newest) if stages else None,
            moves=_moves(asked, roster, scope) if moves else None,
        )


def _stages(windows: Sequence[Window], newest: datetime) -> tuple[StagePulse, ...]:
    by_stage: dict[str, dict[datetime, list[Window]]] = {}
    for one in windows:
        by_stage.setdefault(one.stage, {}).setdefault(one.start, []).append(one)
    return tuple(_stage(stage, by_start, newest) for stage, by_start in sorted(by_stage.items()))


def _stage(stage: str, by_start: Mapping[datetime, list[Window]], newest: datetime) -> StagePulse:
    whole = by_start.get(newest - timedelta(seconds=SECONDS), [])
    now = _point(newest, whole)
    return StagePulse(
        stage=stage,
        replicas=len(whole),
        records_per_s=round(now.records / SECONDS, 1),
        rejected_per_s=round(now.rejected / SECONDS, 1),
        p50_ms=now.p50_ms,
        p99_ms=now.p99_ms,
        lag=now.lag,
        points=tuple(_point(start, by_start[start]) for start in sorted(by_start)),
    )


def _point(start: datetime, replicas: Sequence[Window]) -> PulsePoint:
    took = _sum(one.took for one in replicas)
    return PulsePoint(
        start=start,
        records=sum(sum(one.decided.values()) for one in replicas),
        rejected=sum(sum(one.rejected.values()) for one in replicas),
        p50_ms=quantile(took, 0.5),
        p99_ms=quantile(took, 0.99),
        lag=sum(one.lag for one in replicas),
    )


def _moves(windows: Sequence[Window], roster: Roster, scope: Scope) -> tuple[Moved, ...]:
    arrived, left = _sum(one.arrived for one in windows), _sum(one.left for one in windows)
    known = ((roster.territory(name, scope), name) for name in sorted({*arrived, *left}))
    return tuple(Moved(territory, arrived[name], left[name]) for territory, name in known if territory is not None)


def quantile(took: Mapping[int, int], share: float) -> int | None:
    """The bound, in milliseconds, below which this share of the records stayed."""
    wanted, below = share * sum(took.values()), 0
    for bound in sorted(took):
        below += took[bound]
        if below >= wanted:
            return bound
    return None


def _sum(counts: Iterable[Mapping[K, int]]) -> Counter[K]:
    total: Counter[K] = Counter()
    for one in counts:
        total.update(one)
    return total
