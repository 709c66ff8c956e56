"""Ways to look at the undisturbed run."""

from __future__ import annotations

import pytest

from schemas import codec
from schemas.reference import Reference
from schemas.topics import REFERENCE
from services.stream import admin
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.pipeline import Pipeline
from tests.support.undisturbed import LOADED_PREFIX, PARTITIONS, RECORDS, Loaded, Make

__all__ = ["RECORDS", "Loaded", "Make"]


@pytest.fixture(scope="session")
def undisturbed(loaded: Loaded, broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A way to run commands against the topics of the undisturbed run."""
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=LOADED_PREFIX, partitions=PARTITIONS)
    return Pipeline(settings, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def statements(undisturbed: Pipeline) -> list[Reference]:
    """What stands on `reference`."""
    return [codec.reference(value) for value in admin.read_all(undisturbed.settings, REFERENCE.name).values()]
