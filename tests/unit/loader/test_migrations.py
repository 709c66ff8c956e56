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
VIEWS = set(re.findall(r"secure view (\S+)", TEXT))
# What the parser has no statement for and would take as any command; each whole, as we write it.
OF_OUR_OWN = (
    r"create role if not exists \w+",
    r"alter database \w+ set data_retention_time_in_days = \d+",
    r"grant (select|select, insert, update, delete) on (all|future) (tables|views) in schema \w+\.\w+ to role \w+",
    r"alter view [\w.]+ (add row access policy [\w.]+ on \(region\)|drop all row access policies)",
    r"create row access policy if not exists [\w.]+ as \(row_region varchar\) returns boolean ->\s.+",
)
# (role, right, on what) of every grant
GIVEN = {
    (role, right, " ".join(on.split()))
    for rights, on, role in re.findall(r"grant ([^;]+?) on ([^;]+?) to role (\w+);", TEXT)
    for right in rights.split(", ")
}
RETENTION = {"raw.client_hierarchy": 7, "stage.staging": 3, "core.dimensional": 30}


def test_numbers_are_there_once_and_in_order() -> None:
    numbers = [one.number for one in ALL]
    assert numbers == sorted(set(numbers))


def test_every_statement_is_snowflakes_sql() -> None:
    for migration in ALL:
        for one in migration.statements:
            assert understood(NAMES.fill(one)), one
    loading = [statements.sql(name) for name in ("copy", "ledger", "unreadable", *statements.STAGES_INTO.values())]
    for one in (*loading, *statements.merges(statements.STAGED)):
        filled = NAMES.fill(one, table="t", files="'f'", ranges="1 = 1", moves="(1)", readable="true")
        assert len(sqlglot.parse(filled.replace("%s", "1"), dialect="snowflake")) == 1, one
    sqlglot.parse_one(NAMES.fill(quality.counting(quality.CHECKS)), dialect="snowflake")


@pytest.mark.parametrize(
    "wrong",
    [
        "create rle x",
        "alter database core set data_retention_days = 3",
        "grant select on all table in schema core.dimensional to role x",
        "alter view a.b.v add row access policy a.b.p on region",
    ],
)
def test_a_statement_that_the_parser_only_passes_on_is_not_taken_for_sql(wrong: str) -> None:
    assert not understood(wrong)


def understood(statement: str) -> bool:
    """It is one statement, and a known one."""
    whole = statement.strip().rstrip(";")
    if any(re.fullmatch(pattern, whole, re.IGNORECASE | re.DOTALL) for pattern in OF_OUR_OWN):
        return True
    try:
        parsed = sqlglot.parse(whole, dialect="snowflake")
    except sqlglot.ParseError:
        return False
    return len(parsed) == 1 and parsed[0] is not None and not isinstance(parsed[0], sqlglot.exp.Command)


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


def test_a_view_that_is_replaced_gets_its_policy_and_its_grants_again() -> None:
    for view in VIEWS:
        made = TEXT.count(f"secure view {view} as")
        assert made == TEXT.count(f"alter view {view} add row access policy"), view
        for role in ("crm_analyst", "sales_leadership"):
            assert made == TEXT.count(f"grant select on view {view} to role {role};"), (view, role)


def test_each_role_is_given_all_that_it_needs() -> None:
    def made(kind: str) -> list[str]:
        found = re.findall(rf"create (?:or replace )?{kind} (?:if not exists )?(?!on )([\w.]+)", TEXT)
        assert found, kind
        return [f"{kind.removeprefix('secure ')} {name}" for name in found]

    in_core = ["database core", "schema core.dimensional"]
    views = [*made("view"), *made("secure view")]
    engineer = [*made("database"), *made("schema"), *made("stage"), *made("file format"), "warehouse cadastre_load"]
    reader = [*in_core, "warehouse cadastre_read"]
    assert {*made("warehouse")} == {"warehouse cadastre_load", "warehouse cadastre_read"}
    for role, used in (("data_engineer", engineer), ("crm_analyst", reader), ("sales_leadership", reader)):
        assert {one for one in used if (role, "usage", one) not in GIVEN} == set(), role
    for schema in made("schema"):
        for right in ("select", "insert", "update", "delete"):
            assert {("data_engineer", right, f"{which} tables in {schema}") for which in ("all", "future")} <= GIVEN
    assert {("crm_analyst", "select", f"{which} tables in {in_core[1]}") for which in ("all", "future")} <= GIVEN
    for view in views:
        assert ("data_engineer", "select", f"all views in schema {view.split()[1].rsplit('.', 1)[0]}") in GIVEN, view
        assert ("crm_analyst", "select", view) in GIVEN or "staging" in view, view


def test_leaders_are_granted_secure_views_only() -> None:
    given = re.findall(r"grant (.+?) on (\w+) (\S+) to role sales_leadership;", TEXT)
    assert given
    for right, kind, thing in given:
        assert (right == "usage" and kind in {"database", "schema", "warehouse"}) or (
            right == "select" and thing in VIEWS
        )
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
    assert {step.migration.number for step in steps if step.action == "skipped"} == set(range(101, 109))
    assert all(step.reason == SKIPPED for step in steps if step.action == "skipped")
    assert {step.action for step in plan(ALL, {}, emulated=False)} == {"applied"}


def test_a_comment_is_no_statement() -> None:
    one = Migration(1, "x", "-- a; b\ncreate table t (a int);\n-- more\nselect 1;\n", access=False)
    assert [statement.rstrip(";") for statement in one.statements] == ["create table t (a int)", "select 1"]
