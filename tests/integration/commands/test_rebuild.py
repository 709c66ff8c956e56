"""A stage whose committed positions are gone refuses, names the command, and after it stands where it would have."""

from __future__ import annotations

import pytest

from services.stream import clients
from services.stream.commands.rejected import rejections
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import Loaded, Make
from tests.support.waiting import wait_until


def forget_positions(pipeline: Pipeline, stage: str) -> None:
    kafka = clients.admin(pipeline.settings)
    group = pipeline.settings.topic(stage)

    def deleted() -> bool:  # a static member stays in its group until its session ends
        return not any(future.exception() for future in kafka.delete_consumer_groups([group]).values())

    wait_until(deleted, "the group deleted")


def refuse(pipeline: Pipeline, stage: str) -> None:
    run = pipeline.stages[f"{stage}-0"]
    assert run.start().wait() == 2
    assert f"cadastre rebuild {stage}" in run.text()


@pytest.mark.parametrize("stage", ["dedupe", "assign"])
def test_a_stage_whose_positions_are_lost_is_rebuilt_to_what_it_would_be(
    loaded: Loaded, pipeline: Make, stage: str
) -> None:
    """It is killed with half of its input unread, and more comes while it is down."""
    running = pipeline()
    half = len(loaded.raw) // 2
    running.send(loaded.raw[: half // 2])
    running.settle()
    running.send(loaded.raw[half // 2 : half])
    running.stages[f"{stage}-0"].kill()
    running.send(loaded.raw[half:])
    forget_positions(running, stage)
    refuse(running, stage)
    told = running.command("rebuild", stage, "--yes", "--by", "operator")
    assert "partitions without a position" in told
    running.stages[f"{stage}-0"].start()
    outcome = running.settle()
    assert outcome.hashes == loaded.outcome.hashes
    running.versions_never_decrease()
    assert rejections(running.settings) == []


def test_a_rebuild_of_a_running_stage_is_refused_and_one_of_a_sound_stage_changes_nothing(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    running.send(loaded.raw[:200])
    first = running.settle()
    for stage in ("dedupe", "assign"):
        assert "is running: stop every replica" in running.command("rebuild", stage, "--yes", codes=(2,))
        running.stages[f"{stage}-0"].stop()
        assert "every position is well" in running.command("rebuild", stage, "--yes")
        running.stages[f"{stage}-0"].start()
        second = running.settle()
        assert second.hashes == first.hashes
    assert second.counts["superseded"] == first.counts.get("superseded", 0) + 200
    running.versions_never_decrease()
