"""A real Kafka broker (KRaft, one node) as a child process, for tests and for the local run.

Acknowledged records survive `kill` and `start` on the same data folder. The broker ends with the process that
started it. Each broker takes two neighbouring ports: clients, and the controller one above.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from deploy.local.child import Child, tail
from deploy.local.errors import LocalError
from deploy.local.kafka_home import KafkaHome
from deploy.local.ports import PortPair, is_open
from deploy.local.settings import LocalSettings, base_env

# Broker-wide choices that do not depend on where it runs.
PROPERTIES: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "offsets.retention.minutes": "43200",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    # A writer that died leaves its transaction open; readers wait for it until this scan.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "16777216",
    # Two of them a partition, mapped into memory at their full size while they are still empty: where the disk is read
    # far ahead, the first look into each of the default 10 MiB has the kernel fill megabytes with zeros.
    "log.index.size.max.bytes": "524288",
}
_START_SECONDS = 90.0
_STOP_SECONDS = 30.0


class Broker:
    """One broker on one data folder. `with Broker(folder) as broker:` starts and stops it; its log is
    `<folder>/broker.log`. All methods raise `LocalError` with a remedy when the machine is in the way."""

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        throughput: bool = False,
        extra: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        home: Path | None = None,
    ) -> None:
        """`throughput` trades start-up time for speed; `extra` overrides server properties; `env` is where Java
        and Maven are looked for; `home` keeps what all brokers share."""
        self.log = data_dir.resolve() / "broker.log"
        self._folder = data_dir.resolve()
        self._throughput = throughput
        self._extra = dict(extra or {})
        self._env = base_env() if env is None else env
        self._home = home or LocalSettings().run_dir / "kafka"
        self._ports = PortPair.choose() if port is None else PortPair(port)
        self._child: Child | None = None

    @property
    def port(self) -> int:
        return self._ports.first

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.exit_code is None

    @property
    def pid(self) -> int:
        return self._started().pid

    def start(self) -> "Broker":
        """Returns when clients can connect. The very first start on a machine fetches the jars."""
        if self.running:
            return self
        self._ports.claim()
        home = KafkaHome(self._home, self._env)
        _fill(home)
        _write_properties(self._folder, self.port, self._extra)
        if not (self._folder / "data").exists():
            copy = self._folder / "data.new"
            shutil.copytree(home.template, copy, dirs_exist_ok=True)
            copy.rename(self._folder / "data")
        heap = ["-Xmx1g"] if self._throughput else ["-Xmx384m", "-XX:TieredStopAtLevel=1"]
        archive = [f"-XX:SharedArchiveFile={home.archive.name}"] if home.archive.exists() else []
        self._child = _launch(home, self._folder, self.port, "-Xms64m", *heap, *archive)
        return self

    def stop(self) -> None:
        """Ends it in order (0.5 s), also when frozen, and gives its ports back."""
        self._end()
        self._ports.release()

    def restart(self) -> None:
        """Ends it in order and starts it again on the same data and port."""
        self._end()
        self.start()

    def kill(self) -> None:
        """Ends it as a crash would; `start` brings it back on the same data and port."""
        self._started().kill()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing until `thaw`."""
        self._started().freeze()

    def thaw(self) -> None:
        self._started().thaw()

    def __enter__(self) -> "Broker":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError("the broker has not been started")
        return self._child

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.ask_to_end()
        if not self._child.wait(_STOP_SECONDS):
            self._child.kill()


def _fill(home: KafkaHome) -> None:
    """Makes what all brokers share, as far as it is missing."""
    with home.locked():
        home.fetch_jars()
        if home.template.exists() and home.archive.exists():
            return
        with tempfile.TemporaryDirectory(dir=home.path) as scratch:
            folder, ports = Path(scratch), PortPair.choose()
            try:
                properties = _write_properties(folder, ports.first, {})
                if not home.template.exists():
                    home.format_template(properties, folder / "data")
                else:
                    shutil.copytree(home.template, folder / "data")
                _record_archive(home, folder, ports.first)
            finally:
                ports.release()


def _record_archive(home: KafkaHome, folder: Path, port: int) -> None:
    """One run from start to orderly end writes the class archive, which halves every later start."""
    recorded = home.archive.with_suffix(".new")
    child = _launch(
        home,
        folder,
        port,
        "-XX:TieredStopAtLevel=1",
        f"-XX:ArchiveClassesAtExit={recorded.name}",
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off",
    )
    child.ask_to_end()
    if not child.wait(_STOP_SECONDS):
        child.kill()
    if recorded.exists():
        recorded.rename(home.archive)


def _write_properties(folder: Path, port: int, extra: Mapping[str, str]) -> Path:
    controller = f"127.0.0.1:{port + 1}"
    placed = {
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://{controller}",
        "log.dirs": str(folder / "data"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in {**PROPERTIES, **placed, **extra}.items()))
    return path


def _launch(home: KafkaHome, folder: Path, port: int, *jvm: str) -> Child:
    log = folder / "broker.log"
    argv = home.command("kafka.Kafka", str(folder / "server.properties"), jvm=jvm)
    child = Child(argv, env=home.env, log=log, cwd=home.path)
    deadline = time.monotonic() + _START_SECONDS
    while not is_open(port):
        if child.exit_code is not None:
            raise LocalError(
                f"the Kafka broker ended with code {child.exit_code} while it started:\n{tail(log)}", f"see {log}"
            )
        if time.monotonic() > deadline:
            child.kill()
            raise LocalError(
                f"the Kafka broker did not listen on port {port} within {_START_SECONDS:.0f} s:\n{tail(log)}",
                f"see {log}",
            )
        time.sleep(0.02)
    return child
