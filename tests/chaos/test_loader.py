"""The loader killed, starved and lied to: CORE is what the log says, every record is in RAW once."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from deploy.local.warehouse import LocalWarehouse
from schemas.topics import DEDUPED
from services.loader.batch import object_key
from services.stream import clients
from services.stream.deployment import create_topics, current_topic_ids
from services.stream.settings import StreamSettings
from tests.support.faults import report
from tests.support.gateway import Fault, Gateway
from tests.support.told import send, versions
from tests.support.undisturbed import FULL
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

# Each life ends at the next point, and cuts its batches otherwise than the one before.
POINTS = (
    ("fetched:2", "30"),
    ("deduped_decided:2", "45"),
    ("uploaded:3", "20"),
    ("uploaded:9", "70"),
    ("copied:2", "35"),
    ("merged:2", "50"),
    ("before_commit:2", "25"),
    ("loaded:2", "40"),
)
SLOW_S = 30.0 if FULL else 3.0
CLIENTS = 400 if FULL else 150
KILLS = 20 if FULL else 4
STRIDE = 1 if FULL else 3  # of the store's calls, every so manieth fails
SEED = 17
Make = Callable[..., Loaded]


@pytest.fixture
def loading(broker: Broker, prefix: str, local_warehouse: LocalWarehouse, tmp_path: Path) -> Iterator[Loaded]:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=2, session_timeout_ms=6_000)
    made = Loaded(settings, local_warehouse, tmp_path)
    made.prepare()
    yield made
    made.end()


def test_a_kill_at_every_named_point_with_other_batches_each_time_loses_and_doubles_nothing(loading: Loaded) -> None:
    send(loading.settings, versions(CLIENTS, 4, seed=1))
    for point, batch_max in POINTS:
        run = loading.start(CADASTRE_CRASH_AT=point, CADASTRE_BATCH_MAX=batch_max, CADASTRE_BATCH_WAIT_MS="50")
        assert run.wait(240) == -signal.SIGKILL, (
            f"{point}: {run.text()[-2_000:]}"
        )  # its predecessor's locks may hold it
    run = loading.start()
    loading.wait_loaded()
    assert run.stop() == 0
    loading.assert_as_the_log_says()
    report("the loader killed at each named point", "CORE equal to the oracle", f"{len(POINTS)} kills")


def test_kills_at_random_moments_while_records_come_lose_and_double_nothing(loading: Loaded) -> None:
    """The load of all goes on meanwhile; each life is ended after a random while and cuts its batches otherwise."""
    rng = random.Random(SEED)
    said = versions(CLIENTS, 4, seed=SEED)
    parts = [said[n::KILLS] for n in range(KILLS)]
    for part in parts:
        run = loading.start(CADASTRE_BATCH_MAX=str(rng.randint(20, 90)), CADASTRE_BATCH_WAIT_MS="50")
        before, wanted = loading.loaded_rows(), rng.randint(1, len(part))
        send(loading.settings, part)
        wait_until(lambda: loading.loaded_rows() >= before + wanted, f"some progress; {run.text()[-1_000:]}", 120)  # noqa: B023
        run.kill()
    run = loading.start()
    loading.wait_loaded()
    assert run.stop() == 0
    loading.assert_as_the_log_says()
    report("the loader killed at random moments", "CORE equal to the oracle", f"{KILLS} kills, seed {SEED}")


def test_a_half_written_object_is_replaced(loading: Loaded) -> None:
    send(loading.settings, versions(10, 2, seed=2))
    topic_id = current_topic_ids(loading.settings, [DEDUPED.name])[DEDUPED.name]
    first = next(m for m in loading.log() if m.topic == DEDUPED.name and m.offset == 0)
    key = object_key((DEDUPED.name, first.partition), topic_id, 0, first.appended_ms)
    metadata = {"topic-id": topic_id, "start": "0", "end": "9", "rows": "9", "sha256": "0" * 64}
    put(loading, key, b"half", metadata)
    run = loading.start()
    loading.wait_loaded()
    assert run.stop() == 0
    assert loading.store.read(key)[0] != b"half"
    loading.assert_as_the_log_says()


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "answer lost"])
def test_the_store_failing_any_one_call_changes_nothing(loading: Loaded, lost: bool) -> None:
    """Each round sends more and fails its nth call, until a round has fewer calls than that."""
    with Gateway(loading.local.s3_port) as gateway:
        loading.env |= {"CADASTRE_S3_ENDPOINT": f"http://127.0.0.1:{gateway.port}", "CADASTRE_S3_ATTEMPTS": "1"}
        run = loading.start(CADASTRE_BATCH_MAX="50", CADASTRE_BATCH_WAIT_MS="50")
        nth, faults, met = 1, 0, True
        while met:
            gateway.calls = gateway.faults = 0
            gateway.faulty = nth_call(nth, lost)
            send(loading.settings, later(nth))
            loading.wait_loaded()
            met = gateway.faults > 0
            faults += met
            nth += STRIDE
        assert faults > 0
        assert run.stop() == 0
    loading.assert_as_the_log_says()
    how = "does what it is asked and loses the answer" if lost else "refuses"
    report(
        f"the object store {how} at its nth call", "CORE equal to the oracle", f"{faults} faults, every {STRIDE}. call"
    )


def test_a_warehouse_that_is_slow_fails_and_loses_the_answer_to_commit_is_loaded_once(loading: Loaded) -> None:
    with Gateway(loading.local.snowflake_port) as gateway:
        loading.env |= {"CADASTRE_WAREHOUSE_PORT": str(gateway.port), "CADASTRE_WAREHOUSE_TIMEOUT_S": "40"}
        send(loading.settings, versions(20, 3, seed=3))
        left = {"slow": 1, "failing": 2, "lost": 1}

        def faulty(number: int, body: bytes) -> Fault | None:
            if b"copy into" in sql_of(body) and left["slow"]:
                left["slow"] -= 1
                return Fault(delay_s=SLOW_S)
            if b"merge into" in sql_of(body) and left["failing"]:
                left["failing"] -= 1
                return Fault()
            if b'"commit"' in sql_of(body) and left["lost"]:
                left["lost"] -= 1
                return Fault(lost=True)
            return None

        gateway.faulty = faulty
        run = loading.start(CADASTRE_BATCH_MAX="40", CADASTRE_BATCH_WAIT_MS="50")
        loading.wait_loaded()
        assert run.stop() == 0
        assert not any(left.values()), left
    loading.assert_as_the_log_says()
    report("the warehouse slow, failing, and losing the answer to COMMIT", "CORE equal to the oracle", f"{SLOW_S:g} s")


def test_a_loader_that_was_frozen_past_its_session_loads_nothing_more_than_its_successor_has(loading: Loaded) -> None:
    send(loading.settings, versions(20, 3, seed=4))
    zombie = loading.start(0, CADASTRE_FREEZE_AT="uploaded:2", CADASTRE_BATCH_MAX="40", CADASTRE_BATCH_WAIT_MS="50")
    wait_until(lambda: stopped(zombie.process.pid if zombie.process else 0), "the first one is frozen")
    loading.start(1)
    loading.wait_loaded()
    zombie.signal(signal.SIGCONT)
    send(loading.settings, later(9))
    loading.wait_loaded()
    loading.assert_as_the_log_says()
    wait_until(lambda: "transaction_aborted" in zombie.text(), "the zombie was refused")
    report("a loader frozen past its session", "refused by the ledger", "")


def test_a_topic_that_was_deleted_and_created_again_stops_the_loader_and_says_so(loading: Loaded) -> None:
    send(loading.settings, versions(5, 1, seed=5))
    run = loading.start()
    loading.wait_loaded()
    assert run.stop() == 0
    name = loading.settings.topic(DEDUPED.name)
    admin = clients.admin(loading.settings)
    admin.delete_topics([name])[name].result(30)
    wait_until(lambda: name not in admin.list_topics(timeout=10).topics, "the topic is gone")
    create_topics(admin, loading.settings)
    again = loading.start()
    assert again.wait(60) == 2
    assert "was deleted and created again" in again.text()


def later(seed: int) -> list[tuple[str, str, bytes | None]]:
    """More, under ids of their own."""
    return [
        (topic, key.replace("c_", f"c_{seed}_") if key.startswith("c_") else f"{key}_{seed}", value)
        for topic, key, told in versions(5, 2, seed)
        if topic != "reference" and told is not None
        for value in [told.replace(b'"c_', f'"c_{seed}_'.encode())]
    ]


def nth_call(nth: int, lost: bool) -> Callable[[int, bytes], Fault | None]:
    return lambda number, body: Fault(lost=lost) if number == nth else None


def sql_of(body: bytes) -> bytes:
    import gzip

    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def stopped(pid: int) -> bool:
    return f"{Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0]}" == "T"


def put(loading: Loaded, key: str, body: bytes, metadata: dict[str, str]) -> None:
    """An object as a writer that broke off would leave it."""
    import boto3

    settings = loading.loader_settings()
    assert settings.s3_access_key is not None
    assert settings.s3_secret_key is not None
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name="us-east-1",
        aws_access_key_id=settings.s3_access_key.get_secret_value(),
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
    )
    client.put_object(Bucket=settings.bucket, Key=key, Body=body, Metadata=metadata)
