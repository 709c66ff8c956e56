"""Dedupe and assign come to what the batch oracle computes at once, in any order, by any batches, through restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from schemas.events import ChangeEvent, ClientFields, Money, Origin, Version
from schemas.reference import Engine, ListEntry, MatchDecision, Override, Reference, Source
from services.assign.reference_file import load
from services.assign.rules.syntax import parse
from services.dedupe.matching import ENGINE_CODE, TOKENS
from services.stream.commands.state_hash import State, hash_of
from tests.support.generator import generate, read_institutions, write
from tests.support.in_memory import ingested, run
from tests.support.oracle import Expected, differences, expected
from tests.unit.assign.making import country, land, named_list, rule, rules, tier

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENGINE = Engine(code=ENGINE_CODE, tokens=TOKENS, cap=50, threshold=85)
DEMO = Path("deploy/demo")
DEMO_RECORDS = 800  # what the time of a unit test allows


@pytest.fixture(scope="module")
def demo_reference() -> dict[str, Reference]:
    statements = parse(load((DEMO / "reference.yaml").read_bytes()), {}, "demo", NOW).statements
    return {ENGINE.key: ENGINE, **statements}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> list[ChangeEvent]:
    folder = tmp_path_factory.mktemp("demo")
    write(generate(read_institutions(DEMO / "institutions.csv")[::4], DEMO_RECORDS, seed=11), folder)
    return ingested(folder, NOW)


@pytest.fixture(scope="module")
def oracle(demo: list[ChangeEvent], demo_reference: Mapping[str, Reference]) -> Expected:
    return expected(demo, demo_reference, NOW)


@pytest.mark.parametrize(("batch", "order", "restart_every"), [(500, None, None), (500, 1, None), (60, 2, 4)], ids=str)
def test_the_demos_clients_and_assignments_are_the_oracles(
    demo: list[ChangeEvent],
    demo_reference: dict[str, Reference],
    oracle: Expected,
    batch: int,
    order: int | None,
    restart_every: int | None,
) -> None:
    told = run(demo, demo_reference, NOW, batch, order, restart_every)
    agree(oracle, *told)
    assert any(len(client.members) > 1 for client in oracle.clients.values())


def test_batches_of_one_come_to_the_same(demo: list[ChangeEvent], demo_reference: dict[str, Reference]) -> None:
    few = demo[::3]
    agree(expected(few, demo_reference, NOW), *run(few, demo_reference, NOW, batch=1, order=5))


def test_clients_too_large_for_a_message_are_cut_as_the_oracle_cuts_them() -> None:
    tags = tuple(f"{n}{'x' * 3_000}" for n in range(10))
    fields = ClientFields(name="Zorblax Quimby Partners", country="US", phone="+16175550123", tags=tags)
    events = [upsert(f"crm:{n}", fields) for n in range(45)]
    reference: dict[str, Reference] = {ENGINE.key: ENGINE}
    oracle = expected(events, reference, NOW)
    assert all(client.oversized for client in oracle.clients.values())
    agree(oracle, *run(events, reference, NOW, batch=20, order=1, restart_every=1))


def test_an_event_without_a_version_is_refused() -> None:
    unordered = structs.replace(upsert("crm:1", ClientFields(name="Acme")), version=None)
    with pytest.raises(ValueError, match="no version"):
        expected([unordered], [ENGINE], NOW)


def test_a_difference_is_told_with_its_client_and_field() -> None:
    told = run([upsert("crm:1", ClientFields(name="Acme", city="Rome"))], {ENGINE.key: ENGINE}, NOW)
    oracle = expected([upsert("crm:1", ClientFields(name="Acme", city="Bonn"))], [ENGINE], NOW)
    [client_id] = oracle.clients
    found = differences(oracle, *told)
    assert found[0] == f'deduped {client_id}: golden.city: expected "Bonn", got "Rome"'
    assert differences(oracle, {}, told[1], limit=0) == ["and 1 more"]


def upsert(record: str, fields: ClientFields) -> ChangeEvent:
    source, record_id = record.split(":")
    origin = Origin("test")
    return ChangeEvent(
        event_id=record,
        source=source,
        record_id=record_id,
        op="upsert",
        received_at=NOW,
        origin=origin,
        fields=fields,
        version=Version(NOW),
    )


def agree(oracle: Expected, deduped: dict[str, bytes], assigned: dict[str, bytes]) -> None:
    assert differences(oracle, deduped, assigned) == []
    hashes = hash_of(State.DEDUPED, deduped.items()), hash_of(State.ASSIGNED, assigned.items())
    assert hashes == (oracle.deduped_hash, oracle.assigned_hash)


SOURCES = ("crm", "erp", "web")
RECORDS = [f"{source}:{n}" for source, n in product(SOURCES, range(4))]
VALUES: dict[str, Sequence[object]] = {
    "name": ["Blue Rock Capital LLC", "Bluerock Capital", "Blue Rock Capital II", "Blue Rok Capital", "Harbor Fund"],
    "lei": ["5493001KJTIIGC8Y1R12", "7LTWFZYICNSX8D621K86"],
    "tax_id": ["DE136695976", "12-3456789"],
    "identifiers": [{"crd": "104517"}, {"crd": "104518", "duns": "80"}, {}],
    "street": ["12 Main Street", "14 Main St", "9 Quay"],
    "city": ["Boston", "Bostn", "Berlin"],
    "country": ["US", "DE"],
    "phone": ["+16175550123", "+493012345678", "+16175550124"],
    "website": ["https://bluerock.com", "https://bluerock.de"],
    "aum": [Money("1000000.00", "USD"), Money("1000000.0", "USD"), Money("5", "EUR")],
    "parent_record": RECORDS,
    "tags": [("a", "b"), ()],
    "created_at": [NOW - timedelta(days=n) for n in (1, 2)] + [NOW.astimezone(timezone(timedelta(hours=2)))],
}

OPS: st.SearchStrategy[Literal["upsert", "patch", "delete"]] = st.sampled_from(
    ("upsert",) * 5 + ("patch",) * 3 + ("delete",)
)
VERDICTS: st.SearchStrategy[Literal["same", "different", "withdrawn"]] = st.sampled_from(
    ("same", "same", "different", "withdrawn")
)
KEYS = st.sampled_from(RECORDS)


@st.composite
def changes(draw: st.DrawFn) -> list[ChangeEvent]:
    """Up to 30 changes to 12 records; their versions collide but for the event's id."""
    many = draw(st.integers(1, 30))
    return [_change(draw, f"{draw(st.integers(0, 9))}-{n}") for n in range(many)]


