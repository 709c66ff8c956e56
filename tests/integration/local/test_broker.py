"""The local Kafka: what was acknowledged stays, it ends with its parent, and what is missing is told."""

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer

from deploy.local.errors import LocalError
from deploy.local.kafka import Broker
from deploy.local.ports import PortPair
from tests.integration.local.processes import is_gone
from tests.support.broker import SOON_BACK, SharedBroker, create_topic, topic_prefix
from tests.support.waiting import wait_until

# Clients of a killed broker would write their reconnects to the test's output.
QUIET = {"log_level": 0}


def acknowledged(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, **QUIET})
    refused: list[str] = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: refused.append(str(error)) if error else None)
    assert producer.flush(30) == 0
    assert refused == []


def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest", **QUIET})
    consumer.subscribe([topic])
    values: list[bytes] = []

    def complete() -> bool:
        values.extend(value for message in consumer.consume(500, 0.1) if (value := message.value()) is not None)
        return len(values) >= count

    wait_until(complete, f"{count} records of {topic}")
    consumer.close()
    return values


def test_what_is_produced_is_consumed(broker: SharedBroker, prefix: str) -> None:
    topic = create_topic(broker.bootstrap, f"{prefix}raw", settings={"retention.ms": "-1"})
    acknowledged(broker.bootstrap, topic, [b"one", b"two"])
    assert read(broker.bootstrap, topic, 2) == [b"one", b"two"]


def test_acknowledged_records_survive_a_kill_and_a_restart(tmp_path: Path) -> None:
    values = [b"%d" % number for number in range(2_000)]
    with Broker(tmp_path, extra=SOON_BACK) as broker:
        address = broker.bootstrap
        topic = create_topic(address, "raw")
        acknowledged(address, topic, values[:1_000])
        broker.kill()
        assert not broker.running
        broker.start()
        acknowledged(address, topic, values[1_000:])
        broker.restart()
        assert broker.bootstrap == address
        assert read(address, topic, len(values)) == values


def test_a_frozen_broker_answers_after_thaw_and_stops_while_frozen(tmp_path: Path) -> None:
    broker = Broker(tmp_path).start()
    topic = create_topic(broker.bootstrap, "raw")
    broker.freeze()
    producer = Producer({"bootstrap.servers": broker.bootstrap, **QUIET})
    producer.produce(topic, b"waits")
    assert producer.flush(0.2) == 1
    broker.thaw()
    assert producer.flush(30) == 0
    broker.freeze()
    pid = broker.pid
    broker.stop()
    assert is_gone(pid)


def test_brokers_started_by_several_processes_at_once_never_share_a_port(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.integration.local.orphans", "broker"]
    parents = [subprocess.Popen([*argv, str(tmp_path / name)], stdout=subprocess.PIPE, text=True) for name in "abc"]
    children = [int(parent.stdout.readline()) for parent in parents if parent.stdout is not None]
    ports = {re.search(r"PLAINTEXT://127.0.0.1:(\d+)", file.read_text()) for file in tmp_path.glob("*/*.properties")}
    assert len({found[1] for found in ports if found}) == 3
    assert not any(is_gone(pid) for pid in children)
    for parent in parents:
        parent.kill()
        parent.communicate()
    wait_until(lambda: all(is_gone(pid) for pid in children), "each broker ended with the process that started it")


def test_a_chosen_pair_of_ports_is_held_before_anyone_listens_and_free_after_release() -> None:
    first, second = PortPair.choose(), PortPair.choose()
    assert abs(first.first - second.first) >= 2
    with pytest.raises(LocalError, match=f"port {first.first} is already in use"):
        PortPair(first.first)
    first.release()
    PortPair(first.first).release()
    second.release()


@pytest.mark.parametrize("taken", [0, 1])
def test_a_port_in_use_is_named_with_its_remedy(tmp_path: Path, taken: int) -> None:
    pair = PortPair.choose()
    pair.release()
    port = pair.first + taken
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an earlier broker's connections may linger there
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(LocalError) as caught:
            Broker(tmp_path, port=pair.first)
    assert f"port {port} is already in use" in caught.value.problem
    assert "choose another port" in caught.value.remedy


def test_a_broker_that_dies_at_its_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(LocalError) as caught:
        Broker(tmp_path, extra={"log.cleaner.threads": "many"}).start()
    assert "ended with code 1 while it started" in caught.value.problem
    assert "log.cleaner.threads" in caught.value.problem


def test_a_broker_starts_only_from_the_main_thread_which_it_ends_with(tmp_path: Path) -> None:
    refused: list[str] = []

    def start() -> None:
        with pytest.raises(RuntimeError) as caught:
            Broker(tmp_path).start()
        refused.append(str(caught.value))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in refused[0]


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def refusal(tmp_path: Path, path: Path) -> LocalError:
    """What a first start on a machine with only the programs in `path` says."""
    with pytest.raises(LocalError) as caught:
        Broker(tmp_path / "data", env={"PATH": str(path)}, home=tmp_path / "home").start()
    return caught.value


def test_a_missing_java_is_told_with_its_remedy(tmp_path: Path) -> None:
    error = refusal(tmp_path, tmp_path / "empty")
    assert "no Java found in PATH" in error.problem
    assert "install a Java runtime of version 17 or newer" in error.remedy


def test_a_java_home_without_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=f"no Java found in JAVA_HOME={tmp_path}"):
        Broker(tmp_path / "data", env={"JAVA_HOME": str(tmp_path)}, home=tmp_path / "home").start()


def test_an_old_java_is_told_with_its_version(tmp_path: Path) -> None:
    program(tmp_path / "bin", "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    error = refusal(tmp_path, tmp_path / "bin")
    assert "has version 11.0.2, Kafka needs 17 or newer" in error.problem


def test_a_missing_maven_is_told_with_its_remedy(tmp_path: Path) -> None:
    program(tmp_path / "bin", "java", """echo 'openjdk version "17.0.15" 2025-04-15' >&2""")
    error = refusal(tmp_path, tmp_path / "bin")
    assert "no Maven found in PATH" in error.problem
    assert "install Maven" in error.remedy


def test_a_failing_maven_is_told_with_the_end_of_its_output(tmp_path: Path) -> None:
    program(tmp_path / "bin", "java", """echo 'openjdk version "17.0.15" 2025-04-15' >&2""")
    program(tmp_path / "bin", "mvn", "echo '[ERROR] Unknown host'; exit 1")
    error = refusal(tmp_path, tmp_path / "bin")
    assert "exit code 1" in error.problem
    assert "[ERROR] Unknown host" in error.problem
    assert not (tmp_path / "home" / "lib").exists()


def test_a_prefix_is_short_and_its_own_for_each_test_and_parameter() -> None:
    first = topic_prefix("tests/pipeline/test_a.py::test_it_keeps[Å b/1]")
    second = topic_prefix("tests/pipeline/test_a.py::test_it_keeps[Å b/2]")
    assert first != second
    assert re.fullmatch(r"[a-z0-9-]{1,32}-", first)
