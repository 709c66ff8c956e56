"""The schema's files: numbered, unchanged once applied; nothing secured lacks a grant, a policy, a retention."""

from __future__ import annotations

import dataclasses
import re

import pytest
import sqlglot

from services.loader import quality, statements
from services.loader.migrating import SKIPPED, Migration, MigrationChanged, migrations, plan
from services.loader.names import TABLES, Names

NAMES = Names("RAW", "STAGE", "CORE", "institutional-clients-raw")
ALL = migrations()
TEXT = "\n".join(NAMES.fill(one) + ";" for migration in ALL for one in migration.statements).lower()
VIEWS = re.findall(r"secure view (\S+)", TEXT)
RETENTION = {"raw.client_hierarchy": 7, "stage.staging": 3, "core.dimensional": 30}


def test_numbers_are_there_once_and_in_order() -> None:
    numbers = [one.number for one in ALL]
    assert numbers == sorted(set(numbers))


def test_every_statement_is_snowflakes_sql() -> None:
    for migration in ALL:
        for one in migration.statements:
            if one.startswith("create row access policy"):
                continue  # the parser has no such statement; the other rules read it as text
            assert len(sqlglot.parse(NAMES.fill(one), dialect="snowflake")) == 1, one
    loading = [statements.sql(name) for name in ("copy", "ledger", "unreadable", *statements.STAGES_INTO.values())]
    for one in (*loading, *statements.merges(statements.STAGED)):
        filled = NAMES.fill(one, table="t", files="'f'", ranges="1 = 1", moves="(1)", readable="true")
        assert len(sqlglot.parse(filled.replace("%s", "1"), dialect="snowflake")) == 1, one
    sqlglot.parse_one(NAMES.fill(quality.counting(quality.CHECKS)), dialect="snowflake")


def test_the_six_views_are_secure_granted_to_leaders_and_given_by_region() -> None:
    assert {view.rsplit(".", 1)[1] for view in VIEWS} == {
        "v_territory_summary",
        "v_client_assignments",
        "v_advisor_workload",
        "v_regional_performance",
        "v_client_hierarchy",
        "v_assignment_history",
    }
    for view in VIEWS:
        assert f"grant select on view {view} to role sales_leadership;" in TEXT, view
        assert f"alter view {view} add row access policy core.dimensional.by_region on (region);" in TEXT, view


def test_leaders_are_granted_secure_views_only() -> None:
    given = re.findall(r"grant (.+?) on (\w+) (\S+) to role sales_leadership;", TEXT)
    assert given
    for right, kind, thing in given:
        assert (right, kind) in {("usage", "database"), ("usage", "schema")} or (right == "select" and thing in VIEWS)
    assert not re.search(r"grant [^;]*(all tables|future)[^;]* to role sales_leadership", TEXT)


def test_every_table_has_its_databases_retention() -> None:
    tables = re.findall(
        r"create table if not exists (\S+)\.(\w+) \(.*?\n?data_retention_time_in_days = (\d+)", TEXT, re.DOTALL
    )
    assert {name for _, name, _ in tables} >= {*TABLES.values(), "client_dim", "assignments_fact", "ledger"}
    assert len(tables) == TEXT.count("create table if not exists")
    for schema, name, days in tables:
        assert int(days) == RETENTION[schema], name


def test_what_was_applied_is_left_alone_and_what_changed_is_refused_by_name() -> None:
    applied = {one.number: one.checksum for one in ALL}
    assert {step.action for step in plan(ALL, applied, emulated=False)} == {"already applied"}
    changed = [dataclasses.replace(ALL[0], text=ALL[0].text + "\n-- more"), *ALL[1:]]
    with pytest.raises(MigrationChanged, match=f"{ALL[0].number:03d}_{ALL[0].name}"):
        plan(changed, applied, emulated=False)


def test_only_what_the_stand_in_has_not_is_skipped_there_with_the_reason() -> None:
    steps = plan(ALL, {}, emulated=True)
    assert {step.migration.number for step in steps if step.action == "skipped"} == {101, 102, 103, 104, 105, 106}
    assert all(step.reason == SKIPPED for step in steps if step.action == "skipped")
    assert {step.action for step in plan(ALL, {}, emulated=False)} == {"applied"}


def test_a_comment_is_no_statement() -> None:
    one = Migration(1, "x", "-- a; b\ncreate table t (a int);\n-- more\nselect 1;\n", access=False)
    assert [statement.rstrip(";") for statement in one.statements] == ["create table t (a int)", "select 1"]
