"""`make bench NAME=pipeline`: from `raw` to `assigned` with all stages on this machine, against a bare pass-through."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local import latency
from deploy.local.kafka import Broker
from deploy.local.ports import PortPair
from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from deploy.local.warehouse import LocalWarehouse, start_warehouse
from schemas import codec
from schemas.events import LiveClient
from schemas.topics import ASSIGNED, DEDUPED, RAW
from services.loader.names import TABLES
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.bench.demo_records import newcomers, raw_records
from tests.bench.envelope import Report, progress
from tests.bench.loader import catch_up
from tests.bench.passthrough import BARE_HOPS
from tests.support.pipeline import Pipeline, RawRecord
from tests.support.stages import StageRun
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

RECORDS = int(os.environ.get("SIZES", "50000").split(",")[0])
RUNS = 1 if RECORDS > 20_000 else 3
SEED = 7
LATENCY_RATE, LATENCY_RECORDS = 200, 2_000
AIM_PER_S, AIM_P99_MS, AIM_RESTART_S = 3_000, 300, 10.0


def main() -> int:
    report = Report("pipeline", SEED, RUNS)
    progress(f"pipeline: making {RECORDS:,} records")
    records = raw_records(RECORDS, SEED)
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka", throughput=True) as broker:
        progress("pipeline: warming the broker up: it compiles itself on the cores that the stages want")
        passthrough("warm-", broker.bootstrap, records, Path(folder) / "warm")
        runs = [run(f"run{n}-", broker.bootstrap, records, Path(folder) / f"run{n}") for n in range(RUNS)]
        last = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=f"run{RUNS - 1}-")
        with Supervisor(Path(folder) / "logs", base_env(), tell=progress) as supervisor:
            loaded = loaded_per_s(last, start_warehouse(supervisor, Path(folder) / "warehouse"), Path(folder) / "load")
    middle = sorted(runs, key=lambda one: float(str(one["assigned_per_s"])))[RUNS // 2]
    passed = statistics.median(float(str(one["passthrough_per_s"])) for one in runs)
    report.checks["clients_stand"] = int(str(middle["restart_clients"])) >= RECORDS
    report.checks["all_arrived"] = all(dict(one["latency"])["n"] == LATENCY_RECORDS for one in runs)  # type: ignore[call-overload]
    report.checks["no_loss"] = all(bool(one.pop("no_loss")) for one in runs)
    report.result |= middle | {"loaded_per_s": round(loaded), "passthrough_per_s": round(passed)}
    report.result["share"] = round(float(str(middle["assigned_per_s"])) / passed, 3)
    rate, p99 = float(str(middle["assigned_per_s"])), dict(middle["latency"])["p99_ms"]  # type: ignore[call-overload]
    slowest = max(dict(middle["restart_s"]).values())  # type: ignore[call-overload]
    report.aims |= {
        "assigned_per_s": (AIM_PER_S, rate, rate >= AIM_PER_S),
        "latency_p99_ms": (AIM_P99_MS, p99, p99 < AIM_P99_MS),
        "restart_s": (AIM_RESTART_S, slowest, slowest <= AIM_RESTART_S),
    }
    return report.close()


def run(prefix: str, bootstrap: str, records: Sequence[RawRecord], folder: Path) -> dict[str, object]:
    settings = StreamSettings(bootstrap=bootstrap, topic_prefix=prefix)
    with Pipeline(settings, folder) as pipeline:
        pipeline.settle()
        before = cpu_seconds(pipeline.stages)
        pipeline.send(records)
        outcome = pipeline.settle(600)
        spent = {name: used - before[name] for name, used in cpu_seconds(pipeline.stages).items()}
        rate = len(records) / (last_append(settings, ASSIGNED.name) - first_append(settings, RAW.name))
        progress(f"pipeline: {rate:,.0f} records/s from first in to last assigned")
        url = pipeline.start_ingest(PortPair.choose().first)
        took = latency.measure(settings, url, rate_per_s=LATENCY_RATE, count=LATENCY_RECORDS)
        progress(f"pipeline: latency at {LATENCY_RATE}/s: {took}")
        held = fill(pipeline, len(records))
        restarts = restart_times(pipeline)
        progress(f"pipeline: restart with {held:,} clients: {restarts}")
    live = [client for value in outcome.deduped.values() if isinstance(client := codec.client(value), LiveClient)]
    statuses = [codec.assignment(value).status for value in outcome.assigned.values()]
    return {
        "records": len(records),
        "assigned_per_s": round(rate),
        "passthrough_per_s": passthrough(f"bare-{prefix}", bootstrap, records, folder),
        "latency": {"rate": LATENCY_RATE, "n": took["n"], "p50_ms": took.get("p50"), "p99_ms": took.get("p99")},
        "cpu_us_per_record": {name: round(used / len(records) * 1e6) for name, used in spent.items()},
        "restart_s": restarts,
        "restart_clients": held,
        "no_loss": sum(outcome.counts.values()) == len(records)
        and len(live) == statuses.count("assigned") + statuses.count("unassigned"),
    }


def loaded_per_s(settings: StreamSettings, local: LocalWarehouse, folder: Path) -> float:
    """Records a second into S3 and the warehouse with all that was said of them, by a loader that finds them there."""
    made = Loaded(settings, local, folder)
    folder.mkdir()
    made.prepare()
    said = {topic: count(settings, topic) for topic in TABLES}
    rows, seconds = catch_up(made, sum(said.values()))
    made.end()
    per_s = said[RAW.name] * rows / sum(said.values()) / seconds
    progress(f"pipeline: {per_s:,.0f} records/s loaded, {sum(said.values()):,} rows")
    return per_s


def fill(pipeline: Pipeline, wanted: int) -> int:
    """Send newcomers until so many clients stand; returns how many do."""
    missing = wanted - live_clients(pipeline.settings)
    if missing > 0:
        pipeline.send(newcomers(missing + missing // 10, SEED + 1))  # a few find their namesake
        pipeline.settle(600)
    return live_clients(pipeline.settings)


def live_clients(settings: StreamSettings) -> int:
    values = admin.read_all(settings, DEDUPED.name).values()
    return sum(isinstance(codec.client(value), LiveClient) for value in values)


def restart_times(pipeline: Pipeline) -> dict[str, float]:
    """Seconds from the start of the process until it has read everything, re-examined it, and says that it is idle."""
    times = {}
    for name, stage in pipeline.stages.items():
        stage.stop()
        began = time.monotonic()
        stage.start()
        pipeline.wait_idle(120)
        times[name] = round(time.monotonic() - began, 1)
    return times


def passthrough(prefix: str, bootstrap: str, records: Sequence[RawRecord], folder: Path) -> float:
    """The same records through three bare transactional hops on the same broker, a second, first in to last out."""
    settings = StreamSettings(bootstrap=bootstrap, topic_prefix=prefix)
    folder.mkdir(parents=True, exist_ok=True)
    create_topics(clients.admin(settings), settings)
    hops = [
        StageRun("tests.bench.passthrough", settings, folder / f"{source}.log", arguments=("bare", source, target))
        for source, target in BARE_HOPS
    ]
    for hop in hops:
        hop.start()
    wait_until(lambda: all(hop.running for hop in hops), "the hops run")
    Pipeline(settings, folder).send(records)
    wait_until(lambda: count(settings, ASSIGNED.name) >= len(records), "all passed through", seconds=300)
    for hop in hops:
        hop.stop()
    rate = len(records) / (last_append(settings, ASSIGNED.name) - first_append(settings, RAW.name))
    progress(f"pipeline: a bare pass-through of three hops: {rate:,.0f} records/s")
    return rate


def cpu_seconds(stages: Mapping[str, StageRun]) -> dict[str, float]:
    ticks = os.sysconf("SC_CLK_TCK")
    used = {}
    for name, stage in stages.items():
        assert stage.process is not None
        fields = Path(f"/proc/{stage.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        used[name] = (int(fields[11]) + int(fields[12])) / ticks
    return used


def count(settings: StreamSettings, topic: str) -> int:
    found: list[Incoming] = []
    if sum(admin.ends(settings, [topic]).values()) > 0:
        admin.read(settings, topic, found.append)
    return len(found)


def first_append(settings: StreamSettings, topic: str) -> float:
    return min(_appends(settings, topic))


def last_append(settings: StreamSettings, topic: str) -> float:
    return max(_appends(settings, topic))


def _appends(settings: StreamSettings, topic: str) -> list[float]:
    times: list[float] = []
    admin.read(settings, topic, lambda message: times.append(message.appended_ms / 1_000))
    return times


if __name__ == "__main__":
    sys.exit(main())
