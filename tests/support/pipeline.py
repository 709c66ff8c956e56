"""Cadastre as processes on a real Kafka, in a test: its own topics, as many replicas as asked for, real kills."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import cast

import httpx
from confluent_kafka import KafkaError, Message
from typer.testing import CliRunner

from schemas.codec import Headers
from schemas.partition import partition_of
from schemas.topics import ASSIGNED, DEDUPED, RAW
from services.cli import build
from services.stream import admin
from services.stream.clients import idempotent_producer
from services.stream.commands.state_hash import State, hash_of
from services.stream.idle import IdleWatch
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from services.stream.sink import KafkaHeaders
from tests.support.stages import StageRun, environment
from tests.support.waiting import wait_until

REFERENCE_FILE = Path("deploy/demo/reference.yaml")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it stood on `raw`, to be sent again elsewhere."""

    key: str
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    deduped: dict[str, bytes]
    assigned: dict[str, bytes]
    counts: dict[str, int]

    @property
    def hashes(self) -> tuple[str, str]:
        return hash_of(State.DEDUPED, self.deduped.items()), hash_of(State.ASSIGNED, self.assigned.items())


class Pipeline:
    """`with Pipeline(settings, folder) as pipeline:` topics and reference are there, the stages run.

    `through`: the address by which a service reaches Kafka, where it is another than the test's own. `first_life`:
    variables of a replica's first life only.
    """

    def __init__(
        self,
        settings: StreamSettings,
        folder: Path,
        *,
        dedupe: int = 1,
        assign: int = 1,
        through: Mapping[str, str] | None = None,
        first_life: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.settings = settings
        folder.mkdir(parents=True, exist_ok=True)
        reached = {service: {"CADASTRE_BOOTSTRAP": address} for service, address in (through or {}).items()}
        self.stages = {
            f"{stage}-{ordinal}": StageRun(
                f"services.{stage}",
                settings,
                folder / f"{stage}-{ordinal}.log",
                {"CADASTRE_ORDINAL": str(ordinal), **reached.get(stage, {})},
            )
            for stage, replicas in (("dedupe", dedupe), ("assign", assign))
            for ordinal in range(replicas)
        }
        self._first_life = first_life or {}
        self.ingest = StageRun("services.ingest", settings, folder / "ingest.log", reached.get("ingest"))

    def __enter__(self) -> Pipeline:
        self.command("topics", "create")
        self.command("reference", "apply", str(REFERENCE_FILE), "--by", "test")
        for name, run in self.stages.items():
            run.start(**self._first_life.get(name, {}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in (*self.stages.values(), self.ingest):
            if run.running:
                run.kill()

    def command(self, *arguments: str, codes: Sequence[int] = (0,)) -> str:
        """Run a `cadastre` command against these topics; returns what it printed."""
        result = CliRunner().invoke(build(arguments[0]), list(arguments), env=environment(self.settings))
        assert result.exit_code in codes, f"cadastre {' '.join(arguments)}: {result.output}{result.exception!r}"
        return result.output

    def start_ingest(self, port: int) -> str:
        """Start ingest on this port; returns its address once it answers."""
        self.ingest.start(CADASTRE_HTTP_PORT=str(port))
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(url), "ingest answers")
        return url

    def send(self, records: Sequence[RawRecord]) -> None:
        """Put records on `raw` as they are, acknowledged. By the bare client: where the stages share its cores, a
        future for each record would take as much of them as assigning it does."""
        producer, topic, refused = idempotent_producer(self.settings), self.settings.topic(RAW.name), list[str]()

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                refused.append(error.name())

        for r in records:
            partition, headers = partition_of(r.key, self.settings.partitions), cast(KafkaHeaders, list(r.headers))
            while True:
                try:
                    producer.produce(topic, r.value, r.key, partition, on_delivery=delivered, headers=headers)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        assert producer.flush(60) == 0, "not all is acknowledged"
        assert not refused, refused[:3]

    def raw(self) -> list[RawRecord]:
        """All that is on `raw`, its partitions side by side."""
        found: list[Incoming] = []
        admin.read(self.settings, RAW.name, found.append)
        found.sort(key=lambda message: (message.offset, message.partition))
        return [RawRecord(m.key, m.value or b"", m.headers) for m in found]

    def settle(
        self,
        timeout_s: float = 1_800.0 if os.environ.get("CADASTRE_TEST_FULL") else 240.0,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Outcome:
        """Wait until nothing is pending, then read what there is. `meanwhile` is called between looks."""
        self.wait_idle(timeout_s, meanwhile)
        counts = admin.counts(self.settings, "dedupe", RAW.name)
        on_raw = sum(admin.ends(self.settings, [RAW.name]).values())
        assert sum(counts.values()) == on_raw, f"{on_raw} on raw, but {counts}"
        return Outcome(
            admin.read_all(self.settings, DEDUPED.name), admin.read_all(self.settings, ASSIGNED.name), counts
        )

    def wait_idle(self, timeout_s: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        watch = IdleWatch(self.settings, ["dedupe", "assign"])
        try:
            watch.wait(timeout_s, lambda _: meanwhile())
        finally:
            watch.close()

    def versions_never_decrease(self) -> None:
        """In the order of the log, the versions of one id are 1, 2, 3, …: nothing is said twice, nothing is skipped."""
        for topic in (DEDUPED.name, ASSIGNED.name):
            seen: dict[str, int] = {}

            def take(message: Incoming, seen: dict[str, int] = seen) -> None:
                version = int(dict(message.headers)["ce_id"].rsplit(b":", 1)[1])
                assert version == seen.get(message.key, 0) + 1, f"{topic} {message.key}: {version} after {seen}"  # noqa: B023
                seen[message.key] = version

            admin.read(self.settings, topic, take)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
