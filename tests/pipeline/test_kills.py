"""kill -9 of each service at a random moment, and a restart: the same clients and assignments as undisturbed."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.local.ports import PortPair
from schemas.topics import ASSIGNED, DEDUPED, RECORDS
from services.stream import admin
from tests.pipeline.conftest import Loaded, Make
from tests.support.pipeline import Pipeline
from tests.support.posting import as_sent, taken
from tests.support.waiting import wait_until


def progress(pipeline: Pipeline, topic: str) -> int:
    return sum(admin.ends(pipeline.settings, [topic]).values())


@pytest.mark.parametrize(
    ("stage", "topic"), [("dedupe-0", RECORDS.name), ("dedupe-0", DEDUPED.name), ("assign-0", ASSIGNED.name)]
)
def test_a_killed_stage_goes_on_as_if_nothing_had_happened(
    loaded: Loaded, pipeline: Make, stage: str, topic: str
) -> None:
    rng = random.Random(f"{stage}{topic}")
    running = pipeline()
    running.send(loaded.raw)
    for share in (0.0, 0.2, 0.4):
        wanted = int(len(loaded.raw) * (share + 0.15 * rng.random())) + 1
        wait_until(lambda: progress(running, topic) >= wanted, f"{topic} at {wanted}", seconds=60)  # noqa: B023
        running.stages[stage].kill()
        running.stages[stage].start()
    outcome = running.settle()
    running.versions_never_decrease()
    assert outcome.hashes == loaded.outcome.hashes


def test_a_killed_ingest_loses_nothing_that_it_has_answered_for(loaded: Loaded, pipeline: Make) -> None:
    """The sender sends again whatever got no answer; what was taken twice is superseded."""
    rng = random.Random(3)
    running = pipeline()
    url = running.start_ingest(port := PortPair.choose().first)
    bodies = [as_sent(loaded.raw[start : start + 40]) for start in range(0, len(loaded.raw), 40)]
    killed_at = set(rng.sample(range(len(bodies)), 3))
    with ThreadPoolExecutor(1) as sender:
        for number, body in enumerate(bodies):
            answer = sender.submit(taken, url, body)
            if number in killed_at:
                wait_until(lambda: answer.running() or answer.done(), "the request under way")  # noqa: B023
                running.ingest.kill()
            while not answer.result():
                if not running.ingest.running:
                    running.start_ingest(port)
                answer = sender.submit(taken, url, body)
            if not running.ingest.running:
                running.start_ingest(port)
    outcome = running.settle()
    assert outcome.hashes == loaded.outcome.hashes
