"""`make bench NAME=loader`: from a topic to RAW and to CORE, against a straight COPY of the same files."""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.kafka import Broker
from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from deploy.local.warehouse import LocalWarehouse, start_warehouse
from schemas import codec
from schemas.events import Assignment, RuleRef
from schemas.topics import ASSIGNED, RAW
from services.loader.statements import quoted, sql
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings
from tests.bench.envelope import Report, progress
from tests.support.told import Said, send, send_by
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

ROWS = int(os.environ.get("SIZES", "200000").split(",")[0])
SEED = 7
LAG_RATE, LAG_SECONDS = 1_000, 20
AIM_RAW, AIM_CORE = 20_000, 5_000
LOOK_EVERY_S = 0.1  # a look costs the stand-in ten milliseconds of what is measured
_OVERLAPS = (
    "select count(*) from (select effective_to, status, lead(effective_from) over (partition by client_id "
    "order by version) as next_from from ${core}.assignments_fact) as p "
    "where status <> 'ended' and effective_to is distinct from next_from"
)


def main() -> int:
    report = Report("loader", SEED, 1)
    values = assignments(ROWS)
    with (
        tempfile.TemporaryDirectory() as given,
        Broker(Path(given) / "kafka", throughput=True) as broker,
        Supervisor(Path(given) / "logs", base_env(), tell=progress) as supervisor,
    ):
        local = start_warehouse(supervisor, Path(given) / "warehouse")
        raw = deployment(broker, local, Path(given), "raw")
        raw_per_s = rate(raw, [(RAW.name, key, value) for _, key, value in values])
        core = deployment(broker, local, Path(given), "core")
        core_per_s = rate(core, values)
        [(fact,)] = core.warehouse.rows("select count(*) from ${core}.assignments_fact")
        [(overlaps,)] = core.warehouse.rows(_OVERLAPS)
        landed = places(raw, RAW.name) == places(core, ASSIGNED.name) == (ROWS, ROWS)
        copy_per_s = copied(core)
        lags = lag(core)
        report.checks |= {"rows_equal": fact == ROWS and landed, "no_overlap": overlaps == 0}
        for one in (raw, core):
            one.end()
    report.result |= {
        "rows": ROWS,
        "raw_per_s": round(raw_per_s),
        "core_per_s": round(core_per_s),
        "copy_per_s": round(copy_per_s),
        "share": round(raw_per_s / copy_per_s, 3),
        "lag": {
            "rate": LAG_RATE,
            "p50_s": round(statistics.median(lags), 2),
            "p99_s": round(statistics.quantiles(lags, n=100)[98], 2),
        },
    }
    report.aims |= {
        "raw_per_s": (AIM_RAW, round(raw_per_s), raw_per_s >= AIM_RAW),
        "core_per_s": (AIM_CORE, round(core_per_s), core_per_s >= AIM_CORE),
    }
    return report.close()


def deployment(broker: Broker, local: LocalWarehouse, folder: Path, name: str) -> Loaded:
    made = Loaded(StreamSettings(bootstrap=broker.bootstrap, topic_prefix=f"{name}-"), local, folder / name)
    made.folder.mkdir()
    made.env["CADASTRE_WAREHOUSE_TIMEOUT_S"] = "60"
    made.prepare()
    return made


def rate(made: Loaded, said: list[Said]) -> float:
    """Rows a second."""
    send(made.settings, said)
    rows, seconds = catch_up(made, len(said))
    return rows / seconds


def catch_up(made: Loaded, wanted: int) -> tuple[int, float]:
    """Rows and seconds from a loader's first load to its last, which makes so many rows: its start is not counted."""
    run = made.start()
    seen: list[tuple[float, int]] = []

    def loaded() -> bool:
        time.sleep(LOOK_EVERY_S)
        rows = made.loaded_rows()
        if not seen or rows != seen[-1][1]:
            seen.append((time.monotonic(), rows))
        return seen[-1][1] >= wanted

    wait_until(loaded, f"all is loaded; {run.text()[-1_000:]}", 600)
    run.stop()
    first = next(at for at, rows in seen if rows)
    before = next(rows for _, rows in seen if rows)
    progress(f"loader: {wanted:,} rows, the first load after {first - seen[0][0]:.1f} s, {len(seen)} looks")
    return wanted - before, seen[-1][0] - first


