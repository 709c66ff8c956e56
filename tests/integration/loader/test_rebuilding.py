"""The schema and the rebuild: what is written, and when nothing is."""

from __future__ import annotations

from services.loader.adapters.object_store import ObjectStore
from tests.support.told import send, versions
from tests.support.warehouse import Loaded


def test_the_warehouse_says_what_the_log_says_and_is_rebuilt_equal_from_the_bucket(loading: Loaded) -> None:
    send(loading.settings, versions(20, 4, seed=12))
    run = loading.start(CADASTRE_BATCH_MAX="60", CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    assert "already applied" in loading.command("warehouse", "migrate")
    assert "says what the topics say" in loading.command("warehouse", "verify")
    assert run.stop() == 0
    loading.command("warehouse", "rebuild", code=2)
    loading.wait_gone()
    loading.command("warehouse", "rebuild", "--yes")
    loading.assert_as_the_log_says()
    send(loading.settings, [("audit", "kim", b"{}")])
    loading.start()
    loading.wait_loaded()
    loading.assert_as_the_log_says()


def test_a_dry_run_of_the_migrations_writes_nothing(loading: Loaded) -> None:
    assert "would be applied" not in loading.command("warehouse", "migrate", "--dry-run")
    database = f"DRY_{loading.warehouse.names.core_database}"
    elsewhere = {f"CADASTRE_{part}_DATABASE": database for part in ("RAW", "STAGE", "CORE")}
    told = loading.command("warehouse", "migrate", "--dry-run", env=elsewhere)
    assert "001_databases  would be applied" in told
    made = loading.warehouse.rows(
        f"select count(*) from {database}.information_schema.schemata where schema_name in ('STAGING', 'DIMENSIONAL')"
    )
    assert made == [(0,)]


def test_a_rebuild_refuses_a_bucket_that_is_empty_or_has_a_gap_before_it_empties_anything(loading: Loaded) -> None:
    empty = {"CADASTRE_BUCKET": f"{loading.env['CADASTRE_BUCKET']}-empty"}
    ObjectStore(loading.loader_settings(empty)).make_bucket()
    assert "is it the right one" in loading.command("warehouse", "rebuild", "--yes", code=2, env=empty)
    send(loading.settings, versions(3, 2, seed=16))
    run = loading.start(CADASTRE_BATCH_MAX="10", CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    assert run.stop() == 0
    loading.wait_gone()
    of_clients = next(key for key in loading.store.stored() if "/deduped-" in key and key.endswith("-0.csv.gz"))
    loading.objects().delete_object(Bucket=loading.env["CADASTRE_BUCKET"], Key=of_clients)
    assert "The warehouse is as it was" in loading.command("warehouse", "rebuild", "--yes", code=2)
    assert "is it the right one" in loading.command("warehouse", "rebuild", "--yes", code=2, env=empty)
    none = loading.command("warehouse", "rebuild", "--yes", code=2, env={"CADASTRE_BUCKET": "there-is-none"})
    assert "NoSuchBucket" in none
    loading.assert_as_the_log_says()


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
    loading.wait_gone()
    loading.command("warehouse", "rebuild", "--yes")
    loading.start()
    loading.wait_loaded()
    loading.assert_as_the_log_says()
