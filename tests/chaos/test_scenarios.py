"""What happens to clients over time: each history comes to the oracle's outcome, and old links go on to resolve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from schemas import codec
from schemas.events import ChangeEvent, Client, ClientFields, EndedClient, LiveClient, Origin, Version
from schemas.reference import Reference
from schemas.topics import DEDUPED, REFERENCE
from services.stream import admin
from services.stream.commands.clients import find
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.faults import report
from tests.support.generator.scenarios import SCENARIOS
from tests.support.oracle import Expected, differences, expected
from tests.support.pipeline import RawRecord
from tests.support.undisturbed import LOADED_PREFIX, PARTITIONS, Loaded, Make

History = Mapping[str, Sequence[Client]]  # client id → all that was ever said of it
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What the stages said, and what the oracle says."""

    history: History
    oracle: Expected

    @property
    def clients(self) -> dict[str, Client]:
        return {client_id: versions[-1] for client_id, versions in self.history.items()}

    def holder(self, record: str) -> str | None:
        """The live client that holds a record."""
        found = [c.client_id for c in self.clients.values() if isinstance(c, LiveClient) and holds(c, record)]
        assert len(found) <= 1, f"{record} is in {found}"
        return found[0] if found else None


@pytest.fixture(scope="module")
def told(loaded: Loaded, broker: SharedBroker) -> Told:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=LOADED_PREFIX, partitions=PARTITIONS)
    return Told(history_of(settings), oracle_of(settings, loaded.raw))


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_history_of_the_demo_comes_to_the_oracles_outcome_and_its_links_resolve(
    loaded: Loaded, told: Told, name: str
) -> None:
    for cast in loaded.demo.scenarios[name]:
        for record in (value for value in cast.values() if ":" in value):
            holder = told.holder(record)
            wanted = next((c for c in told.oracle.clients.values() if holds(c, record)), None)
            assert holder == (wanted.client_id if wanted is not None else None)
            if wanted is not None:
                assert codec.canonical(told.clients[wanted.client_id]) == codec.canonical(wanted)
                value = loaded.outcome.assigned[wanted.client_id]
                assert codec.canonical(codec.assignment(value)) == codec.canonical(
                    told.oracle.assignments[wanted.client_id]
                )
            for client_id in ids_of(told, record):
                links_resolve(told, client_id)
    report(f"demo: {name.replace('_', ' ')}", "links resolve, versions 1, 2, 3, …", "as by the oracle")


def test_every_old_link_of_the_demo_leads_to_who_holds_its_records_now(told: Told) -> None:
    ended = [versions[-1] for versions in told.history.values() if isinstance(versions[-1], EndedClient)]
    for client in ended:
        links_resolve(told, client.client_id)
    report("demo: every ended id", f"{len(ended)} lead to who holds their records", "as by the oracle")


# Each history is a list of steps, which are settled one after the other.
TWIN = {"name": "Hekla Reinsurance hf", "street": "Borgartun 26", "city": "Reykjavik", "phone": "+3545551234"}
OTHER = {"name": "Krafla Timber Works", "street": "Hafnarstraeti 99", "city": "Akureyri", "phone": "+3544619000"}
HISTORIES: Mapping[str, Sequence[Sequence[tuple[str, str, Mapping[str, object]]]]] = {
    "split and undone": [
        [("a:1", "upsert", {**TWIN, "country": "IS"}), ("b:1", "upsert", {**TWIN, "country": "IS"})],
        [("b:1", "patch", OTHER)],
        [("b:1", "patch", TWIN)],
    ],
    "an id that comes back": [
        [
            ("a:2", "upsert", {**TWIN, "country": "FO", "created_at": FIRST - timedelta(days=9)}),
            ("b:2", "upsert", {**TWIN, "country": "FO", "created_at": FIRST}),
        ],
        [("a:2", "delete", {})],
        [("a:2", "upsert", {**TWIN, "country": "FO", "created_at": FIRST - timedelta(days=9)})],
    ],
    "a child on a cycle, which is opened": [
        [
            ("a:3", "upsert", {"name": "Askja Holding", "country": "GL", "parent_record": "a:4"}),
            ("a:4", "upsert", {"name": "Baula Partners", "country": "GL", "parent_record": "a:5"}),
            ("a:6", "upsert", {"name": "Esja Ventures", "country": "GL", "parent_record": "a:3"}),
        ],
        [("a:5", "upsert", {"name": "Dyngja Capital", "country": "GL", "parent_record": "a:3"})],
        [("a:4", "patch", {"parent_record": "a:9"})],
    ],
}


