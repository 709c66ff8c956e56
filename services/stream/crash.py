"""Named points at which a test may end the process as `kill -9` would. Inert unless armed."""

from __future__ import annotations

import os
import signal


class CrashPoints:
    """`spec` is "<point>:<nth time>", or empty for none."""

    __slots__ = ("_left", "_point")

    def __init__(self, spec: str = "") -> None:
        point, _, nth = spec.partition(":")
        self._point = point
        self._left = int(nth or 1)

    def reach(self, point: str) -> None:
        if self._point and point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
