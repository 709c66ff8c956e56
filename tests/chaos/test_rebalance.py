"""Replicas that come and go under load: each record is decided once, and the stages pause no longer than they must."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from services.stream.settings import StreamSettings
from tests.chaos.conftest import assert_as_undisturbed
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.load import load, waits
from tests.support.members import Owners
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import FULL, PARTITIONS, Loaded
from tests.support.waiting import wait_until

STORM_S = 60.0 if FULL else 20.0
EVERY_S = 5.0
SESSION_MS = 2_000  # who ends keeps its partitions for so long: with the default of 10 s it would be back before
REPLICAS = 3
STAGES = ("dedupe", "assign")


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


@pytest.fixture
def running(tmp_path: Path, prefix: str) -> Iterator[Pipeline]:
    """Stages of short sessions, which a broker of the usual settings would not bear."""
    with Broker(tmp_path / "kafka", extra={"group.min.session.timeout.ms": str(SESSION_MS)}) as broker:
        settings = StreamSettings(
            bootstrap=broker.bootstrap,
            topic_prefix=prefix,
            partitions=PARTITIONS,
            batch_max=500,
            session_timeout_ms=SESSION_MS,
        )
        with Pipeline(settings, tmp_path / "stages", dedupe=REPLICAS, assign=REPLICAS) as made:
            yield made


def test_a_storm_of_rebalances_loses_and_doubles_nothing(loaded: Loaded, running: Pipeline) -> None:
    keeper, owners = Keeper(running.stages), Owners(running.settings, *STAGES)

    def look() -> None:
        keeper.look()
        owners.look()

    def all_own() -> bool:
        look()
        return owners.comings >= len(running.stages)

    wait_until(all_own, "every replica owns partitions", seconds=60)
    gathered, scattered = owners.comings, owners.moves
    chaos = Chaos(5)
    for seed, stage in enumerate(STAGES):
        coming = Coming(running, keeper, stage, seed)
        chaos.every(EVERY_S, f"a replica of {stage} joins or leaves", coming.join_or_leave)
    with load(running.settings, loaded.raw, STORM_S) as sending:
        chaos.run(sending.done, at_most_s=3 * STORM_S, between=look)
    comings, moves = owners.comings - gathered, owners.moves - scattered
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened(at_least=int(STORM_S / EVERY_S) - 1)
    changes = sum(action.fired for action in chaos.actions)
    assert comings >= changes // 2  # on a busy machine one overtakes another, and the last are not through at the end
    assert moves >= comings  # each takes from those who stay, or gives to them
    exits = ", ".join(f"{name} with {code}" for name, code in keeper.exits)
    report(
        f"{changes} joins and leaves in {STORM_S:.0f} s, by which {moves} partitions moved",
        f"{waits(running.settings)}; restarts: {exits or 'none'}",
    )
