"""kill -9 at every named point of every stage, at random moments, and SIGTERM: the outcome is the undisturbed one."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import PortPair
from schemas.topics import DEDUPED, RAW, RECORDS
from services.stream import admin
from tests.chaos.conftest import assert_as_undisturbed
from tests.support.chaos import Chaos
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.lives import altered, killed_at
from tests.support.load import load
from tests.support.pipeline import Pipeline, RawRecord
from tests.support.stages import StageRun
from tests.support.undisturbed import FULL, Loaded, Make
from tests.support.waiting import wait_until

BATCH = 50  # small, so that every life has several
KILLS = 20 if FULL else 3

# Each life ends at the next point. The last four of a row come before anything is decided again.
DEDUPE = (
    "fetched:2",
    "raw_decided:2",
    "pooled_decided:2",
    "produced:3",
    "offsets_sent:2",
    "committed:3",
    "raw_restored",
    "pooled_restored",
    "start_noted",
    "pooled_re_examined",
)
ASSIGN = (
    "fetched:2",
    "deduped_decided:2",
    "produced:3",
    "offsets_sent:2",
    "committed:3",
    "deduped_restored",
    "start_noted",
    "deduped_re_examined",
)


@pytest.mark.parametrize(("stage", "points"), [("dedupe", DEDUPE), ("assign", ASSIGN)])
def test_a_kill_at_every_crash_point_of_a_stage_loses_and_doubles_nothing(
    loaded: Loaded, pipeline: Make, stage: str, points: Sequence[str]
) -> None:
    running = pipeline(batch_max=BATCH)
    records = loaded.raw
    run = running.stages[f"{stage}-0"]
    run.kill()
    decide_about(running, records[0], records[1])
    for number, point in enumerate(points):
        running.send(records[number * len(records) // len(points) : (number + 1) * len(records) // len(points)])
        killed_at(run, point)
    run.start()
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    report(f"{stage} killed at each of {len(points)} crash points", ", ".join(p.partition(":")[0] for p in points))


def test_a_kill_while_deleted_records_are_forgotten_loses_and_revives_nothing(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline()
    running.send(loaded.raw)
    running.settle()
    deleted = deleted_records(running)
    assert deleted
    run = altered(running, "dedupe-0", "clock_ahead")
    killed_at(run, "raw_re_examined")
    assert deleted_records(running) == deleted
    run.start()
    wait_until(lambda: not deleted_records(running), "deleted records forgotten after a week")
    assert_as_undisturbed(running, Keeper(running.stages), loaded)
    report("dedupe killed while it forgets deleted records", f"{len(deleted)} records")


@pytest.mark.parametrize("seed", range(5 if FULL else 1))
def test_kills_at_random_moments_under_load_lose_and_double_nothing(loaded: Loaded, pipeline: Make, seed: int) -> None:
    running = pipeline(dedupe=2, assign=2)
    keeper = Keeper({})  # every death is meant
    chaos = Chaos(seed)
    for name, run in running.stages.items():
        chaos.every(3, name, lambda run=run: killed_and_started(run), jitter=0.9)
    with load(running.settings, loaded.raw, 3 * KILLS):
        chaos.run(lambda: all(a.fired >= KILLS for a in chaos.actions), at_most_s=20 * KILLS)
    assert_as_undisturbed(running, keeper, loaded)
    chaos.assert_happened(at_least=KILLS)
    report(f"two replicas of each stage killed at random, seed {seed}", chaos.told())


def test_sigterm_under_load_ends_a_stage_in_time_and_its_next_life_decides_only_what_was_left(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    taken: dict[str, int] = {}
    slowest = 0.0
    with load(running.settings, loaded.raw, 6) as sending:
        for stage, topic in (("assign", DEDUPED.name), ("dedupe", RAW.name)):
            run = running.stages[f"{stage}-0"]
            wait_until(lambda: bool(admin.counts(running.settings, stage, topic)), f"{stage} under way")  # noqa: B023
            assert not sending.done()
            began = time.monotonic()
            assert run.stop(timeout_s=10) == 0
            slowest = max(slowest, time.monotonic() - began)
            before = sum(admin.counts(running.settings, stage, topic).values())
            port = PortPair.choose().first
            run.start(CADASTRE_HTTP_PORT=str(port))
            taken[stage] = before
            taken[f"{stage} port"] = port
    outcome = assert_as_undisturbed(running, Keeper(running.stages), loaded)
    assert outcome
    for stage, topic in (("assign", DEDUPED.name), ("dedupe", RAW.name)):
        total = sum(admin.counts(running.settings, stage, topic).values())
        assert decided(taken[f"{stage} port"], topic) == total - taken[stage], stage
    report("SIGTERM to each stage under load", f"ended in {slowest:.1f} s, no record decided again")


def decide_about(running: Pipeline, one: RawRecord, other: RawRecord) -> None:
    """A decision that was taken back changes nothing, but what it names is decided again at every restart."""
    said = ("--by", "test", "--reason", "to be decided again")
    running.command("decisions", "same", one.key, other.key, *said)
    running.command("decisions", "withdraw", one.key, other.key, *said)


def deleted_records(running: Pipeline) -> set[str]:
    return {k for k, v in admin.read_all(running.settings, RECORDS.name).items() if b'"deleted_at"' in v}


def killed_and_started(run: StageRun) -> None:
    run.kill()
    run.start()


def decided(port: int, topic: str) -> int:
    """How many records of a topic this life has decided."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "cadastre_records_total" and sample.labels["topic"] == topic
    )
