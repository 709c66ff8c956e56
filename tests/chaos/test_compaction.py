"""Stages that restore from cleaned topics come to the same, and what was deleted stays deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from msgspec.structs import replace

from deploy.local.kafka import Broker
from schemas import codec
from schemas.events import ChangeEvent, Version
from schemas.topics import ASSIGNED, DEDUPED, FAMILY, RECORDS
from services.stream import admin, clients
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings
from tests.support.faults import report
from tests.support.pipeline import Pipeline, RawRecord
from tests.support.undisturbed import PARTITIONS, Loaded
from tests.support.waiting import wait_until

CLEANER = {
    "log.cleaner.backoff.ms": "200",
    "log.initial.task.delay.ms": "100",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "500",
}
IN_SECONDS = {
    "segment.ms": "200",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "100",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "500",
}
CLEANED = (RECORDS.name, DEDUPED.name, ASSIGNED.name, FAMILY.name)


@pytest.fixture
def cleaned_in_seconds(tmp_path: Path, prefix: str) -> Iterator[Pipeline]:
    with Broker(tmp_path / "kafka", extra=CLEANER) as broker:
        settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS)
        with Pipeline(settings, tmp_path / "stages") as running:
            for topic in CLEANED:
                alter(settings, topic)
            yield running


def test_a_restore_after_cleaning_comes_to_the_same_and_late_older_events_revive_nothing(
    loaded: Loaded, cleaned_in_seconds: Pipeline
) -> None:
    running = cleaned_in_seconds
    running.send(loaded.raw)
    running.settle()
    for run in running.stages.values():
        run.kill()
    before = {topic: len(log_of(running.settings, topic)) for topic in CLEANED}
    for topic in CLEANED:
        wait_until(lambda: cleaned(running.settings, topic), f"{topic} cleaned", seconds=60)  # noqa: B023
    after = {topic: len(log_of(running.settings, topic)) for topic in CLEANED}
    for run in running.stages.values():
        run.start()
    late = late_events(loaded)
    running.send(late)
    outcome = running.settle()
    assert outcome.hashes == loaded.outcome.hashes
    superseded = loaded.outcome.counts["superseded"] + len(late)
    assert outcome.counts == loaded.outcome.counts | {"superseded": superseded}
    shrunk = ", ".join(f"{topic} from {before[topic]} to {after[topic]} records" for topic in CLEANED)
    report(f"restore after cleaning, then {len(late)} late events of deleted records", shrunk)


def late_events(loaded: Loaded) -> list[RawRecord]:
    """For every deleted record an upsert of a moment before the delete, which arrives now."""
    last: dict[str, ChangeEvent] = {}
    said: dict[str, ChangeEvent] = {}
    for record in loaded.raw:
        event = codec.change_event(record.value)
        last[record.key] = max(last.get(record.key, event), event, key=_version)
        if event.op == "upsert":
            said[record.key] = event
    late = [
        replace(
            said[key],
            event_id=f"{event.event_id}-late",
            version=Version(_version(event).time - timedelta(seconds=1)),
        )
        for key, event in last.items()
        if event.op == "delete"
    ]
    assert late
    return [RawRecord(event.record, codec.encode(event), []) for event in late]


def _version(event: ChangeEvent) -> Version:
    assert event.version is not None
    return event.version


def cleaned(settings: StreamSettings, topic: str) -> bool:
    """Whether hardly any key stands twice. What was last said in each partition is said once more, since the active
    segment is never cleaned, and rolls only when something is appended."""
    log = log_of(settings, topic)
    producer = AckedProducer(settings)
    for message in {message.partition: message for message in log}.values():
        producer.send(topic, message.key, message.value, message.partition, message.headers)
    producer.close()
    return len(log) <= len({message.key for message in log}) + 2 * PARTITIONS


def log_of(settings: StreamSettings, topic: str) -> list[Incoming]:
    found: list[Incoming] = []
    admin.read(settings, topic, found.append)
    return found


def alter(settings: StreamSettings, topic: str) -> None:
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in IN_SECONDS.items()
    ]
    wanted = ConfigResource(ResourceType.TOPIC, settings.topic(topic), incremental_configs=entries)
    kafka = clients.admin(settings)  # its futures never end once it is collected
    for future in kafka.incremental_alter_configs([wanted]).values():
        future.result(30)
