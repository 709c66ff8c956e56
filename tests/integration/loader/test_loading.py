"""The loader on a real Kafka, a real S3 server and a real SQL engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.stream import admin
from tests.support.told import assigned, send, telling, versions
from tests.support.undisturbed import FULL
from tests.support.waiting import wait_until
from tests.support.warehouse import Loaded

MIB = 1_048_576
LONG_NAMES = 10_000
RESIDENT = 600 * MIB  # the backlog alone is more, and a batch of it would be there as records, lines and object
CONFLICT = b'{"status":"live","client_id":"c_3","version":1,"members":[],"golden":{"name":"another"}}'


def test_a_version_told_in_two_ways_waits_alone_until_the_wrong_telling_is_gone(loading: Loaded) -> None:
    send(loading.settings, versions(6, 2, seed=13))
    loading.start(CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_3", CONFLICT)])
    loading.wait_loaded()
    send(
        loading.settings,
        [("deduped", "c_9", CONFLICT.replace(b"c_3", b"c_9")), ("assigned", "c_9", assigned("c_9", 1, 1, "eu"))],
    )
    loading.wait_loaded()
    assert loading.warehouse.rows("select count(*) from ${core}.client_dim where client_id = 'c_9'") == [(1,)]
    assert held(loading) == ["client_versions_told_twice_differently"]
    assert loading.warehouse.rows("select client_id, name from ${stage}.clients_staging") == [("c_3", "another")]
    wait_until(lambda: failing(loading) == {"client_versions_told_twice_differently": 1}, "stats say so")
    loading.warehouse.changed("delete from ${stage}.clients_staging where client_id = 'c_3'")
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.wait_loaded()
    loading.assert_as_the_log_says(but=["client_dim: 1 hold other bytes than the topic: c_3 version 1"])
    wait_until(lambda: not failing(loading), "stats say that it is over")


def test_of_two_tellings_that_both_wait_the_one_that_is_left_is_taken_with_its_records(loading: Loaded) -> None:
    right, wrong = telling("c_1", 1, "crm:1", "crm:2"), telling("c_1", 1, "crm:2", "crm:3")
    loading.start(CADASTRE_BATCH_WAIT_MS="1000")
    send(loading.settings, [("deduped", "c_1", wrong), ("deduped", "c_1", right)])
    loading.wait_loaded()
    assert loading.warehouse.rows("select count(*) from ${stage}.clients_staging") == [(2,)]
    assert records(loading) == []
    digest = hashlib.sha256(wrong).hexdigest()
    loading.warehouse.changed("delete from ${stage}.clients_staging where value_hash = %s", [digest])
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.wait_loaded()
    assert records(loading) == ["crm:1", "crm:2"]


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


CLIENT = telling("c_1", 1, "crm:1")
DECIDED = b'{"client_id":"c_1","version":1,"status":"assigned","effective_from":"2026-03-01T01:00:00+02:00"}'
UNREADABLE_STATEMENTS = [
    ("territory:emea", b"{"),
    ("territory:apac", b'{"region":"eu"}'),
    ("region:eu", b"null"),
    ("advisor:kim", b'{"name":"Kim","capacity":"x"}'),
    ("advisor:lee", b'{"name":"Lee","active":"x"}'),
    ("rate:USD", b"{"),
]


def unreadable_clients() -> list[bytes]:
    versions = (b'"x"', b"null", b"1.5", b"-1", b"99999999999999999999", b"true", b"{}")
    return [
        *(CLIENT.replace(b'"version":1', b'"version":' + version) for version in versions),
        *(b"", b"5", b"null", b"{", b"\xff"),
        CLIENT.replace(b"c_1", b"c_2"),
        CLIENT.replace(b'"live"', b'"alive"'),
        *(CLIENT[:-1] + more for more in (b',"confidence":"x"}', b',"confidence":9999}', b',"oversized":"x"}')),
        *(CLIENT.replace(b'[{"record":"crm:1"}]', members) for members in (b'"x"', b"7", b'{"record":"x"}')),
    ]


def unreadable_assignments() -> list[bytes]:
    return [
        *(DECIDED.replace(b"2026-03-01T01:00:00+02:00", at) for at in (b"x", b"", b"2026-13-01T00:00:00Z")),
        *(DECIDED[:-1] + more for more in (b',"client_version":"x"}', b',"rule":{"number":"x"}}')),
        DECIDED.replace(b',"effective_from"', b',"effective_to"'),
        DECIDED.replace(b'"version":1', b'"version":{}'),
    ]


def test_what_cannot_be_read_is_told_and_everything_else_is_loaded(loading: Loaded) -> None:
    bad, late = unreadable_clients(), unreadable_assignments()
    send(
        loading.settings,
        [
            *(("deduped", "c_1", value) for value in [*bad, CLIENT]),
            *(("assigned", "c_1", value) for value in [*late, DECIDED]),
            *(("reference", key, value) for key, value in [*UNREADABLE_STATEMENTS, ("territory:old", None)]),
        ],
    )
    loading.start()
    loading.wait_loaded()
    found = loading.warehouse.rows("select topic, count(*) from ${stage}.unreadable group by topic order by topic")
    assert found == [("assigned", len(late)), ("deduped", len(bad)), ("reference", len(UNREADABLE_STATEMENTS))]
    assert loading.warehouse.rows("select client_id, version from ${core}.client_dim") == [("c_1", 1)]
    assert loading.warehouse.rows("select version, effective_from::varchar from ${core}.assignments_fact") == [
        (1, "2026-02-28 23:00:00")
    ]
    assert loading.warehouse.rows("select territory_id, status from ${core}.territory_dim") == [("old", "ended")]
    for other in ("region_dim", "advisor_dim"):
        assert loading.warehouse.rows(f"select count(*) from ${{core}}.{other}") == [(0,)]
    assert "of the topic cannot be read: c_1" in loading.command("warehouse", "verify", code=1)


def test_a_version_that_is_told_again_changes_nothing_however_it_is_loaded(loading: Loaded) -> None:
    """Twice in one load, and again in a later one: it stands from when it was told first."""
    first, second = telling("c_1", 1, "crm:1"), telling("c_1", 2, "crm:1")
    loading.start(CADASTRE_BATCH_WAIT_MS="1000")
    send(loading.settings, [("assigned", "c_1", assigned("c_1", 1, 1, "eu"))])
    send(loading.settings, [("deduped", "c_1", value) for value in (first, first, second)])
    loading.wait_loaded()
    loading.assert_as_the_log_says()
    send(loading.settings, [("deduped", "c_1", first)])
    loading.wait_loaded()
    send(loading.settings, [("deduped", "c_1", telling("c_1", 3, "crm:1"))])
    loading.wait_loaded()
    loading.assert_as_the_log_says()


def records(loading: Loaded) -> list[object]:
    rows = loading.warehouse.rows("select record_key from ${core}.client_xref where is_current order by record_key")
    return [record for (record,) in rows]


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
