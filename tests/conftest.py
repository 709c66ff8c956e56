"""Fixtures shared by all tests. The broker starts when the first test asks for it, so unit tests open no socket."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.broker import SharedBroker, shared_broker, topic_prefix
from tests.support.once import once
from tests.support.sharing import Sharing
from tests.support.undisturbed import loaded, pipeline
from tests.support.warehouse import loading, local_warehouse

# A slow machine is no fault of a property: speed is for `make bench`.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

__all__ = ["loaded", "loading", "local_warehouse", "pipeline"]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    return Sharing(config, log)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedBroker]:
    """One real Kafka for the whole run."""
    with once(tmp_path_factory, "broker", lambda: shared_broker(tmp_path_factory.mktemp("kafka"))) as running:
        yield running


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """What this test puts before the names of its topics, groups and transactional ids."""
    return topic_prefix(request.node.nodeid)
