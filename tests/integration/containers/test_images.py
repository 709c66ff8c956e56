"""The images that Compose runs, by themselves through testcontainers: nothing writable, told as Compose tells them.

Skipped, with the reason, where no daemon answers or an image is not built; `make docker-smoke` builds
them and runs these.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from deploy.local.ports import PortPair
from services.stream import clients
from services.stream.deployment import create_topics
from services.stream.settings import StreamSettings
from tests.docker.daemon import NoDocker, client, is_up
from tests.support.waiting import wait_until

SERVICES: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
PARTITIONS = 2


def hardened(image: str, network: Network) -> DockerContainer:
    rights = {"cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    return DockerContainer(image).with_network(network).with_kwargs(read_only=True, **rights).with_tmpfs_mount("/tmp")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    try:
        docker = client()
    except NoDocker as reason:
        pytest.skip(str(reason))
    if not is_up(docker):
        pytest.skip("no Docker daemon answers")
    for name in ("kafka", "assign"):
        if subprocess.run(
            [docker, "image", "inspect", f"cadastre/{name}:dev"], capture_output=True, check=False
        ).returncode:
            pytest.skip(f"cadastre/{name}:dev is not built: make docker-smoke")
    testcontainers_config.ryuk_disabled = True  # its reaper is one more image to pull; what is started here ends here
    with Network() as made:
        yield made


@pytest.fixture(scope="module")
def settings(network: Network) -> Iterator[StreamSettings]:
    """A broker in a container, as Compose tells it, with the topics on it."""
    pair = PortPair.choose()
    pair.release()
    told = SERVICES["kafka"]["environment"] | {
        "KAFKA_ADVERTISED_LISTENERS": f"INTERNAL://kafka:9092,EXTERNAL://127.0.0.1:{pair.first}",
        "KAFKA_LOG_DIRS": "/tmp/data",
    }
    container = hardened("cadastre/kafka:dev", network)
    container.with_network_aliases("kafka").with_envs(**told).with_bind_ports(9094, pair.first)
    with container:
        found = StreamSettings(bootstrap=f"127.0.0.1:{pair.first}", partitions=PARTITIONS)
        wait_until(lambda: health(container) == "healthy", "the broker is healthy", seconds=60)
        admin = clients.admin(found)
        assert create_topics(admin, found)
        yield found


def health(container: DockerContainer) -> str:
    state = container.get_wrapped_container()
    state.reload()
    return str(state.attrs["State"]["Health"]["Status"])


def stage(network: Network, **told: str) -> DockerContainer:
    container = hardened("cadastre/assign:dev", network).with_command("python -m services.assign")
    return container.with_envs(CADASTRE_BOOTSTRAP="kafka:9092", CADASTRE_PARTITIONS=str(PARTITIONS), **told)


def test_a_stage_becomes_healthy_on_the_broker_of_a_container_and_ends_in_order_at_sigterm(
    network: Network, settings: StreamSettings
) -> None:
    with stage(network, CADASTRE_ORDINAL="0") as running:
        wait_until(lambda: health(running) == "healthy", "the stage is healthy", seconds=60)
        found = running.get_wrapped_container()
        found.stop(timeout=12)
        found.reload()
        assert found.attrs["State"]["ExitCode"] == 0


def test_a_stage_that_cannot_tell_its_number_says_so_and_does_not_start(network: Network) -> None:
    with stage(network) as running:
        assert running.get_wrapped_container().wait(timeout=30)["StatusCode"] == 2
        _, said = running.get_logs()
        assert b"set CADASTRE_ORDINAL" in said
