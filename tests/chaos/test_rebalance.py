"""Replicas that come and go under load: each record is decided once, and the stages pause no longer than they must."""

from __future__ import annotations

import random

from tests.chaos.conftest import assert_as_undisturbed
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.load import load, waits
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import FULL, Loaded, Make

STORM_S = 60.0 if FULL else 20.0
EVERY_S = 5.0
REPLICAS = 3


class Coming:
    """The replicas of a stage but the first, of which one joins or leaves at each call."""

    def __init__(self, running: Pipeline, keeper: Keeper, stage: str, seed: int) -> None:
        self._running = running
        self._keeper = keeper
        self._names = [f"{stage}-{ordinal}" for ordinal in range(1, REPLICAS)]
        self._rng = random.Random(seed)

    def join_or_leave(self) -> None:
        name = self._rng.choice(self._names)
        run = self._running.stages[name]
        if name in self._keeper.away:
            self._keeper.away.remove(name)
            run.start()
        else:
            self._keeper.away.add(name)
            assert run.stop() == 0


def test_a_storm_of_rebalances_loses_and_doubles_nothing(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline(dedupe=REPLICAS, assign=REPLICAS)
    keeper = Keeper(running.stages)
    chaos = Chaos(5)
    for seed, stage in enumerate(("dedupe", "assign")):
        coming = Coming(running, keeper, stage, seed)
        chaos.every(EVERY_S, f"a replica of {stage} joins or leaves", coming.join_or_leave)
    with load(running.settings, loaded.raw, STORM_S) as sending:
        chaos.run(sending.done, at_most_s=3 * STORM_S, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened(at_least=int(STORM_S / EVERY_S) - 1)
    changes = sum(action.fired for action in chaos.actions)
    exits = ", ".join(f"{name} with {code}" for name, code in keeper.exits)
    report(f"{changes} joins and leaves in {STORM_S:.0f} s", f"{waits(running.settings)}; restarts: {exits or 'none'}")
