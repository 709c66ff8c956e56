"""The loop on a real Kafka, by way of the echo stage: each record is decided once, whatever is killed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from schemas import codec
from schemas.partition import partition_of
from services.stream import admin, clients
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.echoing import PARTITIONS, assert_each_once, rejections, said, send, some
from tests.support.stages import StageRun
from tests.support.waiting import wait_until


def test_every_record_is_said_once(settings: StreamSettings, echo: StageRun) -> None:
    records = some(5_000)
    send(settings, records)
    echo.start()
    assert_each_once(settings, records)
    assert echo.stop() == 0


@pytest.mark.parametrize("point", ["fetched:5", "produced:1", "produced:3", "offsets_sent:2", "committed:2"])
def test_a_kill_at_any_point_of_a_transaction_loses_and_doubles_nothing(
    settings: StreamSettings, echo: StageRun, point: str
) -> None:
    records = some(3_000)
    send(settings, records)
    echo.start(CADASTRE_CRASH_AT=point)
    assert echo.wait() == -9, echo.text()
    echo.start()
    assert_each_once(settings, records)


def test_kills_at_random_moments_under_load_lose_and_double_nothing(settings: StreamSettings, echo: StageRun) -> None:
    rng = random.Random(11)
    records: list[tuple[str, str]] = []
    for _ in range(4):
        echo.start()
        more = some(rng.randrange(500, 3_000))
        before = sum(map(len, said(settings).values()))
        send(settings, more)
        records += more
        wanted = before + rng.randrange(1, 400)
        wait_until(lambda: sum(map(len, said(settings).values())) >= wanted, "some progress")  # noqa: B023
        echo.kill()
    echo.start()
    assert_each_once(settings, records)


def test_sigterm_under_load_ends_within_ten_seconds(settings: StreamSettings, echo: StageRun) -> None:
    records = some(20_000)
    echo.start()
    wait_until(lambda: bool(admin.heartbeats(settings)), "a heartbeat")
    send(settings, records)
    wait_until(lambda: bool(said(settings)), "a first count")
    assert echo.stop(timeout_s=10) == 0
    echo.start()
    assert_each_once(settings, records)


def test_a_refused_record_reaches_rejected_with_its_bytes_and_position(
    settings: StreamSettings, echo: StageRun
) -> None:
    send(settings, [("crm:1", "a"), ("crm:1", "bad"), ("crm:1", "b")])
    echo.start()
    wait_until(lambda: said(settings) == {"crm:1": [1, 2]}, "the good neighbours said")
    wait_until(lambda: bool(rejections(settings)), "a rejection")
    (rejected,) = rejections(settings)
    assert rejected.value == b"bad"
    headers = dict(rejected.headers)
    assert headers["cadastre_reason"] == b"malformed"
    assert headers["cadastre_position"] == f"raw:{partition_of('crm:1', PARTITIONS)}:1".encode()
    assert headers["original_ce_id"] == b"1"


def test_the_heartbeats_add_up_to_what_was_committed(settings: StreamSettings, echo: StageRun) -> None:
    records = some(3_000)
    send(settings, [*records, ("crm:1", "bad"), ("crm:2", "bad")])
    echo.start()
    assert_each_once(settings, records)

    def told() -> list[Counter[str]]:
        decided, rejected, took = Counter[str](), Counter[str](), Counter[str]()

        def take(message: Incoming) -> None:
            beat = codec.heartbeat(message.value or b"")
            decided.update(beat.decided)
            rejected.update(beat.rejected)
            took["records"] += sum(beat.took.values())

        admin.read(settings, "stats", take)
        return [decided, rejected, took]

    whole = [Counter({"raw.echoed": 3_000, "raw.rejected": 2}), Counter(malformed=2), Counter(records=3_002)]
    wait_until(lambda: told() == whole, "all of it told once")


def test_a_record_that_raises_is_rejected_and_its_neighbours_are_said_once(
    settings: StreamSettings, echo: StageRun
) -> None:
    records = some(200)
    send(settings, [*records[:100], ("crm:1", "raise"), *records[100:]])
    echo.start()
    assert_each_once(settings, records)
    wait_until(lambda: bool(rejections(settings)), "a rejection")
    (rejected,) = rejections(settings)
    assert dict(rejected.headers)["cadastre_reason"] == b"stage_error"


def test_two_replicas_share_the_partitions_and_say_each_record_once(
    settings: StreamSettings, echo: StageRun, tmp_path: Path
) -> None:
    second = StageRun("tests.support.echo", settings, tmp_path / "second.log", {"CADASTRE_ORDINAL": "1"})
    first_half, second_half = some(2_000), some(2_001)
    echo.start()
    send(settings, first_half)
    wait_until(lambda: bool(said(settings)), "a first count")
    second.start()
    try:
        send(settings, second_half)
        assert_each_once(settings, first_half + second_half)
        wait_until(
            lambda: {h.replica for h in admin.heartbeats(settings) if h.positions} == {"0", "1"}, "both own some"
        )
    finally:
        second.stop()


def test_a_stage_refuses_to_start_over_its_own_output_when_its_position_is_gone(
    settings: StreamSettings, echo: StageRun
) -> None:
    records = some(100)
    send(settings, records)
    echo.start()
    assert_each_once(settings, records)
    assert echo.stop() == 0
    group = f"{settings.topic_prefix}echo"
    kafka = clients.admin(settings)

    def deleted() -> bool:  # a static member stays in its group until its session ends
        return not any(f.exception() for f in kafka.delete_consumer_groups([group]).values())

    wait_until(deleted, "the group deleted")
    echo.start()
    assert echo.wait() == 2
    assert "no committed position on raw" in echo.text().replace("\\n", " ")


def test_missing_topics_and_wrong_partition_counts_are_refused_by_name(
    broker: SharedBroker, settings: StreamSettings, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"topic_prefix": "nowhere-"})
    missing = StageRun("tests.support.echo", StreamSettings(**other.model_dump()), tmp_path / "missing.log")
    assert missing.start().wait() == 2
    assert "topic nowhere-raw is missing" in missing.text()
    grown = StageRun("tests.support.echo", settings, tmp_path / "grown.log", {"CADASTRE_PARTITIONS": "8"})
    assert grown.start().wait() == 2
    assert "has 4 partitions where CADASTRE_PARTITIONS says 8" in grown.text()
