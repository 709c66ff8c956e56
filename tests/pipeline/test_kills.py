"""kill -9 of ingest at random moments, and a restart. The stages suffer theirs in tests/chaos/test_crash_points.py."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from deploy.local.ports import PortPair
from tests.pipeline.conftest import Loaded, Make
from tests.support.posting import as_sent, taken
from tests.support.waiting import wait_until


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
