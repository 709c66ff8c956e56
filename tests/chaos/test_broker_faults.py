"""A broker that dies, hangs, is slow, is cut off, or whose answers are lost: the outcome is the undisturbed one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from services.stream import clients
from services.stream.deployment import create_topics
from services.stream.settings import StreamSettings
from tests.chaos.conftest import MakeOn, Proxied, assert_as_undisturbed
from tests.support import echoing
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.load import load, waits
from tests.support.lost_acks import ADD_OFFSETS_TO_TXN, END_TXN, PRODUCE, TXN_OFFSET_COMMIT, LostAcks
from tests.support.pipeline import Pipeline
from tests.support.stages import StageRun
from tests.support.toxics import Bandwidth, DropResponses, Latency, ResetPeer, Slicer, Timeout, Toxic
from tests.support.undisturbed import FULL, Loaded
from tests.support.waiting import wait_until

LOAD_S = 60.0 if FULL else 12.0


def test_a_broker_killed_and_restarted_under_load_costs_a_pause_and_nothing_else(
    loaded: Loaded, frail: Broker, pipeline_on: MakeOn
) -> None:
    running = pipeline_on(frail)
    keeper = Keeper(running.stages)

    def kill_and_start() -> None:
        frail.kill()
        frail.start()

    chaos = Chaos(1).every(3, "kill", kill_and_start)
    with load(running.settings, loaded.raw, LOAD_S) as sending:
        chaos.run(sending.done, at_most_s=10 * LOAD_S, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened()
    report(f"broker killed (-9) {chaos.actions[0].fired} times under load", told(running, keeper))


def test_a_broker_frozen_for_thirty_seconds_under_load_costs_a_pause_and_nothing_else(
    loaded: Loaded, frail: Broker, pipeline_on: MakeOn
) -> None:
    running = pipeline_on(frail)
    keeper = Keeper(running.stages)
    freezing = Chaos(2).every(4, "freeze", frail.freeze)
    with load(running.settings, loaded.raw, LOAD_S) as sending:
        freezing.run(lambda: freezing.actions[0].fired > 0, at_most_s=10)
        thawing = Chaos(2).every(30, "thaw", frail.thaw, jitter=0)  # a second thaw does nothing
        thawing.run(lambda: sending.done() and thawing.actions[0].fired > 0, at_most_s=90, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    report("broker frozen for 30 s", told(running, keeper))


def test_a_stop_waits_for_no_broker(frail: Broker, prefix: str, tmp_path: Path) -> None:
    settings = StreamSettings(bootstrap=frail.bootstrap, topic_prefix=prefix, partitions=echoing.PARTITIONS)
    create_topics(clients.admin(settings), settings)
    echo = StageRun("tests.support.echo", settings, tmp_path / "echo.log").start()
    records = echoing.some(2_000)
    echoing.send(settings, records)
    wait_until(lambda: bool(echoing.said(settings)), "a first count")
    frail.freeze()
    code = echo.stop(timeout_s=10)
    frail.thaw()
    echo.start()
    echoing.assert_each_once(settings, records)
    echo.stop()
    report("SIGTERM while the broker is frozen", f"ended within 10 s, code {code}")


def after(n: int) -> Callable[[], Toxic]:
    return lambda: ResetPeer(after_bytes=n)


SLOW: Sequence[Callable[[], Toxic]] = (
    lambda: Latency(500, jitter_ms=200),
    lambda: Bandwidth(64),
    lambda: Slicer(200, variation=100, delay_us=100),
)
CUT: Sequence[Callable[[], Toxic]] = (
    ResetPeer,
    after(20_000),
    lambda: Timeout(1_500),
    after(2_000),
    lambda: DropResponses(reset=True),
)


@pytest.mark.parametrize(("case", "toxics"), [("slowed", SLOW), ("cut", CUT)])
def test_a_connection_that_is_slowed_or_cut_costs_time_and_nothing_else(
    loaded: Loaded, proxied: Proxied, pipeline_on: MakeOn, case: str, toxics: Sequence[Callable[[], Toxic]]
) -> None:
    before = proxied.proxy.connections
    running = pipeline_on(proxied.broker, through=dict.fromkeys(["dedupe", "assign"], proxied.address))
    keeper = Keeper(running.stages)
    wait_until(lambda: all('"started"' in run.text() for run in running.stages.values()), "the stages run", seconds=60)
    standing = proxied.proxy.connections
    assert standing >= before + len(running.stages)  # it is through the proxy that they reach the broker
    turns = itertools.cycle(toxics)

    def next_toxic() -> None:
        proxied.proxy.clear()
        proxied.proxy.add(next(turns)(), "up", "down")

    chaos = Chaos(3).every(2, case, next_toxic).every(5, "none", proxied.proxy.clear)
    with load(running.settings, loaded.raw, LOAD_S) as sending:
        chaos.run(sending.done, at_most_s=10 * LOAD_S, between=keeper.look)
    proxied.proxy.clear()
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened(at_least=2)
    again = proxied.proxy.connections - standing
    assert again or toxics is not CUT, "nothing was cut: no stage connected again"
    report(f"connections of the stages {case}", f"{told(running, keeper)}; connected {again} times more")


def test_acknowledgements_lost_after_the_write_double_nothing(
    loaded: Loaded, proxied: Proxied, pipeline_on: MakeOn
) -> None:
    acks = LostAcks([PRODUCE, ADD_OFFSETS_TO_TXN, TXN_OFFSET_COMMIT, END_TXN], every=3, at_most=5)
    proxied.proxy.add(acks, "up", "down")
    stages = dict.fromkeys(["dedupe", "assign"], proxied.address)
    running = pipeline_on(proxied.broker, through=stages, batch_max=50)  # however slow it is, many transactions
    keeper = Keeper(running.stages)
    with load(running.settings, loaded.raw, LOAD_S) as sending:
        Chaos(4).run(sending.done, at_most_s=10 * LOAD_S, between=keeper.look)
    assert_as_undisturbed(running, keeper, loaded)
    assert all(acks.lost[api] == 5 for api in (PRODUCE, TXN_OFFSET_COMMIT, END_TXN)), acks.lost
    report(f"{acks.lost.total()} acknowledgements to the stages lost after the write", told(running, keeper))


def told(running: Pipeline, keeper: Keeper) -> str:
    """How long it made records wait, and which stages had to start again."""
    exits = ", ".join(f"{name} with {code}" for name, code in keeper.exits)
    return f"{waits(running.settings)}; restarts: {exits or 'none'}"
