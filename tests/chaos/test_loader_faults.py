"""The loader starved and lied to by the object store and the warehouse: CORE is what the log says, each record once."""

from __future__ import annotations

import gzip
import signal
from collections.abc import Callable

import pytest

from schemas.topics import DEDUPED
from services.loader.batch import object_key
from services.stream.deployment import current_topic_ids
from tests.support.faults import report
from tests.support.gateway import Fault, Gateway
from tests.support.stages import StageRun
from tests.support.told import later, send, versions
from tests.support.undisturbed import FULL
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

SLOW_S = 30.0 if FULL else 3.0
STRIDE = 1 if FULL else 3  # of the store's calls, every so manieth fails


def test_a_half_written_object_is_replaced_also_where_the_loader_ends_right_after(loading: Loaded) -> None:
    send(loading.settings, versions(10, 2, seed=2))
    topic_id = current_topic_ids(loading.settings, [DEDUPED.name])[DEDUPED.name]
    first = next(m for m in loading.log() if m.topic == DEDUPED.name and m.offset == 0)
    key = object_key((DEDUPED.name, first.partition), topic_id, 0, first.appended_ms)
    metadata = {"topic-id": topic_id, "start": "0", "end": "9", "rows": "9", "sha256": "0" * 64}
    put(loading, key, b"half", metadata)
    run = loading.start(CADASTRE_CRASH_AT="replaced:1")
    assert run.wait() == -signal.SIGKILL
    run.start()
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


class Outages:
    """A load's first COPY is slow. The load of clients fails, and later the answer to a COMMIT is lost; after each of
    the two nothing answers until the loader has given up, since its connector tries again for as long as it may. On a
    busy machine it may give up a statement more, of its own accord."""

    BEGINS = ((b"dimensional.client_dim as t", Fault()), (b'"commit"', Fault(lost=True)))

    def __init__(self, run: StageRun) -> None:
        self.run = run
        self.slow = 0
        self.begun = 0
        self.lasts_until = 0  # so many times given up

    @property
    def over(self) -> bool:
        return self.begun == len(self.BEGINS) and self.given_up >= self.lasts_until

    @property
    def given_up(self) -> int:
        return self.run.text().count("transaction_aborted")

    def __call__(self, number: int, body: bytes) -> Fault | None:
        given_up = self.given_up
        if given_up < self.lasts_until:
            return Fault()
        asked = sql_of(body)
        if b"copy into" in asked and not self.slow:
            self.slow += 1
            return Fault(delay_s=SLOW_S)
        if self.begun < len(self.BEGINS) and self.BEGINS[self.begun][0] in asked:
            self.begun += 1
            self.lasts_until = given_up + 1
            return self.BEGINS[self.begun - 1][1]
        return None


def test_a_warehouse_that_is_slow_fails_and_loses_the_answer_to_commit_is_loaded_once(loading: Loaded) -> None:
    with Gateway(loading.local.snowflake_port) as gateway:
        loading.env |= {"CADASTRE_WAREHOUSE_PORT": str(gateway.port), "CADASTRE_WAREHOUSE_TIMEOUT_S": "4"}
        send(loading.settings, versions(20, 3, seed=3))
        run = loading.start(CADASTRE_BATCH_MAX="40", CADASTRE_BATCH_WAIT_MS="50")
        gateway.faulty = outages = Outages(run)
        wait_until(lambda: outages.over, f"it gave up twice; {run.text()[-1_000:]}", 120)
        loading.wait_loaded()
        assert run.stop() == 0
        assert outages.slow == 1
    loading.assert_as_the_log_says()
    report("the warehouse slow, failing, and losing the answer to COMMIT", "CORE equal to the oracle", f"{SLOW_S:g} s")


def nth_call(nth: int, lost: bool) -> Callable[[int, bytes], Fault | None]:
    return lambda number, body: Fault(lost=lost) if number == nth else None


def sql_of(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def put(loading: Loaded, key: str, body: bytes, metadata: dict[str, str]) -> None:
    """An object as a writer that broke off would leave it."""
    loading.objects().put_object(Bucket=loading.env["CADASTRE_BUCKET"], Key=key, Body=body, Metadata=metadata)
