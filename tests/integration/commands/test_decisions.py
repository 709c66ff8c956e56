"""`cadastre decisions`: people's word makes and parts clients, and an undo brings back the id that was there before."""

from __future__ import annotations

import json

from schemas import codec
from schemas.events import LiveClient
from tests.integration.commands.records import assert_as_the_oracle, sent
from tests.support.pipeline import Outcome, Pipeline
from tests.support.undisturbed import Make

BONN = {"country": "DE", "city": "Bonn", "phone": "+49 228 111213", "website": "acme-capital.de"}


def live(outcome: Outcome) -> dict[tuple[str, ...], tuple[str, int]]:
    """The records of each live client → its id and version."""
    clients = [client for value in outcome.deduped.values() if isinstance(client := codec.client(value), LiveClient)]
    return {tuple(m.record for m in client.members): (client.client_id, client.version) for client in clients}


def decided(pipeline: Pipeline, *words: str) -> str:
    return pipeline.command("decisions", *words, "--by", "kim", "--reason", "as the client says")


def states(pipeline: Pipeline) -> dict[str, str]:
    told = [json.loads(line) for line in pipeline.command("decisions", "list", "--json").splitlines()]
    return {f"{one['low']} {one['high']} {one['verdict']}": one["state"] for one in told}


def settled(pipeline: Pipeline) -> dict[tuple[str, ...], tuple[str, int]]:
    outcome = pipeline.settle()
    assert_as_the_oracle(pipeline, outcome)
    pipeline.versions_never_decrease()
    return live(outcome)


def test_a_word_merges_splits_and_is_taken_back(pipeline: Make) -> None:
    running = pipeline()
    running.send(
        [
            sent("a1", {"name": "Acme Capital GmbH", **BONN}),
            sent("a2", {"name": "Acme Capital", **BONN}, source="hub"),
            sent("b", {"name": "Zephyr Brothers", "country": "DE", "city": "Kiel"}),
            sent("c", {"name": "Ostsee Holding", "country": "DE", "city": "Rostock"}),
        ]
    )
    before = settled(running)
    assert set(before) == {("crm:a1", "hub:a2"), ("crm:b",), ("crm:c",)}

    decided(running, "same", "crm:c", "crm:b")
    merged = settled(running)
    assert set(merged) == {("crm:a1", "hub:a2"), ("crm:b", "crm:c")}

    decided(running, "different", "hub:a2", "crm:a1")
    parted = settled(running)
    assert set(parted) == {("crm:a1",), ("hub:a2",), ("crm:b", "crm:c")}

    decided(running, "withdraw", "crm:a1", "hub:a2")
    decided(running, "withdraw", "crm:b", "crm:c")
    after = settled(running)
    assert {records: client_id for records, (client_id, _) in after.items()} == {
        records: client_id for records, (client_id, _) in before.items()
    }
    assert all(version > before[records][1] for records, (_, version) in after.items())
    assert set(states(running).values()) == {"withdrawn"}


def test_dormant_and_contradicted_decisions_are_shown_and_the_later_of_two_holds(pipeline: Make) -> None:
    running = pipeline()
    running.send([sent(n, {"name": f"{n} Holding", "country": "DE"}) for n in ("alpha", "beta", "gamma")])
    running.send([sent("lyon", {"name": "Lyon Partners", "country": "FR"})])
    running.settle()
    decided(running, "same", "crm:alpha", "crm:beta")
    decided(running, "same", "crm:beta", "crm:gamma")
    told = decided(running, "same", "crm:alpha", "crm:lyon")
    assert "dormant" in told
    assert "dormant" in decided(running, "different", "crm:alpha", "crm:nobody")
    decided(running, "different", "crm:alpha", "crm:gamma")
    assert set(settled(running)) == {("crm:alpha",), ("crm:beta", "crm:gamma"), ("crm:lyon",)}
    assert states(running) == {
        "crm:alpha crm:beta same": "contradicted",
        "crm:alpha crm:gamma different": "holds",
        "crm:alpha crm:lyon same": "dormant",
        "crm:alpha crm:nobody different": "dormant",
        "crm:beta crm:gamma same": "holds",
    }
    running.send([sent("lyon", {"name": "Lyon Partners", "country": "DE"}, minute=9)])
    assert set(settled(running)) == {("crm:alpha", "crm:lyon"), ("crm:beta", "crm:gamma")}
    assert states(running)["crm:alpha crm:lyon same"] == "holds"
    assert "contradicted" in running.command("decisions", "list")


def test_a_decision_that_is_none_is_refused(pipeline: Make) -> None:
    running = pipeline()
    refused = (
        ("same", "crm:1", "crm:1", "given twice"),
        ("same", "crm:1", "nonsense", "is no record"),
        ("withdraw", "crm:1", "crm:2", "nothing stands"),
    )
    for verdict, one, other, said in refused:
        told = running.command("decisions", verdict, one, other, "--by", "kim", "--reason", "r", codes=(2,))
        assert said in told
    assert states(running) == {}
