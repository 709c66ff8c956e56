"""What people read of the warehouse: its six views and its exports."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.told import NASTY, assigned, send, telling, versions
from tests.support.warehouse import Loaded


def test_views_and_exports_say_what_the_facts_say_and_nasty_names_are_inert(loading: Loaded) -> None:
    send(loading.settings, versions(20, 4, seed=11))
    loading.start(CADASTRE_BATCH_MAX="60", CADASTRE_BATCH_WAIT_MS="50")
    loading.wait_loaded()
    loading.assert_as_the_log_says()
    assert_views(loading)
    assert_exports(loading)


def test_an_export_without_a_name_is_called_after_what_it_is(loading: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(loading.folder)
    assert "0 rows in clients.csv" in loading.command("export", "clients", "--format", "csv")
    assert (loading.folder / "clients.csv").read_text().startswith('"client_id","name"')


def test_a_leader_sees_no_parent_of_another_region_and_no_name_of_after_the_client_left(loading: Loaded) -> None:
    said = [
        ("deduped", "c_1", parent_of("c_1", 1, "First", "crm:1", "crm:2")),
        ("deduped", "c_1", parent_of("c_1", 2, "Second", "crm:1", "crm:2")),
        ("deduped", "c_2", parent_of("c_2", 1, "Parent", "crm:2", "crm:3")),
        ("deduped", "c_3", parent_of("c_3", 1, "Child", "crm:3", "crm:4")),
        ("deduped", "c_4", parent_of("c_4", 1, "Sibling", "crm:4", "crm:2")),
        ("assigned", "c_1", assigned("c_1", 1, 1, "eu")),
        ("assigned", "c_1", assigned("c_1", 2, 2, "us")),
        ("assigned", "c_2", assigned("c_2", 1, 1, "eu")),
        ("assigned", "c_3", assigned("c_3", 1, 1, "eu")),
        ("assigned", "c_4", assigned("c_4", 1, 1, "eu")),
    ]
    send(loading.settings, said)
    loading.start()
    loading.wait_loaded()
    assert loading.warehouse.rows(
        "select client_id, parent_record, parent_client_id, parent_name from ${core}.v_client_hierarchy "
        "order by client_id"
    ) == [
        ("c_1", None, None, None),  # in `us`, and its parent in `eu`
        ("c_2", "crm:3", "c_3", "Child"),
        ("c_3", "crm:4", "c_4", "Sibling"),
        ("c_4", "crm:2", "c_2", "Parent"),
    ]
    assert loading.warehouse.rows(
        "select region, name, moved from ${core}.v_assignment_history where client_id = 'c_1' order by version"
    ) == [("eu", "First", True), ("us", "Second", True)]


def assert_views(loading: Loaded) -> None:
    """One figure of each, counted from the facts and not from another view."""
    current = "from ${core}.assignments_fact where is_current"
    [(clients, worked, places, advisors)] = loading.warehouse.rows(
        f"select count(*), count(advisor), count(distinct territory), count(distinct advisor) {current}"
    )
    [(periods,)] = loading.warehouse.rows("select count(*) from ${core}.assignments_fact")
    assert int(str(clients)) > len(NASTY)
    for figure, expected in {
        "count(*) from ${core}.v_client_assignments": clients,
        "sum(clients)::number from ${core}.v_territory_summary": clients,
        "count(*) from ${core}.v_territory_summary": places,
        "sum(clients)::number from ${core}.v_advisor_workload": worked,
        "count(*) from ${core}.v_advisor_workload": advisors,
        "sum(clients)::number from ${core}.v_regional_performance": clients,
        "count(*) from ${core}.v_client_hierarchy": clients,
        "count(*) from ${core}.v_assignment_history": periods,
    }.items():
        assert loading.warehouse.rows(f"select {figure}") == [(expected,)], figure


def assert_exports(loading: Loaded) -> None:
    """Every table in both forms; the nasty names as they are, but for what a spreadsheet would run."""
    for what in ("clients", "assignments", "workload"):
        frames = {}
        for form in ("csv", "parquet"):
            to = loading.folder / f"{what}.{form}"
            loading.command("export", what, "--format", form, "--to", str(to))
            frames[form] = (
                pd.read_csv(to, dtype=str, keep_default_na=False, lineterminator="\n")
                if form == "csv"
                else pd.read_parquet(to)
            )
        assert len(frames["csv"]) == len(frames["parquet"]) > 0, what
        if what == "workload":
            assert set(frames["csv"]["advisor_name"]) == {"Kim"}
            continue
        for number, name in enumerate(NASTY):
            written, kept = (set(frame.loc[frame["client_id"] == f"c_{number}", "name"]) for frame in frames.values())
            assert kept == {name}
            assert written == {"'" + name if name[0] == "=" else name}


def parent_of(client_id: str, version: int, name: str, record: str, parent: str) -> bytes:
    golden = f'"golden":{{"name":"{name}","parent_record":"{parent}"}}'
    return telling(client_id, version, record).replace(b'"golden":{}', golden.encode())
