"""`cadastre topics create` and `cadastre reference`, on a real Kafka."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from schemas.codec import cloudevent
from schemas.topics import REFERENCE
from services.assign.cli import app as reference
from services.stream import admin
from services.stream.commands.stage import app as stage
from services.stream.commands.topics import app as topics
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker

FILE = """
regions: {americas: {name: Americas}}
territories: {us: {name: United States, region: americas}}
"""
Cadastre = Callable[..., Result]


@pytest.fixture
def settings(broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> StreamSettings:
    monkeypatch.setenv("CADASTRE_BOOTSTRAP", broker.bootstrap)
    monkeypatch.setenv("CADASTRE_TOPIC_PREFIX", prefix)
    monkeypatch.setenv("CADASTRE_PARTITIONS", "2")
    assert CliRunner().invoke(topics, ["create"]).exit_code == 0
    return StreamSettings()


def test_topics_are_created_once_and_an_engine_that_stands_is_not_passed_over(settings: StreamSettings) -> None:
    run = CliRunner()
    assert "as it was" in run.invoke(topics, ["create"]).output
    assert "as it was" in run.invoke(topics, ["create", "--threshold", "85"]).output
    refused = run.invoke(topics, ["create", "--cap", "7"])
    assert refused.exit_code == 2
    assert "cadastre engine set" in refused.output


def test_a_statement_that_nobody_can_read_is_named_and_replaced(settings: StreamSettings, tmp_path: Path) -> None:
    with admin.transaction(settings, "test") as tx:
        tx.write(
            REFERENCE.name, "territory:us", b"{", cloudevent(REFERENCE.event_type, "1", "test", "2026-03-01T00:00:00Z")
        )
    run = CliRunner()
    assert "territory:us is unreadable" in run.invoke(reference, ["show"]).output
    file = tmp_path / "reference.yaml"
    file.write_text(FILE)
    applied = run.invoke(reference, ["apply", str(file)])
    assert applied.exit_code == 0, applied.output
    shown = run.invoke(reference, ["show"]).output
    assert "unreadable" not in shown
    assert '"name":"United States"' in shown


def test_only_a_stage_that_has_a_brake_is_resumed(settings: StreamSettings) -> None:
    refused = CliRunner().invoke(stage, ["resume", "api"])
    assert refused.exit_code == 2
    assert "one of dedupe, assign" in refused.output
