"""Named points at which a test may end the process as `kill -9` would, or freeze it. Inert unless armed."""

from __future__ import annotations

import os
import signal


class CrashPoints:
    """Each is "<point>:<nth time>", or empty for none. What was frozen goes on from there once it is thawed."""

    __slots__ = ("_armed",)

    def __init__(self, kill_at: str = "", freeze_at: str = "") -> None:
        self._armed: dict[str, tuple[int, signal.Signals]] = {}
        for spec, signum in ((kill_at, signal.SIGKILL), (freeze_at, signal.SIGSTOP)):
            point, _, nth = spec.partition(":")
            if point:
                self._armed[point] = int(nth or 1), signum

    def reach(self, point: str) -> None:
        if point not in self._armed:
            return
        left, signum = self._armed[point]
        self._armed[point] = left - 1, signum
        if left == 1:
            os.kill(os.getpid(), signum)
