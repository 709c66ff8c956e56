"""`cadastre rejected` on a running pipeline: what was refused is repaired, sent once more, and never counts twice."""

from __future__ import annotations

import json
from pathlib import Path

from schemas import codec
from schemas.events import LiveClient
from schemas.topics import AUDIT, POOLED, RAW
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.rejected_log import rejections
from tests.integration.commands.records import assert_as_the_oracle, listed, raw_record, sent, waiting
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import Make

ROWS = """Key,Company,Land,Where,at
1,Acme Capital,DE,Berlin,2026-01-05 10:11
2,Harbor Point,Atlantis,Lyon,2026-01-05 10:12
3,Bridger Partners,Narnia,Graz,2026-01-05 10:13
4,,FR,Paris,2026-01-05 10:14
5,Quoted "badly,FR,Paris
"""


def on_raw(pipeline: Pipeline) -> int:
    return sum(admin.ends(pipeline.settings, [RAW.name]).values())


def audited(pipeline: Pipeline) -> list[str]:
    found: list[Incoming] = []
    admin.read(pipeline.settings, AUDIT.name, found.append)
    return [json.loads(message.value or b"")["action"] for message in found]


def test_rows_of_a_file_are_repaired_and_sent_once_more(pipeline: Make, tmp_path: Path) -> None:
    running = pipeline()
    file = tmp_path / "clients.csv"
    file.write_text(ROWS)
    options = (
        "--source",
        "hubspot",
        "--id",
        "Key",
        "--modified",
        "at",
        "--map",
        "Company=name",
        "--map",
        "Land=country",
    )
    running.command("ingest", str(file), *options, codes=(1,))
    bad = {one["position"]: one["id"] for one in listed(running)}
    assert list(bad) == [f"clients.csv:{line}" for line in (3, 4, 5, 6)]
    before = on_raw(running)
    running.command("rejected", "redrive", "--reason", "invalid_field", codes=(2,))  # how many is said first
    running.command("rejected", "redrive", "--all-matching", "--edit", "contry=DE", codes=(2,))
    told = running.command(
        "rejected", "redrive", "--reason", "invalid_field", "--all-matching", "--edit", "country=DE", "--dry-run"
    )
    assert "would be sent: 2 events" in told
    assert (on_raw(running), len(waiting(running))) == (before, 4)

    told = running.command("rejected", "redrive", bad["clients.csv:3"], "--edit", "country=Narnia", codes=(1,))
    assert "'Narnia' is not a country" in told
    running.command("rejected", "redrive", bad["clients.csv:3"], "--edit", "country=France", "--by", "kim")
    running.command("rejected", "redrive", bad["clients.csv:4"], "--map", "Where=city", "--edit", "country=AT")
    running.command("rejected", "redrive", bad["clients.csv:5"], "--edit", "name=Fund of Four")
    running.command("rejected", "redrive", bad["clients.csv:6"], codes=(1,))
    told = running.command("rejected", "discard", bad["clients.csv:6"], "--reason", "a test row", "--by", "kim")
    assert "discarded 1; 0 were handled before" in told
    first = running.settle()
    assert_as_the_oracle(running, first)
    assert (on_raw(running), listed(running)) == (before + 3, [])
    assert {one["verdict"] for one in listed(running, "--all")} == {"redriven", "discarded"}
    assert audited(running).count("rejected.redriven") == 3
    assert "rejected.discarded" in audited(running)

    told = running.command("rejected", "redrive", *bad.values(), "--edit", "country=DE")
    assert "handled before, and left alone: 4" in told
    running.send(running.raw()[-3:])  # as if it had ended between sending and saying so
    second = running.settle()
    assert second.hashes == first.hashes
    assert second.counts["applied"] == first.counts["applied"]
    assert second.deduped == first.deduped


def test_events_that_the_record_table_refused_are_repaired_at_their_own_version(pipeline: Make) -> None:
    running = pipeline()
    good = [sent("1", {"name": "Acme Capital", "country": "DE", "city": "Bonn"}, 5), sent("2", {"name": "Harbor"}, 5)]
    broken = codec.encode(codec.change_event(sent("1", {"name": "Acme Capital", "country": "DE"}, 3).value))
    unknown = broken.replace(b'"fields":{', b'"fields":{"colour":"red",')
    misplaced = sent("3", {"name": "Bridger Partners", "country": "FR"}, 1)
    running.send([*good, raw_record("crm:1", unknown), raw_record("crm:9", misplaced.value), raw_record("crm:1", b"{")])
    first = running.settle()
    assert first.counts == {"applied": 2, "rejected": 3}
    ids = {one.value: one.id for one in waiting(running)}
    running.command("rejected", "redrive", ids[unknown], ids[b"{"], codes=(1,))
    assert len(waiting(running)) == 3
    running.command("rejected", "redrive", ids[unknown], "--edit-json", '{"fields": {"colour": null}}')
    running.command("rejected", "redrive", ids[misplaced.value])
    second = running.settle()
    assert second.counts == {"applied": 3, "superseded": 1, "rejected": 3}  # the older upsert wins nothing
    assert [one.id for one in waiting(running)] == [ids[b"{"]]
    assert_as_the_oracle(running, second)


def test_what_a_later_stage_refused_is_said_again_by_every_stage(pipeline: Make) -> None:
    running = pipeline()
    running.send([sent(str(n), {"name": f"Client {n} Capital", "country": "DE", "city": "Bonn"}) for n in range(20)])
    first = running.settle()
    versions = {key: codec.client(value).version for key, value in first.deduped.items()}
    touched = next(client for client in map(codec.client, first.deduped.values()) if isinstance(client, LiveClient))
    record = touched.members[0].record
    producer = AckedProducer(running.settings)
    producer.send(POOLED.name, record, b"{", 0, []).result(30)
    producer.close()
    running.settle()
    assert [(one.stage, one.key) for one in waiting(running)] == [("dedupe", record)]
    for _ in range(2):
        told = running.command("rejected", "redrive", "--stage", "dedupe", "--all-matching", codes=(0, 1))
    assert "nothing that waits matches" in told
    second = running.settle()
    assert second.hashes == first.hashes
    assert second.counts == {"applied": 20, "superseded": 1}
    now = {key: codec.client(value).version for key, value in second.deduped.items()}
    assert now == versions | {touched.client_id: versions[touched.client_id] + 1}
    assert codec.assignment(second.assigned[touched.client_id]).version == 2
    running.versions_never_decrease()
    assert len(rejections(running.settings)) == 1
