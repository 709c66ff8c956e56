"""From a CRM's file to an assigned client: the oracle's outcome, whatever the order, the batches and the replicas."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from schemas import codec
from schemas.events import LiveClient
from schemas.reference import Reference
from services.dedupe.quality import closed_pairs
from tests.pipeline.conftest import RECORDS, Loaded, Make
from tests.support.oracle import differences, expected
from tests.support.pipeline import Outcome, Pipeline
from tests.support.undisturbed import FULL


def live(outcome: Outcome) -> list[LiveClient]:
    return [client for value in outcome.deduped.values() if isinstance(client := codec.client(value), LiveClient)]


def test_every_event_is_counted_once_and_every_client_has_an_assignment(loaded: Loaded) -> None:
    counts, outcome = loaded.outcome.counts, loaded.outcome
    received = len(loaded.raw) + loaded.refused
    assert received == RECORDS + len(loaded.demo.changes)
    assert received == counts["applied"] + counts["superseded"] + counts.get("rejected", 0) + loaded.refused
    statuses = [codec.assignment(value).status for value in outcome.assigned.values()]
    assert len(live(outcome)) == statuses.count("assigned") + statuses.count("unassigned")


def test_the_stages_come_to_the_clients_and_assignments_of_the_oracle(
    loaded: Loaded, statements: list[Reference]
) -> None:
    events = [codec.change_event(record.value) for record in loaded.raw]
    oracle = expected(events, statements, datetime.now(UTC))
    assert differences(oracle, loaded.outcome.deduped, loaded.outcome.assigned) == []
    assert loaded.outcome.hashes == (oracle.deduped_hash, oracle.assigned_hash)


def test_no_log_tells_what_a_record_says(loaded: Loaded) -> None:
    assert loaded.logs.count('"event": "started"') >= 2, "the stages have logged"
    said = {
        value
        for record in loaded.raw
        for field in ("name", "lei", "tax_id", "email", "phone", "website", "street")
        if isinstance(value := getattr(codec.change_event(record.value).fields, field), str) and len(value) > 5
    }
    assert len(said) > RECORDS
    assert [value for value in said if value in loaded.logs] == []


def test_most_true_pairs_are_found_and_hardly_a_false_one(loaded: Loaded) -> None:
    clients = {member.record: client.client_id for client in live(loaded.outcome) for member in client.members}
    truth = {f"{source}:{record_id}": lei for (source, record_id), lei in loaded.demo.truth.items()}
    quality = closed_pairs(clients, truth)
    print(f"precision {quality.precision:.4f}, recall {quality.recall:.4f}")
    assert quality.precision >= 0.97
    assert quality.recall >= 0.90


@pytest.mark.parametrize(
    ("order", "batch_max", "replicas"),
    [("shuffled", 500, 1), ("file", 1 if FULL else 4, 1), ("shuffled", 500, 3), ("shuffled", 7, 1)],
    ids=["shuffled", "hardly any batches", "three replicas", "shuffled in batches of 7"],
)
def test_order_batches_and_replicas_make_no_difference(
    loaded: Loaded, pipeline: Make, order: str, batch_max: int, replicas: int
) -> None:
    records = list(loaded.raw)
    if order == "shuffled":
        random.Random(batch_max + replicas).shuffle(records)
    running = pipeline(dedupe=replicas, assign=replicas, batch_max=batch_max)
    running.send(records)
    outcome = running.settle()
    running.versions_never_decrease()
    assert outcome.hashes == loaded.outcome.hashes


def test_a_merge_ends_an_id_that_still_leads_to_its_client(loaded: Loaded) -> None:
    ended = [codec.client(value) for value in loaded.outcome.deduped.values()]
    assert any(client for client in ended if not isinstance(client, LiveClient) and client.into)


def test_a_client_is_found_by_its_record_and_tells_why(loaded: Loaded, undisturbed: Pipeline) -> None:
    merged = next(client for client in live(loaded.outcome) if len(client.members) > 1)
    shown = undisturbed.command("clients", "show", merged.members[-1].record)
    assert merged.client_id in shown
    assert '"evidence"' in shown
    assert '"decided_by"' in shown
