"""A stage whose committed positions are gone refuses, names the command, and after it stands where it would have."""

from __future__ import annotations

import pytest
from confluent_kafka import TopicPartition
from msgspec import structs

from schemas import codec
from schemas.topics import ASSIGNED, RAW, STAGES
from services.stream import admin, clients
from services.stream.commands.rejected import rejections
from services.stream.idle import IdleWatch
from services.stream.outcome import Incoming
from services.stream.positions import has_members
from services.stream.producer import AckedProducer
from services.stream.reading import Slot
from tests.integration.commands.records import assert_as_the_oracle, sent
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import PARTITIONS, Loaded, Make
from tests.support.waiting import wait_until


def forget_positions(pipeline: Pipeline, stage: str) -> None:
    kafka = clients.admin(pipeline.settings)
    group = pipeline.settings.topic(stage)

    def deleted() -> bool:  # a static member stays in its group until its session ends
        return not any(future.exception() for future in kafka.delete_consumer_groups([group]).values())

    wait_until(deleted, "the group deleted")


def ends(pipeline: Pipeline) -> dict[Slot, int]:
    return admin.ends(pipeline.settings, [RAW.name])


def refuse(pipeline: Pipeline, stage: str, why: str = "") -> None:
    run = pipeline.stages[f"{stage}-0"]
    assert run.start().wait() == 2
    assert (why or f"cadastre rebuild {stage}") in run.text()


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


@pytest.mark.parametrize("stage", ["dedupe", "assign"])
def test_a_stage_whose_positions_a_tool_has_reset_is_rebuilt_as_if_they_were_lost(
    loaded: Loaded, pipeline: Make, stage: str
) -> None:
    running = pipeline()
    running.send(loaded.raw[:200])
    before = running.settle()
    running.stages[f"{stage}-0"].stop()
    topics = STAGES[stage].shared
    slots = [TopicPartition(running.settings.topic(t), p, 0) for t in topics for p in range(PARTITIONS)]
    wait_until(lambda: not has_members(running.settings, stage), "the group is empty")
    tool = clients.reader(running.settings, group=stage)
    tool.commit(offsets=slots, asynchronous=False)
    tool.close()
    refuse(running, stage, "was not committed by a stage")
    running.command("rebuild", stage, "--yes", "--by", "operator")
    running.stages[f"{stage}-0"].start()
    assert running.settle().hashes == before.hashes
    running.versions_never_decrease()


def test_what_left_its_pool_and_what_ended_unread_is_found_by_a_rebuild(pipeline: Make) -> None:
    running = pipeline()
    running.send([sent("1", {"name": "Acme Capital", "country": "FR"}), sent("2", {"name": "Zephyr", "country": "FR"})])
    running.settle()
    for name in ("dedupe-0", "assign-0"):
        running.stages[name].stop()
    running.send([sent("1", {"name": "Acme Capital", "country": "DE"}, minute=5)])
    dedupe, assign = running.stages["dedupe-0"], running.stages["assign-0"]
    assert dedupe.start(CADASTRE_CRASH_AT="pooled_decided:1").wait() == -9  # it has said the move, and not heard it
    forget_positions(running, "dedupe")
    assert "1 taken out of pools" in running.command("rebuild", "dedupe", "--yes")
    dedupe.start()
    deduped = IdleWatch(running.settings, ["dedupe"])
    deduped.wait(60)
    deduped.close()
    forget_positions(running, "assign")
    running.command("rebuild", "assign", "--yes")
    assign.start()
    outcome = running.settle()
    assert_as_the_oracle(running, outcome)
    statuses = [codec.assignment(value).status for value in outcome.assigned.values()]
    assert sorted(statuses) == ["assigned", "assigned", "ended"]
    running.versions_never_decrease()


def test_what_was_deleted_before_it_was_read_is_counted_as_lost(pipeline: Make) -> None:
    running = pipeline()
    records = [sent(str(n), {"name": f"Client {n} Capital", "country": "DE"}) for n in range(60)]
    running.send(records[:40])
    before = running.settle()
    running.stages["dedupe-0"].stop()
    running.send(records[40:])
    unread = [TopicPartition(running.settings.topic(t), p, end) for (t, p), end in ends(running).items()]
    kafka = clients.admin(running.settings)
    for deleted in kafka.delete_records(unread).values():
        deleted.result(30)
    refuse(running, "dedupe")
    assert "lost: 20 records were deleted before they were read" in running.command("rebuild", "dedupe", "--yes")
    running.stages["dedupe-0"].start()
    after = running.settle()
    assert after.counts == {"applied": 40, "lost": 20, "superseded": 40}  # each of those that are left was touched
    assert after.hashes == before.hashes


def say_in_its_place(pipeline: Pipeline) -> None:
    """Somebody else writes to `assigned`: a client's assignment once more, with a segment that nobody decided."""
    written: list[Incoming] = []
    admin.read(pipeline.settings, ASSIGNED.name, written.append)
    one = written[-1]
    said = codec.assignment(one.value or b"")
    foreign = structs.replace(said, version=said.version + 1, segment="foreign")
    producer = AckedProducer(pipeline.settings)
    headers = [("ce_id", f"{one.key}:{foreign.version}".encode())]
    producer.send(ASSIGNED.name, one.key, codec.encode(foreign), one.partition, headers).result(30)
    producer.close()


def test_a_rebuild_of_a_running_stage_is_refused_and_one_of_a_sound_stage_changes_only_what_others_have_said(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    running.send(loaded.raw[:200])
    first = running.settle()
    for stage in ("dedupe", "assign"):
        assert "is running: stop every replica" in running.command("rebuild", stage, "--yes", codes=(2,))
        running.stages[f"{stage}-0"].stop()
        if stage == "assign":
            say_in_its_place(running)
        assert "every position is well" in running.command("rebuild", stage, "--yes")
        running.stages[f"{stage}-0"].start()
        second = running.settle()
        assert second.hashes == first.hashes
    assert second.counts["superseded"] == first.counts.get("superseded", 0) + 200
    running.versions_never_decrease()
