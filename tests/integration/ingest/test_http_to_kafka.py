"""The service as a process on a real Kafka: what it has answered is on the log, and it ends when told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import PortPair
from schemas.codec import change_event
from schemas.partition import partition_of
from services.ingest.settings import IngestSettings
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from tests.support.broker import SharedBroker
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

PARTITIONS = 4


@pytest.fixture
def settings(broker: SharedBroker, prefix: str) -> Iterator[IngestSettings]:
    ports = PortPair.choose()  # claimed, not listened on, until the test ends
    made = IngestSettings(
        bootstrap=broker.bootstrap,
        topic_prefix=prefix,
        partitions=PARTITIONS,
        http_port=ports.first,
        delivery_timeout_s=2,
    )
    create_topics(clients.admin(made), made)
    yield made
    ports.release()


@pytest.fixture
def service(settings: IngestSettings, tmp_path: Path) -> Iterator[StageRun]:
    run = StageRun("services.ingest", settings, tmp_path / "ingest.log")
    yield run
    if run.running:
        run.kill()


def started(service: StageRun, settings: IngestSettings, **env: str) -> StageRun:
    service.start(**env)
    wait_until(lambda: answers(settings), "ingest answers /readyz")
    return service


def address(settings: IngestSettings) -> str:
    return f"http://127.0.0.1:{settings.http_port}"


def answers(settings: IngestSettings) -> bool:
    try:
        return httpx.get(f"{address(settings)}/readyz").status_code == 200
    except httpx.ConnectError:
        return False


def on_raw(settings: IngestSettings) -> list[Incoming]:
    found: list[Incoming] = []
    admin.read(settings, "raw", found.append)
    return found


NOBODY = "127.0.0.1:9"  # the discard port: no broker answers there


def one(record_id: str) -> dict[str, object]:
    version = {"time": "2026-02-01T08:00:00Z"}
    fields = {"name": f"Harbor Point {record_id}"}
    return {"source": "salesforce", "record_id": record_id, "op": "upsert", "fields": fields, "version": version}


def test_what_was_answered_with_202_is_on_raw(settings: IngestSettings, service: StageRun) -> None:
    started(service, settings)
    response = httpx.post(f"{address(settings)}/events", json=[one(str(i)) for i in range(200)])
    assert response.status_code == 202
    messages = on_raw(settings)
    assert len(messages) == 200
    for message in messages:
        assert message.value is not None
        event = change_event(message.value)
        assert message.key == event.record
        assert message.partition == partition_of(event.record, PARTITIONS)
        assert dict(message.headers)["ce_id"] == event.event_id.encode()
        assert dict(message.headers)["ce_type"] == b"cadastre.raw.v1"
    told = {item["event_id"] for item in response.json()["items"]}
    assert told == {dict(m.headers)["ce_id"].decode() for m in messages}


@pytest.mark.parametrize("mebibytes", [2, 10])
def test_a_body_that_is_too_large_is_refused_in_words_and_the_next_change_taken(
    settings: IngestSettings, service: StageRun, mebibytes: int
) -> None:
    started(service, settings)
    big = {**one("1"), "fields": {"name": "x" * mebibytes * 1_048_576}}
    assert httpx.post(f"{address(settings)}/events", json=big).status_code == 413
    assert httpx.post(f"{address(settings)}/events", json=one("2")).status_code == 202
    assert [m.key for m in on_raw(settings)] == ["salesforce:2"]


def test_sigterm_ends_the_service_with_everything_answered_on_the_log(
    settings: IngestSettings, service: StageRun
) -> None:
    started(service, settings)
    assert httpx.post(f"{address(settings)}/events", json=one("1")).status_code == 202
    assert service.stop(10) == 0
    assert len(on_raw(settings)) == 1


def test_missing_topics_are_refused_by_name_before_anything_is_taken(
    settings: IngestSettings, service: StageRun
) -> None:
    assert service.start(CADASTRE_TOPIC_PREFIX="no-such-topics-").wait() == 2
    assert "topic no-such-topics-raw is missing" in service.text()


def test_what_kafka_does_not_acknowledge_is_answered_with_503_and_makes_the_service_unready(
    settings: IngestSettings, service: StageRun
) -> None:
    started(service, settings, CADASTRE_BOOTSTRAP=NOBODY)
    response = httpx.post(f"{address(settings)}/events", json=one("1"))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert httpx.get(f"{address(settings)}/readyz").status_code == 503
    assert service.stop(10) == 0


def test_a_service_whose_producer_is_lost_answers_503_and_ends_so_that_it_is_started_anew(
    settings: IngestSettings, tmp_path: Path
) -> None:
    lost = StageRun("tests.support.altered", settings, tmp_path / "ingest.log", arguments=("ingest", "lost_producer"))
    started(lost, settings)
    assert httpx.post(f"{address(settings)}/events", json=one("1")).status_code == 503
    assert lost.wait(10) == 1
    assert "producer_lost" in lost.text()