def _change(draw: st.DrawFn, event_id: str) -> ChangeEvent:
    source, record_id = draw(KEYS).split(":")
    op = draw(OPS)
    said: dict[str, object] = {}
    if op != "delete":
        names = draw(st.sets(st.sampled_from(sorted(VALUES)))) | ({"name", "country"} if op == "upsert" else set())
        said = {name: draw(st.sampled_from(VALUES[name])) for name in sorted(names)}
        if op == "upsert" and draw(st.integers(0, 5)) == 0:
            del said[draw(st.sampled_from(["name", "country"]))]
    cleared = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=3)) - said.keys() if op == "patch" else ()
    return ChangeEvent(
        event_id=event_id,
        source=source,
        record_id=record_id,
        op=op,
        received_at=NOW,
        origin=Origin("test"),
        fields=ClientFields(**said),  # type: ignore[arg-type]
        cleared=tuple(sorted(cleared)),
        version=Version(NOW + timedelta(seconds=draw(st.integers(0, 3))), draw(st.integers(0, 2))),
    )


LAND = land("east", "west", "house")
RULE_SET = rules(
    rule("us", 1, "east", country("US")),
    tiers=(tier("gold"),),
    inherit_from_parent=True,
    default_territory="house",
)


@st.composite
def statements(draw: st.DrawFn) -> list[Reference]:
    """An engine that is easily crossed, ranks, people's decisions about records, and rules that know parents."""
    bounds = st.sampled_from([2, 3, 5, 50]), st.sampled_from([60, 75, 85, 95]), st.sampled_from(["entity", "site"])
    cap, threshold, grain = (draw(one) for one in bounds)
    engine = structs.replace(ENGINE, cap=cap, threshold=threshold, grain=grain)
    pairs = draw(st.lists(st.sets(KEYS, min_size=2, max_size=2), max_size=6))
    decisions = [_decision(draw, *sorted(pair)) for pair in pairs]
    ranks = [Source(id=source, rank=draw(st.integers(1, 2))) for source in draw(st.sets(st.sampled_from(SOURCES)))]
    barred: list[Reference] = [named_list("not", "house", black=True)]
    barred += [ListEntry(list="not", record=record, author="a", at=NOW) for record in draw(st.sets(KEYS, max_size=2))]
    overrides = [
        Override(
            record=record, author="a", at=NOW + timedelta(hours=draw(st.integers(0, 1))), reason="", territory="west"
        )
        for record in sorted(draw(st.sets(KEYS, max_size=2)))
    ]
    return [engine, *LAND, *RULE_SET, *ranks, *decisions, *barred, *overrides]


def _decision(draw: st.DrawFn, low: str, high: str) -> MatchDecision:
    verdict = draw(VERDICTS)
    return MatchDecision(
        low=low, high=high, verdict=verdict, author="a", at=NOW + timedelta(hours=draw(st.integers(0, 2)))
    )


@settings(max_examples=30, deadline=None)
@given(changes(), statements(), st.data())
def test_any_changes_under_any_statements_come_to_what_the_oracle_computes(
    events: list[ChangeEvent], said: list[Reference], data: st.DataObject
) -> None:
    reference = {statement.key: statement for statement in said}
    batch = data.draw(st.sampled_from([1, 2, 5, 100]))
    restart_every = data.draw(st.sampled_from([None, 2, 3]))
    first = {ENGINE.key: ENGINE} | {key: one for key, one in reference.items() if data.draw(st.booleans())}
    late = [one for one in reference.values() if first.get(one.key) != one]
    told = run(events, first, NOW, batch, data.draw(st.integers(0, 99)), restart_every, late)
    agree(expected(events, reference, NOW), *told)
