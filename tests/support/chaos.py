"""Faults on a schedule, seeded, in the thread that calls: what starts a broker must be the main one.

A chaos that did nothing proves nothing, so it is asked in the end whether it happened.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LOOK_EVERY_S = 0.02


@dataclass(slots=True)
class Action:
    """What is done again and again; `errors` are those that it raised."""

    name: str
    act: Callable[[], None]
    every_s: float
    jitter: float
    due: float
    fired: int = 0
    errors: list[str] = field(default_factory=list)


class Chaos:
    """`chaos.every(5, "join or leave", act)`, then `chaos.run(until=…)`, then `chaos.assert_happened()`."""

    def __init__(
        self, seed: int, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rng = random.Random(seed)
        self._clock = clock
        self._sleep = sleep
        self._seed = seed
        self.actions: list[Action] = []

    def every(self, seconds: float, name: str, act: Callable[[], None], *, jitter: float = 0.2) -> Chaos:
        """`jitter` is the share of the interval by which it may come sooner or later. The first waits as well."""
        action = Action(name, act, seconds, jitter, 0.0)
        action.due = self._clock() + self._wait(action)
        self.actions.append(action)
        return self

    def run(self, until: Callable[[], bool], *, at_most_s: float, between: Callable[[], None] = lambda: None) -> None:
        """Act as the schedule says until the condition holds; fails when it does not within that time."""
        deadline = self._clock() + at_most_s
        while not until():
            assert self._clock() < deadline, f"not done after {at_most_s:g} s of chaos: {self.told()}"
            for action in self.actions:
                if action.due <= self._clock():
                    self._fire(action)
            between()
            self._sleep(LOOK_EVERY_S)

    def assert_happened(self, at_least: int = 1) -> None:
        """Each action came so often, and fewer than half of its times raised."""
        for action in self.actions:
            assert action.fired >= at_least, f"{action.name} came fewer than {at_least} times: {self.told()}"
            assert 2 * len(action.errors) < action.fired, f"{action.name} failed: {action.errors}; {self.told()}"

    def told(self) -> str:
        """How often each action came and failed, with the seed."""
        counts = [f"{action.name} {action.fired} times, {len(action.errors)} failed" for action in self.actions]
        return f"seed {self._seed}: {'; '.join(counts) or 'no action'}"

    def _fire(self, action: Action) -> None:
        action.fired += 1
        try:
            action.act()
        except Exception as error:  # noqa: BLE001 - it is counted, and judged in the end
            action.errors.append(f"{type(error).__name__}: {error}")
        action.due = self._clock() + self._wait(action)

    def _wait(self, action: Action) -> float:
        return action.every_s * (1 + action.jitter * self._rng.uniform(-1, 1))
