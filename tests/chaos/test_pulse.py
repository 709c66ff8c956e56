"""Pulse on a real Kafka: its windows are those that the heartbeats add up to, whatever is killed."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from schemas import codec
from schemas.events import Heartbeat, Window
from schemas.partition import partition_of
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.faults import report
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

PARTITIONS = 4
REPLICAS = [("dedupe", "0"), ("assign", "0"), ("assign", "1"), ("loader", "0")]
OFF = dict(zip(REPLICAS, map(timedelta, (0, 0, 0, -400), (0, 30, 7_200, 0)), strict=True))  # days and seconds
RIGHT_WITHIN_S = 15.0  # of the restart after kill -9: what is promised


class Stages:
    """Replicas that say heartbeats, about a second apart by the log, and each by a clock of its own."""

    def __init__(self, settings: StreamSettings) -> None:
        self._topic = settings.topic("stats")
        self._producer = clients.idempotent_producer(settings, delivery_timeout_s=30)
        self._random = random.Random(5)
        self._now = datetime.now(UTC).replace(second=3, microsecond=0)

    def beat(self, seconds: int, replicas: list[tuple[str, str]] = REPLICAS) -> None:
        for _ in range(seconds):
            for stage, replica in replicas:
                self._now += timedelta(milliseconds=self._random.randrange(900, 1_100) // len(replicas))
                self.put(f"{stage}:{replica}", codec.encode(self._one(stage, replica)))
        assert self._producer.flush(30) == 0

    def put(self, key: str, value: bytes, partition: int | None = None) -> None:
        at = partition_of(key, PARTITIONS) if partition is None else partition
        headers = codec.cloudevent("cadastre.stats.v1", key, "test", "now")
        stamp = int(self._now.timestamp() * 1_000)
        self._producer.produce(self._topic, key=key, value=value, partition=at, headers=list(headers), timestamp=stamp)

    def _one(self, stage: str, replica: str) -> Heartbeat:
        n = self._random.randrange
        tallies = {name: {f"t-{n(3)}": n(1, 9)} for name in ("arrived", "left")} if stage == "assign" else {}
        return Heartbeat(
            stage=stage,
            replica=replica,
            at=self._now + OFF[stage, replica],
            state="running",
            caught_up=True,
            lag=n(100),
            re_examining=0,
            positions={},
            decided={f"in.{outcome}": n(1, 50) for outcome in ("applied", "superseded")},
            rejected={"malformed": n(1, 3)} if n(4) == 0 else {},
            took={2 ** n(3, 9): n(1, 40)},
            tallies=tallies,
        )


Key = tuple[str, str, int]


def expected(settings: StreamSettings) -> dict[Key, tuple[object, ...]]:
    """The oracle: every heartbeat on the log, grouped by the ten seconds that it was appended in, and counted."""
    groups: dict[Key, list[tuple[Heartbeat, datetime]]] = {}

    def take(message: Incoming) -> None:
        if message.key.split(":")[0] in ("dedupe", "assign", "loader", "ghost") and message.value is not None:
            beat = codec.heartbeat(message.value)
            key = (beat.stage, beat.replica, message.appended_ms // 10_000)
            groups.setdefault(key, []).append((beat, message.appended_at))

    admin.read(settings, "stats", take)
    return {key: _summed(beats) for key, beats in groups.items()}


def _summed(beats: list[tuple[Heartbeat, datetime]]) -> tuple[object, ...]:
    total: Counter[tuple[str, object]] = Counter()
    for beat, _ in beats:
        for name, counts in (("decided", beat.decided), ("rejected", beat.rejected), *beat.tallies.items()):
            for of, n in counts.items():
                total[name, of] += n
        for bound, n in beat.took.items():
            total["took", bound] += n
    return len(beats), max(beat.lag for beat, _ in beats), beats[-1][1], total


def said(settings: StreamSettings) -> dict[Key, tuple[object, ...]]:
    """The windows on the log; of those for the same time, the one with more heartbeats."""
    found: dict[Key, Window] = {}

    def take(message: Incoming) -> None:
        if message.key.startswith("pulse:"):
            assert dict(message.headers)["ce_type"] == b"cadastre.window.v1"
            one = codec.window(message.value or b"")
            key = (one.stage, one.replica, int(one.start.timestamp()) // 10)
            if key not in found or found[key].beats < one.beats:
                found[key] = one

    admin.read(settings, "stats", take)
    return {key: _as_told(one) for key, one in found.items()}


def _as_told(one: Window) -> tuple[object, ...]:
    total: Counter[tuple[str, object]] = Counter()
    counts = {"decided": one.decided, "rejected": one.rejected, "arrived": one.arrived, "left": one.left}
    for name, of_name in counts.items():
        total.update({(name, of): n for of, n in of_name.items()})
    total.update({("took", bound): n for bound, n in one.took.items()})
    return one.beats, one.lag, one.at, total


@pytest.fixture
def settings(broker: SharedBroker, prefix: str) -> StreamSettings:
    made = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS)
    create_topics(clients.admin(made), made)
    return made


@pytest.fixture
def stamped(settings: StreamSettings) -> StreamSettings:
    """`stats` keeps the times that are put on it: windows pass without anybody waiting for them."""
    entry = ConfigEntry("message.timestamp.type", "CreateTime", incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(ResourceType.TOPIC, settings.topic("stats"), incremental_configs=[entry])
    kafka = clients.admin(settings)
    for altered in kafka.incremental_alter_configs([topic]).values():
        altered.result(30)
    return settings


@pytest.fixture
def pulse(settings: StreamSettings, tmp_path: Path) -> Iterator[StageRun]:
    run = StageRun("services.api.pulse", settings, tmp_path / "pulse.log")
    yield run
    if run.running:
        run.kill()


def assert_right(settings: StreamSettings, pulse: StageRun, within_s: float = 60) -> None:
    def right() -> bool:
        assert pulse.running, pulse.text()[-2_000:]
        return said(settings) == expected(settings)

    wait_until(right, "the windows are what the heartbeats add up to", within_s)


def metrics_of(pulse: StageRun) -> str:
    port = re.findall(r'"port": (\d+)', pulse.text())[-1]
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text


def test_killed_again_and_again_its_windows_are_those_that_the_heartbeats_add_up_to(
    stamped: StreamSettings, pulse: StageRun
) -> None:
    stages = Stages(stamped)
    stages.beat(27)
    pulse.start()
    assert_right(stamped, pulse)
    took = []
    for seconds in (3, 14):  # within a window, and over more than one
        stages.beat(2)
        pulse.kill()
        stages.beat(seconds, REPLICAS[:3])
        began = time.monotonic()
        pulse.start()
        assert_right(stamped, pulse, RIGHT_WITHIN_S)
        took.append(time.monotonic() - began)
        stages.beat(4)
        assert_right(stamped, pulse)
    assert pulse.stop() == 0
    stages.beat(25)
    pulse.start()
    assert_right(stamped, pulse)
    figure = f"windows right within {max(took):.1f} s of the restart"
    report("kill -9 of pulse, within a window and over more than one", figure, "what the heartbeats add up to")


def test_what_is_no_heartbeat_is_counted_and_told_and_its_neighbours_count(
    settings: StreamSettings, pulse: StageRun
) -> None:
    stages = Stages(settings)
    stages.beat(5)
    for partition in range(PARTITIONS):
        for value in (b"", b"{{", b'{"stage": "assign"}', b"[" * 5_000):
            stages.put("nobody", value, partition)
    of_another_day = Heartbeat(
        stage="ghost",
        replica="0",
        at=datetime(1, 1, 1, tzinfo=UTC),
        state="running",
        caught_up=True,
        lag=0,
        re_examining=0,
        positions={},
    )
    stages.put("ghost:0", codec.encode(of_another_day))
    stages.beat(15)
    pulse.start()
    assert_right(settings, pulse)
    assert f"cadastre_pulse_unreadable_total {4.0 * PARTITIONS}" in metrics_of(pulse)
    assert pulse.text().count('"event": "unreadable"') == 4 * PARTITIONS


def test_a_fault_of_its_own_ends_the_process_and_costs_the_next_one_nothing(
    settings: StreamSettings, pulse: StageRun, tmp_path: Path
) -> None:
    stages = Stages(settings)
    stages.beat(12)
    faulty = StageRun("tests.support.pulse_raising", settings, tmp_path / "faulty.log").start()
    wait_until(lambda: bool(said(settings)), "its first windows")
    for partition in range(PARTITIONS):
        stages.put("poison", b"{}", partition)
    stages.beat(5)
    assert faulty.wait() == 1, faulty.text()
    assert '"event": "crashed"' in faulty.text()
    pulse.start()
    assert_right(settings, pulse)
