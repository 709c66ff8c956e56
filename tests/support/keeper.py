"""Stages that end by themselves are started again, as the local supervisor and Kubernetes do it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from deploy.local import revival
from tests.support.stages import StageRun


class Keeper:
    """Call `look` between other things. A stage may end (fenced, its broker gone), but not again and again."""

    def __init__(self, runs: Mapping[str, StageRun]) -> None:
        self._runs = runs
        self._deaths: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}
        self.away: set[str] = set()  # ended on purpose: left alone
        self.exits: list[tuple[str, int]] = []  # what ended by itself, with its exit code

    def look(self) -> None:
        """Fails with the log of a stage that died five times within half a minute."""
        for name, run in self._runs.items():
            if name in self.away or run.running:
                continue
            if name not in self._due:
                self._bury(name, run)
            elif self._due[name] <= time.monotonic():
                del self._due[name]
                run.start()

    def _bury(self, name: str, run: StageRun) -> None:
        now = time.monotonic()
        self.exits.append((name, run.wait(0)))
        self._deaths[name] = [*revival.recent(self._deaths.get(name, []), now), now]
        delay = revival.delay(self._deaths[name])
        assert delay is not None, f"{name} does not come up: {self.exits}\n{run.text()[-3_000:]}"
        self._due[name] = now + delay
