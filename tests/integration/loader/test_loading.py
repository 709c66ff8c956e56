"""The loader on a real Kafka, a real S3 server and a real SQL engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from deploy.local.kafka import Broker
from deploy.local.warehouse import LocalWarehouse
from services.cli import build
from services.stream.settings import StreamSettings
from tests.support.stages import environment
from tests.support.told import NASTY, send, versions
from tests.support.undisturbed import FULL
from tests.support.warehouse import Loaded

MIB = 1_048_576
LONG_NAMES = 10_000
RESIDENT = 600 * MIB  # the backlog alone is more, and a batch of it would be there as records, lines and object
CONFLICT = b'{"status":"live","client_id":"c_3","version":1,"members":[],"golden":{"name":"another"}}'


@pytest.fixture
def loading(broker: Broker, prefix: str, local_warehouse: LocalWarehouse, tmp_path: Path) -> Iterator[Loaded]:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=2, session_timeout_ms=6_000)
    made = Loaded(settings, local_warehouse, tmp_path)
    made.prepare()
    yield made
    made.end()


def command(loading: Loaded, *arguments: str, code: int = 0) -> str:
    env = {**environment(loading.settings), **loading.env}
    result = CliRunner().invoke(build(arguments[0]), list(arguments), env=env)
    assert result.exit_code == code, result.output
    return result.output


def test_the_warehouse_says_what_the_log_says_is_exported_inert_and_rebuilt_equal_from_the_bucket(
    loading: Loaded,
) -> None:
    send(loading.settings, versions(20, 4, seed=11))
    run = loading.start(CADASTRE_BATCH_MAX="60", CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    loading.assert_as_the_log_says()
    assert "already applied" in command(loading, "warehouse", "migrate")
    assert "says what the topics say" in command(loading, "warehouse", "verify")
    to = loading.folder / "clients.csv"
    command(loading, "export", "clients", "--to", str(to))
    names = pd.read_csv(to, dtype=str, keep_default_na=False).set_index("client_id")["name"]
    for number, name in enumerate(NASTY):
        if f"c_{number}" in names:
            read = name.replace("\r\n", "\n") if "\r\n" in name else name
            assert names[f"c_{number}"].replace("\r\n", "\n") == ("'" + read if read[0] == "=" else read)
    assert run.stop() == 0
    command(loading, "warehouse", "rebuild", code=2)
    wait_gone(loading)
    command(loading, "warehouse", "rebuild", "--yes")
    loading.assert_as_the_log_says()
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.start()
    loading.wait_loaded()
    loading.assert_as_the_log_says()


def test_a_load_that_fails_a_critical_check_waits_in_stage_and_goes_first_once_the_cause_is_gone(
    loading: Loaded,
) -> None:
    send(loading.settings, versions(6, 2, seed=13))
    loading.start(CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_3", CONFLICT)])
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_9", CONFLICT.replace(b"c_3", b"c_9"))])
    loading.wait_loaded()
    assert loading.warehouse.rows("select count(*) from ${core}.client_dim where client_id = 'c_9'") == [(0,)]
    held = loading.warehouse.rows(
        "select distinct name from ${core}.quality_results where held and not passed and severity = 'critical'"
    )
    assert held == [("client_versions_told_twice_differently",)]
    loading.warehouse.changed("delete from ${stage}.clients_staging where client_id = 'c_3'")
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.wait_loaded()
    assert loading.warehouse.rows("select count(*) from ${core}.client_dim where client_id = 'c_9'") == [(1,)]


@pytest.mark.skipif(not FULL, reason="minutes; the bound itself is tested in tests/integration/stream/test_fetch.py")
def test_ten_thousand_names_of_64_kib_are_loaded_in_bounded_memory(loading: Loaded) -> None:
    """What is in memory at once is the client's queue and a batch, as record, line and object; not the backlog."""
    name = b'{"name": "' + b"x" * 65_536 + b'"}'
    send(loading.settings, [("raw", f"crm:{n}", name) for n in range(LONG_NAMES)])
    run = loading.start(CADASTRE_BATCH_BYTES=str(8 * MIB), CADASTRE_BATCH_WAIT_MS="1000")
    loading.wait_loaded(600)
    assert run.process is not None
    peak = most_resident(run.process.pid)
    assert peak < RESIDENT, f"{peak / MIB:.0f} MiB resident for {LONG_NAMES * len(name) / MIB:.0f} MiB of records"
    assert run.stop() == 0


def most_resident(pid: int) -> int:
    """The most bytes that the process has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1_024


def wait_gone(loading: Loaded) -> None:
    from services.stream.positions import has_members
    from tests.support.waiting import wait_until

    wait_until(lambda: not has_members(loading.settings, "loader"), "the loader's session has ended")
