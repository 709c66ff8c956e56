"""The loader killed, frozen and left behind: CORE is what the log says, every record is in RAW once."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from schemas.topics import DEDUPED
from services.stream import clients
from services.stream.deployment import create_topics
from tests.support.faults import report
from tests.support.told import later, send, versions
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
CLIENTS = 400 if FULL else 150
KILLS = 20 if FULL else 4
SEED = 17


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


def test_a_loader_that_was_frozen_past_its_session_loads_nothing_more_than_its_successor_has(loading: Loaded) -> None:
    send(loading.settings, versions(20, 3, seed=4))
    zombie = loading.start(0, CADASTRE_FREEZE_AT="uploaded:2", CADASTRE_BATCH_MAX="40", CADASTRE_BATCH_WAIT_MS="50")
    wait_until(lambda: stopped(zombie.process.pid if zombie.process else 0), "the first one is frozen")
    loading.start(1)
    loading.wait_loaded()
    zombie.signal(signal.SIGCONT)
    send(loading.settings, later(9))
    wait_until(lambda: "transaction_aborted" in zombie.text(), "the zombie was refused")
    loading.wait_loaded()
    loading.assert_as_the_log_says()
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


def stopped(pid: int) -> bool:
    return f"{Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0]}" == "T"