def places(made: Loaded, topic: str) -> tuple[int, int]:
    """Rows of a topic in RAW, and places of the log among them."""
    [(rows, distinct)] = made.warehouse.rows(
        "select count(*), count(distinct topic_partition::varchar || ':' || record_offset::varchar) "
        f"from {made.warehouse.names.table(topic)}"
    )
    return int(str(rows)), int(str(distinct))


def copied(made: Loaded) -> float:
    """Rows a second of nothing but COPY, of the very objects, into a table of the same shape."""
    warehouse = made.warehouse
    warehouse.rows("create or replace table ${raw}.straight like ${raw}.assigned")
    keys = [key for key in made.store.stored() if f"/{ASSIGNED.name}-" in key]
    began = time.monotonic()
    for start in range(0, len(keys), 50):
        table = warehouse.names.fill("${raw}.straight")
        warehouse.rows(warehouse.names.fill(sql("copy"), table=table, files=quoted(keys[start : start + 50])))
    took = time.monotonic() - began
    progress(f"loader: {len(keys)} objects copied in {took:.1f} s")
    return ROWS / took


def lag(made: Loaded) -> list[float]:
    """Seconds from a row's append until the ledger shows it loaded, at a steady rate."""
    starts = admin.ends(made.settings, [ASSIGNED.name])
    run = made.start()
    wait_until(lambda: "started" in run.text(), "the loader runs")
    batches = [assignments(LAG_RATE, seed) for seed in range(100, 100 + LAG_SECONDS)]

    def feed() -> None:
        producer = AckedProducer(made.settings)
        for number, batch in enumerate(batches):
            began = time.monotonic()
            for start in range(0, LAG_RATE, 100):
                send_by(producer, made.settings, batch[start : start + 100])
                time.sleep(max(0.0, began + (start + 100) / LAG_RATE - time.monotonic()))
            progress(f"loader: {number + 1} of {LAG_SECONDS} s at {LAG_RATE} rows/s")
        producer.close()

    feeding = threading.Thread(target=feed)
    feeding.start()
    looks: list[tuple[float, dict[int, int]]] = []

    def loaded() -> bool:
        time.sleep(LOOK_EVERY_S)
        rows = made.warehouse.rows(
            f"select topic_partition, next_offset from ${{stage}}.ledger where topic = '{ASSIGNED.name}'"
        )
        looks.append((time.time(), {int(str(partition)): int(str(offset)) for partition, offset in rows}))
        if feeding.is_alive():
            return False
        ends = admin.ends(made.settings, [ASSIGNED.name])
        return all(looks[-1][1].get(partition, 0) >= end for (_, partition), end in ends.items())

    wait_until(loaded, "all is loaded", 120)
    run.stop()
    took: list[float] = []

    def take(message: Incoming) -> None:
        partition, offset, appended = message.partition, message.offset, message.appended_ms
        if offset >= starts[ASSIGNED.name, partition]:
            shown = next(at for at, offsets in looks if offsets.get(partition, 0) > offset)
            took.append(shown - appended / 1_000)

    admin.read(made.settings, ASSIGNED.name, take)
    return took


def assignments(rows: int, seed: int = SEED) -> list[Said]:
    """Three versions of each client, one after the other."""
    rng = random.Random(seed)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    said: list[Said] = []
    for number in range(rows):
        client, version = f"c_{seed}_{number % (rows // 3 + 1)}", number // (rows // 3 + 1) + 1
        one = Assignment(
            client_id=client,
            version=version,
            client_version=version,
            status="assigned",
            decided_by="rule",
            effective_from=start + timedelta(seconds=number),
            trigger="client",
            territory=f"t-{rng.randrange(60)}",
            region="emea",
            advisor=f"a-{rng.randrange(300)}",
            tier="gold",
            segment="bank",
            rule=RuleRef("main", 4, f"r-{rng.randrange(200)}", 100),
            conditions=("country in (DE, FR)", "aum >= 1000000"),
        )
        said.append((ASSIGNED.name, client, codec.encode(one)))
    return said


if __name__ == "__main__":
    sys.exit(main())
