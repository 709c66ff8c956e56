"""`cadastre ingest` on a real Kafka: good rows on `raw`, bad ones on `rejected`, and an exit code that says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.codec import change_event
from schemas.partition import partition_of
from services.ingest.cli import ingest
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker

PARTITIONS = 4
Run = Callable[..., Result]


@pytest.fixture
def settings(broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> StreamSettings:
    monkeypatch.setenv("CADASTRE_TOPIC_PREFIX", prefix)
    monkeypatch.setenv("CADASTRE_PARTITIONS", str(PARTITIONS))
    made = StreamSettings(bootstrap=broker.bootstrap)
    assert made.topic_prefix == prefix
    create_topics(clients.admin(made), made)
    return made


@pytest.fixture
def run(settings: StreamSettings, tmp_path: Path) -> Run:
    app = typer.Typer()
    app.command()(ingest)

    def ingested(content: str, *options: str) -> Result:
        file = tmp_path / "clients.csv"
        file.write_text(content)
        return CliRunner().invoke(app, [str(file), "--bootstrap", settings.bootstrap, *options])

    return ingested


def on(settings: StreamSettings, topic: str) -> list[Incoming]:
    found: list[Incoming] = []
    admin.read(settings, topic, found.append)
    return found


def test_good_rows_are_on_raw_and_bad_ones_on_rejected(settings: StreamSettings, run: Run) -> None:
    rows = [f"{i},Client {i},{'Atlantis' if i % 10 == 0 else 'US'},2026-01-05 10:11" for i in range(300)]
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
    result = run("\n".join(["Key,Company,Land,at", *rows]), *options, "--json")
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    assert (told["rows"], told["accepted"], told["rejected"]) == (300, 270, 30)
    assert told["reasons"] == {"invalid_field": 30}
    raw, rejected = on(settings, "raw"), on(settings, "rejected")
    assert (len(raw), len(rejected)) == (270, 30)
    for message in raw:
        assert message.value is not None
        assert change_event(message.value).record == message.key
        assert message.partition == partition_of(message.key, PARTITIONS)
    first = next(m for m in rejected if m.key == "hubspot:0")
    assert first.value == rows[0].encode()
    assert dict(first.headers)["cadastre_position"] == b"clients.csv:2"
    assert dict(first.headers)["cadastre_reason"] == b"invalid_field"


def test_a_cell_of_ten_mebibytes_costs_its_own_row_and_no_other(settings: StreamSettings, run: Run) -> None:
    rows = ["1,Harbor Point", f"2,{'x' * 10 * 1_048_576}", "3,Cedar Grove"]
    result = run("\n".join(["id,name", *rows]), "--source", "hubspot", "--json")
    assert result.exit_code == 1, result.output
    assert {m.key for m in on(settings, "raw")} == {"hubspot:1", "hubspot:3"}
    assert [dict(m.headers)["cadastre_position"] for m in on(settings, "rejected")] == [b"clients.csv:3"]


def test_a_file_without_bad_rows_ends_with_zero_and_says_what_it_ignored(settings: StreamSettings, run: Run) -> None:
    result = run("id,name,Owner\n1,Acme,Kim\n", "--source", "hubspot")
    assert result.exit_code == 0, result.output
    assert "accepted 1, rejected 0" in result.stderr
    assert "ignored columns: Owner" in result.stderr


def test_a_missing_column_ends_with_two_and_nothing_is_sent(settings: StreamSettings, run: Run) -> None:
    result = run("id,name\n1,Acme\n", "--source", "hubspot", "--modified", "nmae")
    assert result.exit_code == 2
    assert "there is no column 'nmae'; did you mean 'name'? the file's columns are id, name" in result.stderr
    assert on(settings, "raw") == []


def test_kafka_that_does_not_answer_ends_with_three(settings: StreamSettings, run: Run) -> None:
    result = run("id,name\n1,Acme\n", "--source", "hubspot", "--bootstrap", "127.0.0.1:9")
    assert result.exit_code == 3
    assert "CADASTRE_BOOTSTRAP says where it is" in result.stderr


def test_missing_topics_are_refused_by_name(
    settings: StreamSettings, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADASTRE_TOPIC_PREFIX", "no-such-topics-")
    result = run("id,name\n1,Acme\n", "--source", "hubspot")
    assert result.exit_code == 2
    assert "topic no-such-topics-raw is missing" in result.stderr
