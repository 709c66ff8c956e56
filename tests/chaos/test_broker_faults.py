"""A broker that dies, hangs, is slow, is cut off, or whose answers are lost: the outcome is the undisturbed one."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from deploy.local.kafka import Broker
from tests.chaos.conftest import MakeOn, Proxied, assert_as_undisturbed
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.load import load, waits
from tests.support.lost_acks import ADD_OFFSETS_TO_TXN, END_TXN, PRODUCE, TXN_OFFSET_COMMIT, LostAcks
from tests.support.pipeline import Pipeline
from tests.support.toxics import Bandwidth, DropResponses, Latency, ResetPeer, Slicer, Timeout, Toxic
from tests.support.undisturbed import FULL, Loaded

LOAD_S = 60.0 if FULL else 12.0


def test_a_broker_killed_and_restarted_under_load_costs_a_pause_and_nothing_else(
    loaded: Loaded, frail: Broker, pipeline_on: MakeOn
) -> None:
    running = pipeline_on(frail)
    keeper = Keeper(running.stages)

    def kill_and_start() -> None:
        frail.kill()
        frail.start()

    chaos = Chaos(1).every(4, "kill", kill_and_start)
    with load(running.settings, loaded.raw, LOAD_S) as sending:
        chaos.run(sending.done, at_most_s=10 * LOAD_S, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened(at_least=2)
    report(f"broker killed {chaos.actions[0].fired} times", told(running, keeper))


def test_a_broker_frozen_for_thirty_seconds_under_load_costs_a_pause_and_nothing_else(
    loaded: Loaded, frail: Broker, pipeline_on: MakeOn
) -> None:
    running = pipeline_on(frail)
    keeper = Keeper(running.stages)
    with load(running.settings, loaded.raw, LOAD_S):
        chaos = Chaos(2).every(4, "freeze", frail.freeze)
        chaos.run(lambda: chaos.actions[0].fired > 0, at_most_s=10)
        chaos = Chaos(2).every(30, "thaw", frail.thaw, jitter=0)
        chaos.run(lambda: chaos.actions[0].fired > 0, at_most_s=40, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    report("broker frozen for 30 s", told(running, keeper))


def told(running: Pipeline, keeper: Keeper) -> str:
    """How long it made records wait, and which stages had to start again."""
    exits = ", ".join(f"{name} with {code}" for name, code in keeper.exits)
    return f"{waits(running.settings)}; restarts: {exits or 'none'}"