def test_histories_that_the_demo_lacks_come_to_the_oracles_outcome_after_each_step(pipeline: Make) -> None:
    running = pipeline()
    sent: list[RawRecord] = []
    for number in range(3):
        step = [event(number, *said) for history in HISTORIES.values() for said in history[number]]
        sent += step
        running.send(step)
        outcome = running.settle()
        oracle = oracle_of(running.settings, sent)
        assert differences(oracle, outcome.deduped, outcome.assigned) == []
        told = Told(history_of(running.settings), oracle)
        for client_id in told.history:
            links_resolve(told, client_id)
        SHOWN[number](told, outcome.assigned)
    running.versions_never_decrease()
    for name in HISTORIES:
        report(name, "links resolve, versions 1, 2, 3, …", "as by the oracle")


def first(told: Told, assigned: Mapping[str, bytes]) -> None:
    assert told.holder("a:1") == told.holder("b:1")
    assert told.holder("a:2") == told.holder("b:2")
    assert cycles(assigned) == 0


def second(told: Told, assigned: Mapping[str, bytes]) -> None:
    assert told.holder("a:1") != told.holder("b:1")
    assert told.holder("a:2") is None
    assert told.holder("b:2") is not None
    assert cycles(assigned) == 1


def third(told: Told, assigned: Mapping[str, bytes]) -> None:
    assert told.holder("a:1") == told.holder("b:1")
    assert told.holder("a:2") == told.holder("b:2")
    assert cycles(assigned) == 0
    back = [type(version) for version in told.history[told.holder("a:2") or ""]]
    assert back.index(EndedClient) < len(back) - 1
    assert back[-1] is LiveClient


SHOWN = (first, second, third)


def event(number: int, record: str, op: str, fields: Mapping[str, object]) -> RawRecord:
    source, _, record_id = record.partition(":")
    said = ChangeEvent(
        event_id=f"{record}-{number}",
        source=source,
        record_id=record_id,
        op=op,  # type: ignore[arg-type]
        received_at=FIRST,
        origin=Origin("test"),
        version=Version(FIRST + timedelta(hours=number)),
        fields=ClientFields(**fields),  # type: ignore[arg-type]
    )
    return RawRecord(record, codec.encode(said), [])


def cycles(assigned: Mapping[str, bytes]) -> int:
    """How many clients report that their edge is cut."""
    told = map(codec.assignment, assigned.values())
    return sum(conflict.kind == "parent_cycle" for one in told for conflict in one.conflicts)


def links_resolve(told: Told, client_id: str) -> None:
    """An id is alive, or leads to who holds its last records now, or to those who took them over."""
    versions = told.history[client_id]
    assert [version.version for version in versions] == list(range(1, len(versions) + 1))
    found = {client.client_id for client, _ in find(told.clients, client_id)}
    assert found
    ended = versions[-1]
    if not isinstance(ended, EndedClient):
        return
    last = next(version for version in reversed(versions) if isinstance(version, LiveClient))
    for member in last.members:
        holder = told.holder(member.record)
        if holder is not None and holder not in found:
            heirs = [version for heir in ended.into for version in told.history[heir]]
            assert any(isinstance(heir, LiveClient) and holds(heir, member.record) for heir in heirs), member.record


def ids_of(told: Told, record: str) -> list[str]:
    """Every id that ever held the record."""
    return [
        client_id
        for client_id, versions in told.history.items()
        if any(isinstance(version, LiveClient) and holds(version, record) for version in versions)
    ]


def holds(client: LiveClient, record: str) -> bool:
    return any(member.record == record for member in client.members)


def history_of(settings: StreamSettings) -> History:
    history: dict[str, list[Client]] = {}

    def take(message: Incoming) -> None:
        history.setdefault(message.key, []).append(codec.client(message.value or b""))

    admin.read(settings, DEDUPED.name, take)
    return history


def oracle_of(settings: StreamSettings, records: Sequence[RawRecord]) -> Expected:
    statements: list[Reference] = [
        codec.reference(value) for value in admin.read_all(settings, REFERENCE.name).values()
    ]
    return expected([codec.change_event(record.value) for record in records], statements, datetime.now(UTC))
