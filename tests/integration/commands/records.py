"""A few records of a CRM, and the outcome that the oracle expects of what stands on `raw`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from schemas import codec
from schemas.codec import cloudevent, rfc3339
from schemas.events import Origin, Version
from schemas.topics import RAW, REFERENCE
from services.ingest.change import Accepted, Change
from services.ingest.handler import decide
from services.stream import admin
from services.stream.rejected_log import Rejected, rejections
from tests.support.oracle import differences, expected
from tests.support.pipeline import Outcome, Pipeline, RawRecord

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sent(record_id: str, fields: Mapping[str, object], minute: int = 0, source: str = "crm") -> RawRecord:
    """An upsert as ingest writes it."""
    version = Version(NOW + timedelta(minutes=minute))
    decided = decide(Change(source, record_id, "upsert", Origin("test"), fields, (), version), NOW)
    assert isinstance(decided, Accepted), decided
    return raw_record(decided.event.record, decided.value, decided.event.event_id)


def raw_record(key: str, value: bytes, event_id: str = "e") -> RawRecord:
    return RawRecord(key, value, cloudevent(RAW.event_type, event_id, "test", rfc3339(NOW)))


def waiting(pipeline: Pipeline) -> list[Rejected]:
    """The rejections that nobody has handled."""
    return [one for one in rejections(pipeline.settings) if not one.verdict]


def listed(pipeline: Pipeline, *options: str) -> list[dict[str, str]]:
    """What `cadastre rejected list --json` tells."""
    lines = pipeline.command("rejected", "list", "--json", *options).splitlines()
    return [json.loads(line) for line in lines]


def assert_as_the_oracle(pipeline: Pipeline, outcome: Outcome) -> None:
    """What the stages said is what the oracle makes of the events on `raw` that can be read."""
    events = []
    for record in pipeline.raw():
        try:
            events.append(codec.change_event(record.value))
        except codec.UNREADABLE:
            continue
    statements = [codec.reference(value) for value in admin.read_all(pipeline.settings, REFERENCE.name).values()]
    told = differences(expected(events, statements, datetime.now(UTC)), outcome.deduped, outcome.assigned)
    assert told == []
