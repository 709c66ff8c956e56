"""What tests need around the shared broker: a topic prefix per test, and topics that are there once it returns."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.local.kafka import Broker

# For a broker that is to be killed: after a crash it waits until its old registration has expired. Any other keeps the
# default of 9 s, since a busy machine would else find it dead and elect its leaders anew.
SOON_BACK: Mapping[str, str] = {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500"}


@dataclass(frozen=True, slots=True)
class SharedBroker:
    """Where the run's one broker answers. Nobody may hurt it: tests that kill or freeze a broker start their own."""

    bootstrap: str


@contextmanager
def shared_broker(folder: Path) -> Iterator[SharedBroker]:
    with Broker(folder) as running:
        yield SharedBroker(running.bootstrap)


def topic_prefix(node_id: str) -> str:
    """A short prefix of characters Kafka allows, its own for each test: `crash-keeps-1a2b3c4d-`."""
    test = node_id.rsplit("::", 1)[-1].removeprefix("test_")
    words = re.sub(r"[^a-z0-9]+", "-", test.lower())[:20].strip("-")
    return f"{words}-{hashlib.blake2b(node_id.encode(), digest_size=4).hexdigest()}-"


def create_topic(bootstrap: str, name: str, partitions: int = 1, settings: Mapping[str, str] | None = None) -> str:
    """Creates the topic, waits until the broker confirms it, and returns its name."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(settings or {}))
    for created in admin.create_topics([topic]).values():
        created.result(timeout=30)
    return name
