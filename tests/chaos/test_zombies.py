"""A replica that is frozen past its session and thawed after others have taken over writes nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas import codec
from schemas.codec import encode
from schemas.events import LiveClient
from schemas.partition import partition_of
from schemas.reference import Override
from schemas.topics import ASSIGNED, DEDUPED, FAMILY, POOLED, RECORDS, REFERENCE, REJECTED
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.chaos.conftest import assert_as_undisturbed
from tests.support.broker import SharedBroker
from tests.support.faults import report
from tests.support.keeper import Keeper
from tests.support.lives import thaw, wait_until_frozen
from tests.support.members import members as coordinated
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import PARTITIONS, Loaded
from tests.support.waiting import wait_until

SESSION_MS = 6_000  # the least that the broker allows
EXPIRES_AFTER = timedelta(seconds=8)  # longer than a busy machine takes to decide by them
WRITTEN = (RECORDS.name, POOLED.name, DEDUPED.name, ASSIGNED.name, FAMILY.name, REJECTED.name)

# Replica → where it freezes, and what that means. The last of each stage never does, and takes all over.
PLACES: Mapping[str, tuple[str, str]] = {
    "dedupe-0": ("committed:2", "before the fetch"),
    "dedupe-1": ("fetched:2", "with a fetched batch"),
    "dedupe-2": ("produced:2", "inside a transaction"),
    "assign-0": ("deduped_re_examined:1", "in the middle of a re-evaluation"),
    "assign-1": ("moment_came", "just before an expiry"),
}


@pytest.fixture
def sharing(broker: SharedBroker, prefix: str, tmp_path: Path) -> Iterator[Pipeline]:
    """Four replicas of dedupe and three of assign, each of which owns partitions and waits for records."""
    settings = StreamSettings(
        bootstrap=broker.bootstrap,
        topic_prefix=prefix,
        partitions=PARTITIONS,
        batch_max=50,
        session_timeout_ms=SESSION_MS,
    )
    freeze = {name: {"CADASTRE_FREEZE_AT": point} for name, (point, _) in PLACES.items()}
    with Pipeline(settings, tmp_path, dedupe=4, assign=3, first_life=freeze) as running:
        wait_until(lambda: running.stages.keys() <= members(running), "every replica owns partitions", seconds=60)
        yield running


def test_a_replica_frozen_past_its_session_and_thawed_writes_nothing(loaded: Loaded, sharing: Pipeline) -> None:
    running, keeper = sharing, Keeper(sharing.stages)
    of_dedupe, of_assign = ("dedupe-0", "dedupe-1", "dedupe-2"), ("assign-0", "assign-1")
    running.send(loaded.raw[:-200])
    taken_over(running, of_dedupe)
    thawed_they_write_nothing(running, of_dedupe, keeper)
    overridden = overridden_for_a_moment(running)
    taken_over(running, of_assign)
    wait_until(lambda: not overridden & by_override(running), "the overrides expired", seconds=60)
    thawed_they_write_nothing(running, of_assign, keeper)
    running.send(loaded.raw[-200:])
    assert_as_undisturbed(running, keeper, loaded)
    exits = dict(keeper.exits)
    for name, (_, meant) in PLACES.items():
        told = f"ended with code {exits[name]}" if name in exits else "rejoined"
        report(f"{name.partition('-')[0]} frozen {meant}, past its session", f"wrote nothing once thawed, {told}")


def taken_over(running: Pipeline, names: Sequence[str]) -> None:
    """Wait until these are stopped where they should be, and others own what they owned."""
    for name in names:
        wait_until_frozen(running.stages[name])
    wait_until(lambda: members(running).isdisjoint(names), f"{names} out of their groups", seconds=60)


def thawed_they_write_nothing(running: Pipeline, names: Sequence[str], keeper: Keeper) -> None:
    """Once the others are done: thaw these, and wait until each has learned what it is and is a member again."""
    running.settle()
    before = written(running)
    for name in names:
        thaw(running.stages[name])

    def back() -> bool:
        keeper.look()
        return members(running).issuperset(names)

    wait_until(back, f"{names} back in their groups", seconds=60)
    running.settle(meanwhile=keeper.look)
    assert written(running) == before


def members(running: Pipeline) -> set[str]:
    """The replicas that own partitions."""
    return {name for name, owned in coordinated(running.settings, "dedupe", "assign").items() if owned}


def overridden_for_a_moment(running: Pipeline) -> set[str]:
    """Override a few clients of every partition; the overrides soon expire. Returns the records that they name."""
    stated = {key for key in admin.read_all(running.settings, REFERENCE.name) if key.startswith("override:")}
    chosen: list[str] = []
    of_partition: Counter[int] = Counter()
    for value in admin.read_all(running.settings, DEDUPED.name).values():
        client = codec.client(value)
        if not isinstance(client, LiveClient) or any(f"override:{m.record}" in stated for m in client.members):
            continue
        partition = partition_of(client.pool, PARTITIONS)
        of_partition[partition] += 1
        if of_partition[partition] <= 5:
            chosen.append(client.members[0].record)
    now = datetime.now(UTC)
    with admin.transaction(running.settings, "test") as tx:
        for record in chosen:
            said = Override(
                record=record,
                author="test",
                at=now,
                reason="for a moment",
                territory="global-strategic",
                expires_at=now + EXPIRES_AFTER,
            )
            tx.write(REFERENCE.name, said.key, encode(said), [])
    wait_until(lambda: bool(set(chosen) & once_by_override(running)), "overrides have decided", seconds=60)
    return set(chosen)


def once_by_override(running: Pipeline) -> set[str]:
    """The records whose overrides have decided at any time: they soon expire, and to look takes its time."""
    said: list[Incoming] = []
    admin.read(running.settings, ASSIGNED.name, said.append)
    return sources(one.value for one in said if one.value is not None)


def by_override(running: Pipeline) -> set[str]:
    """The records whose overrides decide now."""
    return sources(admin.read_all(running.settings, ASSIGNED.name).values())


def sources(values: Iterable[bytes]) -> set[str]:
    assigned = map(codec.assignment, values)
    return {a.source_record for a in assigned if a.decided_by == "override" and a.source_record is not None}


def written(running: Pipeline) -> dict[str, int]:
    """How many records stand committed on each topic that stages write."""
    counts: dict[str, int] = {}
    for topic in WRITTEN:
        found: list[Incoming] = []
        admin.read(running.settings, topic, found.append)
        counts[topic] = len(found)
    return counts
