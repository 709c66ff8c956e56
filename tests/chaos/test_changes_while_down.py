"""What people change while a stage is down, or while it dies of re-examining, comes out as if it had been up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from schemas.events import Heartbeat, LiveClient
from schemas.partition import partition_of
from schemas.topics import DEDUPED, REFERENCE
from services.assign.reference_file import load
from services.stream import admin
from services.stream.brake import LIMIT
from services.stream.settings import StreamSettings
from tests.support.altered import older_engine
from tests.support.broker import SharedBroker
from tests.support.faults import report
from tests.support.lives import altered, killed_at
from tests.support.members import members
from tests.support.oracle import differences, expected
from tests.support.pipeline import REFERENCE_FILE, Pipeline
from tests.support.stages import StageRun
from tests.support.undisturbed import PARTITIONS, Loaded
from tests.support.waiting import wait_until

Change = Callable[[Pipeline, Path], None]
AS_ORACLE = "as by the oracle"
SAID = ("--by", "analyst", "--reason", "told by the client")


@pytest.fixture(scope="module")
def settled(loaded: Loaded, broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """One pipeline for all changes, each on top of those before; every record is assigned."""
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix="changes-while-down-", partitions=PARTITIONS)
    with Pipeline(settings, tmp_path_factory.mktemp("changes")) as running:
        running.send(loaded.raw)
        running.settle()
        yield running


def other_rules(running: Pipeline, folder: Path) -> None:
    """Half of the rules, and ten advisors fewer."""
    reference: Any = load(REFERENCE_FILE.read_bytes())
    reference["rules"]["rules"] = reference["rules"]["rules"][::2]
    for advisor in list(reference["advisors"])[-10:]:
        del reference["advisors"][advisor]
    changed = folder / "reference.json"
    changed.write_text(json.dumps(reference))
    running.command("reference", "apply", str(changed), "--by", "analyst")


def decisions(running: Pipeline, folder: Path) -> None:
    """Two records that are one client are said to be different, and two that are not are said to be the same."""
    clients = [client for client in live(running) if client.pool == "US"]
    pair = next(client for client in clients if len(client.members) > 1).members
    one, other = [client for client in clients if len(client.members) == 1][:2]
    running.command("decisions", "different", pair[0].record, pair[1].record, *SAID)
    running.command("decisions", "same", one.members[0].record, other.members[0].record, *SAID)


def a_higher_threshold(running: Pipeline, folder: Path) -> None:
    running.command("engine", "set", "--by", "analyst", "--threshold", "95")


@pytest.mark.parametrize(
    ("stage", "change", "points"),
    [
        ("assign", other_rules, ("deduped_re_examined", "produced", "deduped_re_examined:2")),
        ("dedupe", decisions, ("pooled_re_examined", "produced", "offsets_sent")),
        ("dedupe", a_higher_threshold, ("pooled_re_examined", "produced", "pooled_re_examined:2")),
    ],
    ids=["rule set", "decision", "engine"],
)
def test_what_changes_while_a_stage_is_down_or_dies_of_re_examining_comes_out_as_by_the_oracle(
    settled: Pipeline, loaded: Loaded, tmp_path: Path, stage: str, change: Change, points: tuple[str, ...]
) -> None:
    run = settled.stages[f"{stage}-0"]
    assert run.stop() == 0
    before = settled_values(settled)
    change(settled, tmp_path)
    for point in points:
        killed_at(run, point)
    run.start()
    assert as_the_oracle(settled, loaded) == []
    settled.versions_never_decrease()
    changed = len(settled_values(settled).items() ^ before.items())
    assert changed
    name = change.__name__.replace("_", " ")
    report(f"{name}, while {stage} was down and killed {len(points)} times", f"{changed} values said anew", AS_ORACLE)


def test_rules_that_change_while_the_brake_holds_are_decided_by_once_it_is_released(
    loaded: Loaded, pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    running = pipeline()
    running.send(loaded.raw)
    running.settle()
    before = settled_values(running)
    tell_clients(running, b"{")
    wait_until(lambda: bool(paused(running)), "the brake of assign holds", seconds=60)
    other_rules(running, tmp_path)
    wait_until(lambda: any(beat.re_examining for beat in paused(running)), "clients wait for the release", seconds=60)
    tell_clients(running, None)
    running.command("stage", "resume", "assign", "--by", "analyst")
    assert as_the_oracle(running, loaded) == []
    changed = len(settled_values(running).items() ^ before.items())
    assert changed
    report("other rules while the brake of assign holds", f"{changed} values said anew", AS_ORACLE)


def tell_clients(running: Pipeline, value: bytes | None) -> None:
    """Of one partition, as many clients as the brake does not bear."""
    keys = (f"c_unreadable_{number}" for number in count())
    with admin.transaction(running.settings, "test") as tx:
        for key in islice((key for key in keys if partition_of(key, PARTITIONS) == 0), LIMIT):
            tx.write(DEDUPED.name, key, value, [])


def paused(running: Pipeline) -> list[Heartbeat]:
    """The last word of each replica of assign that stands still."""
    return [beat for beat in admin.heartbeats(running.settings) if (beat.stage, beat.state) == ("assign", "paused")]


def test_of_three_replicas_one_of_an_older_engine_does_not_join_and_the_others_do_the_work(
    loaded: Loaded, pipeline: Callable[..., Pipeline]
) -> None:
    running = pipeline(dedupe=2)
    older = altered(running, "dedupe-2", older_engine.__name__)
    older.start()
    running.send(loaded.raw)
    assert older.wait() == 2
    assert "deploy the build of the active engine" in older.text()
    assert "dedupe-2" not in members(
        running.settings, "dedupe"
    )  # one that had joined would stay until its session ends
    outcome = running.settle()
    running.versions_never_decrease()
    assert outcome.hashes == loaded.outcome.hashes
    assert older.text().count('"started"') == 0
    report("three replicas of dedupe, one of an older engine", "it refused with code 2, the others did the work")


def test_replicas_that_meet_another_engine_leave_and_one_of_that_engine_takes_over(
    settled: Pipeline, loaded: Loaded
) -> None:
    run: StageRun = settled.stages["dedupe-0"]
    value = admin.read_all(settled.settings, REFERENCE.name)["engine:active"]
    newer = json.loads(value)
    newer["code"] += 1
    with admin.transaction(settled.settings, "test") as tx:
        tx.write(REFERENCE.name, "engine:active", json.dumps(newer).encode(), [])
    assert run.wait() == 2
    altered(settled, "dedupe-0", "newer_engine").start()
    assert as_the_oracle(settled, loaded) == []
    settled.versions_never_decrease()
    report("another engine while dedupe runs", "it left with code 2, the newer build went on", AS_ORACLE)


def as_the_oracle(running: Pipeline, loaded: Loaded) -> list[str]:
    outcome = running.settle()
    assert outcome.counts == loaded.outcome.counts
    statements = [codec.reference(value) for value in admin.read_all(running.settings, REFERENCE.name).values()]
    events = [codec.change_event(record.value) for record in loaded.raw]
    found: list[str] = differences(expected(events, statements, datetime.now(UTC)), outcome.deduped, outcome.assigned)
    return found


def settled_values(running: Pipeline) -> dict[str, bytes]:
    """The last values of both topics."""
    return {
        f"{topic}:{key}": value
        for topic in ("deduped", "assigned")
        for key, value in admin.read_all(running.settings, topic).items()
    }


def live(running: Pipeline) -> list[LiveClient]:
    told = admin.read_all(running.settings, DEDUPED.name).values()
    return [client for value in told if isinstance(client := codec.client(value), LiveClient)]
