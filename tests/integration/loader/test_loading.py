"""The loader on a real Kafka, a real S3 server and a real SQL engine."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from services.cli import build
from services.stream import admin
from services.stream.positions import has_members
from tests.support.stages import environment
from tests.support.told import NASTY, send, versions
from tests.support.undisturbed import FULL
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

MIB = 1_048_576
LONG_NAMES = 10_000
RESIDENT = 600 * MIB  # the backlog alone is more, and a batch of it would be there as records, lines and object
CONFLICT = b'{"status":"live","client_id":"c_3","version":1,"members":[],"golden":{"name":"another"}}'


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


def test_a_version_told_in_two_ways_waits_alone_and_is_taken_once_the_other_is_gone(loading: Loaded) -> None:
    send(loading.settings, versions(6, 2, seed=13))
    loading.start(CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_3", CONFLICT)])
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_9", CONFLICT.replace(b"c_3", b"c_9"))])
    loading.wait_loaded()
    assert loading.warehouse.rows("select count(*) from ${core}.client_dim where client_id = 'c_9'") == [(1,)]
    assert held(loading) == ["client_versions_told_twice_differently"]
    assert loading.warehouse.rows("select client_id, name from ${stage}.clients_staging") == [("c_3", "another")]
    wait_until(lambda: failing(loading) == {"client_versions_told_twice_differently": 1}, "stats say so")
    loading.warehouse.changed("delete from ${core}.client_dim where client_id = 'c_3' and version = 1")
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.wait_loaded()
    [(name,)] = loading.warehouse.rows("select name from ${core}.client_dim where client_id = 'c_3' and version = 1")
    assert name == "another"
    wait_until(lambda: not failing(loading), "stats say that it is over")


def test_a_load_that_would_break_core_waits_whole_and_goes_with_the_next_once_the_cause_is_gone(
    loading: Loaded,
) -> None:
    send(loading.settings, versions(6, 2, seed=14))
    loading.start(CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    loading.warehouse.changed(
        "insert into ${core}.client_dim (client_id, version, status, value_hash, valid_from, is_current) "
        "values ('c_4', 0, 'live', 'by hand', '2099-01-01', true), ('c_4', 0, 'live', 'by hand', '2099-01-01', true)"
    )
    send(
        loading.settings, [("deduped", "c_4", CONFLICT.replace(b"c_3", b"c_4").replace(b'"version":1', b'"version":7'))]
    )
    loading.wait_loaded()
    assert held(loading) == ["client_periods"]
    of_seven = "select count(*) from ${core}.client_dim where client_id = 'c_4' and version = 7"
    assert loading.warehouse.rows(of_seven) == [(0,)]
    loading.warehouse.changed("delete from ${core}.client_dim where value_hash = 'by hand'")
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.wait_loaded()
    assert loading.warehouse.rows(of_seven) == [(1,)]
    loading.assert_as_the_log_says()


def test_a_ring_of_parents_of_any_length_is_counted_and_a_chain_is_not(loading: Loaded) -> None:
    ring = [parented(f"c_{n}", f"crm:{(n + 1) % 7}", f"crm:{n}") for n in range(7)]
    chain = [parented(f"d_{n}", f"erp:{n + 1}", f"erp:{n}") for n in range(9)]
    send(loading.settings, [*ring, *chain])
    loading.start()
    loading.wait_loaded()
    found = loading.warehouse.rows(
        "select distinct found from ${core}.quality_results where name = 'parents_without_end'"
    )
    assert (max(int(str(n)) for (n,) in found)) == len(ring)


def test_a_statement_that_the_warehouse_refuses_is_told_by_its_opening_and_its_error_and_without_values(
    loading: Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    from snowflake.connector.errors import ProgrammingError

    with pytest.raises(ProgrammingError):
        loading.warehouse.rows("select %s::number + nothing.there from ${core}.no_such_table", ["secret-value"])
    told = capsys.readouterr()
    assert "statement_refused" in told.err + told.out
    assert "no_such_table" in (told.err + told.out).lower()
    assert "secret-value" not in told.err + told.out


def test_a_loader_that_was_away_longer_than_the_log_keeps_versions_refuses_and_names_the_rebuild(
    loading: Loaded,
) -> None:
    send(loading.settings, versions(3, 1, seed=15))
    run = loading.start()
    loading.wait_loaded()
    assert run.stop() == 0
    send(loading.settings, [("audit", "kim", b"{}")])
    assert run.start(CADASTRE_LONGEST_ABSENCE_S="0.001").wait(60) == 2
    assert "cadastre warehouse rebuild" in run.text()
    wait_gone(loading)
    command(loading, "warehouse", "rebuild", "--yes")
    loading.start()
    loading.wait_loaded()
    loading.assert_as_the_log_says()


def held(loading: Loaded) -> list[str]:
    """The critical checks that have kept rows in STAGE."""
    rows = loading.warehouse.rows(
        "select distinct name from ${core}.quality_results where held and not passed and severity = 'critical'"
    )
    return [str(name) for (name,) in rows]


def failing(loading: Loaded) -> dict[str, int]:
    """The critical checks that the loader's last heartbeat calls failing."""
    beats = [beat for beat in admin.heartbeats(loading.settings) if beat.stage == "loader"]
    return {name: n for beat in beats for name, n in beat.failing.items() if "twice" in name}


def parented(client_id: str, parent: str, record: str) -> tuple[str, str, bytes]:
    value = (
        f'{{"status":"live","client_id":"{client_id}","version":1,"golden":{{"parent_record":"{parent}"}},'
        f'"members":[{{"record":"{record}"}}]}}'
    )
    return "deduped", client_id, value.encode()


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
    wait_until(lambda: not has_members(loading.settings, "loader"), "the loader's session has ended")
