"""Brokers that may suffer, the pipeline on them, and what must hold however much it suffered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from deploy.local.ports import PortPair
from services.stream.settings import StreamSettings
from tests.support.broker import SOON_BACK
from tests.support.keeper import Keeper
from tests.support.pipeline import Outcome, Pipeline
from tests.support.proxy import Proxy
from tests.support.undisturbed import PARTITIONS, Loaded

MakeOn = Callable[..., Pipeline]


@dataclass(frozen=True, slots=True)
class Proxied:
    """A broker with a second listener, which is reached through a proxy; the broker itself never uses it."""

    broker: Broker
    proxy: Proxy

    @property
    def address(self) -> str:
        return self.proxy.address


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker to kill and to freeze."""
    with Broker(tmp_path_factory.mktemp("frail"), extra=SOON_BACK) as running:
        yield running


@pytest.fixture(scope="module")
def proxied_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    own, listener = PortPair.choose(), PortPair.choose()
    with Proxy("127.0.0.1", listener.first) as proxy:
        own.release()  # the broker claims it again
        extra = {
            "listeners": f"PLAINTEXT://127.0.0.1:{own.first},CONTROLLER://127.0.0.1:{own.first + 1},"
            f"PROXIED://127.0.0.1:{listener.first}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{own.first},PROXIED://{proxy.address}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
        with Broker(tmp_path_factory.mktemp("proxied"), own.first, extra=extra) as broker:
            yield Proxied(broker, proxy)
    listener.release()


@pytest.fixture
def proxied(proxied_broker: Proxied) -> Iterator[Proxied]:
    """Without a fault at the start and at the end."""
    proxied_broker.proxy.clear()
    yield proxied_broker
    proxied_broker.proxy.clear()
    proxied_broker.proxy.cut()


@pytest.fixture
def pipeline_on(prefix: str, tmp_path: Path) -> Iterator[MakeOn]:
    """Makes a pipeline on a broker; `through` names the services that reach it by another address."""
    with ExitStack() as made:

        def make(broker: Broker, *, through: dict[str, str] | None = None, batch_max: int = 2_000) -> Pipeline:
            settings = StreamSettings(
                bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS, batch_max=batch_max
            )
            return made.enter_context(Pipeline(settings, tmp_path, through=through))

        yield make


def assert_as_undisturbed(running: Pipeline, keeper: Keeper, loaded: Loaded) -> Outcome:
    """Wait until nothing is pending; then each record counts once, each version was said once, and all is equal."""
    outcome = running.settle(meanwhile=keeper.look)
    assert outcome.counts == loaded.outcome.counts
    running.versions_never_decrease()
    assert outcome.hashes == loaded.outcome.hashes
    return outcome
