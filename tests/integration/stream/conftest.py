"""Topics and an echo stage for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.stream import clients
from services.stream.deployment import create_topics
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.echoing import PARTITIONS
from tests.support.stages import StageRun


@pytest.fixture
def settings(broker: SharedBroker, prefix: str) -> StreamSettings:
    made = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS, batch_max=500)
    create_topics(clients.admin(made), made)
    return made


@pytest.fixture
def echo(settings: StreamSettings, tmp_path: Path) -> Iterator[StageRun]:
    run = StageRun("tests.support.echo", settings, tmp_path / "echo.log")
    yield run
    if run.running:
        run.kill()
