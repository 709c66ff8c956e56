"""Fixtures shared by all tests. The broker starts when the first test asks for it, so unit tests open no socket."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.broker import SharedBroker, shared_broker, topic_prefix
from tests.support.once import once
from tests.support.undisturbed import loaded, pipeline
from tests.support.warehouse import local_warehouse

# A slow machine is no fault of a property: speed is for `make bench`.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARING = ("tests/chaos/test_broker_faults.py", "tests/chaos/test_changes_while_down.py")

__all__ = ["loaded", "local_warehouse", "pipeline"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take tests one by one, but together what shares something running: the browser's, and these."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file in SHARING or file.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.xdist_group("e2e" if file not in SHARING else file))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedBroker]:
    """One real Kafka for the whole run."""
    with once(tmp_path_factory, "broker", lambda: shared_broker(tmp_path_factory.mktemp("kafka"))) as running:
        yield running


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """What this test puts before the names of its topics, groups and transactional ids."""
    return topic_prefix(request.node.nodeid)
