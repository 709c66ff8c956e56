"""kill -9 at every named point of every stage, at random moments, and SIGTERM: the outcome is the undisturbed one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import PortPair
from schemas import codec
from schemas.reference import Override
from schemas.topics import DEDUPED, RAW, RECORDS, REFERENCE
from services.stream import admin
from tests.chaos.conftest import assert_as_undisturbed
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.lives import KILLED, altered, killed_and_started, killed_at
from tests.support.load import load
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import FULL, Loaded, Make
from tests.support.waiting import wait_until

BATCH = {"CADASTRE_BATCH_MAX": "20"}  # so that a life has several, and most of the input is left to the next
EXPIRES_AFTER = timedelta(seconds=6)  # longer than a busy machine takes to learn of it
KILLS = 20 if FULL else 2  # of each replica

# Each life ends at the next point. From raw_restored to pooled_re_examined nothing is decided: one recovery.
DEDUPE = (
    "fetched:3",
    "raw_decided:3",
    "raw_restored",
    "pooled_restored",
    "start_noted",
    "pooled_re_examined",
    "pooled_decided:3",
    "produced:6",
    "offsets_sent:5",
    "committed:8",
)
ASSIGN = (
    "fetched:3",
    "deduped_decided:3",
    "deduped_restored",
    "start_noted",
    "deduped_re_examined",
    "produced:4",
    "offsets_sent:5",
    "committed:6",
)


def test_a_kill_at_every_crash_point_of_dedupe_loses_and_doubles_nothing(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline()
    killed_at_each(running, "dedupe", DEDUPE, loaded)
    deleted = deleted_records(running)
    assert deleted
    run = altered(running, "dedupe-0", "clock_ahead")
    killed_at(run, "raw_re_examined")
    assert deleted_records(running) == deleted
    run.start()
    wait_until(lambda: not deleted_records(running), "deleted records forgotten after a week")
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    report("dedupe killed at every crash point", f"{len(DEDUPE) + 1} kills, 4 of them in one recovery")


def test_a_kill_at_every_crash_point_of_assign_loses_and_doubles_nothing(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline()
    killed_at_each(running, "assign", ASSIGN, loaded)
    run = running.stages["assign-0"]
    run.kill()
    claim = PortPair.choose()
    port = {"CADASTRE_HTTP_PORT": str(claim.first)}
    run.start(CADASTRE_CRASH_AT="moment_came", **port)
    wait_until(lambda: is_ready(claim.first), "assign is restored: a moment that came before would pass unseen", 240)
    override_for_a_moment(running, loaded)
    assert run.wait() == KILLED
    run.start(**port)
    wait_until(lambda: is_ready(claim.first), "it speaks for itself: its last life had said that all is done", 240)
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    report("assign killed at every crash point", f"{len(ASSIGN) + 1} kills, 3 of them in one recovery")


@pytest.mark.parametrize("seed", range(5 if FULL else 1))
def test_kills_at_random_moments_under_load_lose_and_double_nothing(loaded: Loaded, pipeline: Make, seed: int) -> None:
    running = pipeline(dedupe=2, assign=2)
    chaos = Chaos(seed)
    for name, run in running.stages.items():
        chaos.every(2, name, lambda run=run: killed_and_started(run), jitter=0.9)  # type: ignore[misc]
    with load(running.settings, loaded.raw, 2 * KILLS):
        chaos.run(lambda: all(a.fired >= KILLS for a in chaos.actions), at_most_s=20 * KILLS)
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    chaos.assert_happened(at_least=KILLS)
    kills = sum(action.fired for action in chaos.actions)
    report("two replicas of each stage killed at random under load", f"{kills} kills, seed {seed}")


def test_sigterm_under_load_ends_a_stage_in_time_and_its_next_life_decides_only_what_was_left(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    stages = (("assign", DEDUPED.name), ("dedupe", RAW.name))
    committed: dict[str, int] = {}
    claims = {stage: PortPair.choose() for stage, _ in stages}  # held until the end, so that no port is given twice
    ports = {stage: pair.first for stage, pair in claims.items()}
    slowest = 0.0
    with load(running.settings, loaded.raw, 15) as sending:
        for stage, topic in stages:
            run = running.stages[f"{stage}-0"]
            wait_until(lambda: records_of(running, stage, topic) > 0, f"{stage} under way")  # noqa: B023
            assert not sending.done()
            began = time.monotonic()
            assert run.stop(timeout_s=10) == 0
            slowest = max(slowest, time.monotonic() - began)
            committed[stage] = records_of(running, stage, topic)
            run.start(CADASTRE_HTTP_PORT=str(ports[stage]))
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    for stage, topic in stages:
        assert decided(ports[stage], topic) == records_of(running, stage, topic) - committed[stage]
    report("SIGTERM to each stage under load", f"ended in {slowest:.1f} s, no record decided again")


def killed_at_each(running: Pipeline, stage: str, points: Sequence[str], loaded: Loaded) -> None:
    """All of the load waits from the beginning; the last life comes to its end."""
    run = running.stages[f"{stage}-0"]
    run.kill()
    named = loaded.raw[0].key, loaded.raw[1].key
    for word in ("same", "withdraw"):  # changes nothing, but the two are decided again at every restart
        running.command("decisions", word, *named, "--by", "test", "--reason", "to be decided again")
    running.send(loaded.raw)
    for point in points:
        killed_at(run, point, **BATCH)
    run.start(**BATCH)
    assert_as_undisturbed(running, Keeper(running.stages), loaded)


def override_for_a_moment(running: Pipeline, loaded: Loaded) -> None:
    """Of a record that had none, so that in a few seconds time alone changes an assignment."""
    stated, now = admin.read_all(running.settings, REFERENCE.name), datetime.now(UTC)
    said = Override(
        record=next(one.key for one in loaded.raw if f"override:{one.key}" not in stated),
        author="test",
        at=now,
        reason="for a moment",
        territory="global-strategic",
        expires_at=now + EXPIRES_AFTER,
    )
    with admin.transaction(running.settings, "test") as tx:
        tx.write(REFERENCE.name, said.key, codec.encode(said), [])


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def deleted_records(running: Pipeline) -> set[str]:
    return {k for k, v in admin.read_all(running.settings, RECORDS.name).items() if b'"deleted_at"' in v}


def records_of(running: Pipeline, stage: str, topic: str) -> int:
    """How many records of a topic the stage's committed positions count."""
    return sum(admin.counts(running.settings, stage, topic).values())


def decided(port: int, topic: str) -> int:
    """How many records of a topic one life has decided."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "cadastre_records_total" and sample.labels["topic"] == topic
    )
