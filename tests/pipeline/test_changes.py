"""What people change re-examines the clients; what nobody can read is rejected, and its neighbours go through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas import codec
from schemas.topics import DEDUPED, POOLED, REFERENCE
from services.assign.reference_file import load
from services.stream import admin
from services.stream.commands.rejected import rejections
from services.stream.producer import AckedProducer
from tests.pipeline.conftest import Loaded, Make
from tests.support.oracle import differences, expected
from tests.support.pipeline import REFERENCE_FILE, Pipeline, RawRecord

POISON = (b"{", b"NaN", b"[" * 10_000, b'"\\ud800"', b"\x00\xff", b"null", b'{"event_id": 12345678901234567890123}')


def as_the_oracle(running: Pipeline, raw: list[RawRecord]) -> list[str]:
    outcome = running.settle()
    statements = [codec.reference(value) for value in admin.read_all(running.settings, REFERENCE.name).values()]
    events = [codec.change_event(record.value) for record in raw]
    found: list[str] = differences(expected(events, statements, datetime.now(UTC)), outcome.deduped, outcome.assigned)
    return found


def test_a_changed_rule_set_reaches_every_client_that_it_changes(
    loaded: Loaded, pipeline: Make, tmp_path: Path
) -> None:
    running = pipeline(assign=2)
    running.send(loaded.raw)
    before = running.settle()
    reference: Any = load(REFERENCE_FILE.read_bytes())
    reference["rules"]["rules"] = reference["rules"]["rules"][::2]
    for advisor in list(reference["advisors"])[-10:]:
        del reference["advisors"][advisor]
    changed = tmp_path / "reference.json"
    changed.write_text(json.dumps(reference))
    told = running.command("reference", "apply", str(changed), "--by", "analyst")
    assert "advisor" in told
    assert as_the_oracle(running, loaded.raw) == []
    running.versions_never_decrease()
    assert running.settle().assigned != before.assigned


def test_poison_on_a_topic_is_rejected_with_its_reason_and_its_neighbours_go_through(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    running.settle()  # what only a stage itself may write is poisoned while it runs, not while it restores from it
    good = loaded.raw
    poison = [RawRecord("crm:poison", value, []) for value in POISON]
    running.send([*good[: len(good) // 2], *poison, *good[len(good) // 2 :]])
    producer = AckedProducer(running.settings)
    for topic in (POOLED.name, DEDUPED.name):
        for value in POISON:
            producer.send(topic, "crm:poison", value, 0, []).result(30)
    producer.close()
    outcome = running.settle()
    assert outcome.counts["rejected"] == len(POISON)
    found = [(one.stage, one.position.split(":")[0], one.reason, one.value) for one in rejections(running.settings)]
    assert sorted(found) == sorted(
        (stage, topic, "malformed", value)
        for stage, topic in (("dedupe", "raw"), ("dedupe", "pooled"), ("assign", "deduped"))
        for value in POISON
    )
    clean = {key: value for key, value in outcome.deduped.items() if key != "crm:poison"}
    assert type(outcome)(clean, outcome.assigned, outcome.counts).hashes == loaded.outcome.hashes
