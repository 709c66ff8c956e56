"""The demo's reference file is sound, large enough to show something, and names records that exist."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from schemas.reference import Advisor, ListEntry, Override, Reference, Territory
from schemas.rules import RuleSet
from services.assign.reference_file import load
from services.assign.rules.syntax import parse
from tests.unit.assign.making import NOW

DEMO = Path(__file__).parents[3] / "deploy" / "demo"


@pytest.fixture(scope="module")
def statements() -> Mapping[str, Reference]:
    return parse(load((DEMO / "reference.yaml").read_bytes()), {}, "demo", NOW).statements


def test_it_has_territories_advisors_and_rules_enough(statements: Mapping[str, Reference]) -> None:
    kinds = [type(statement) for statement in statements.values()]
    assert kinds.count(Territory) >= 40
    assert kinds.count(Advisor) >= 120
    (rule_set,) = [statement for statement in statements.values() if isinstance(statement, RuleSet)]
    assert len(rule_set.rules) >= 60


def test_every_territory_has_an_active_advisor(statements: Mapping[str, Reference]) -> None:
    served = {t for a in statements.values() if isinstance(a, Advisor) and a.active for t in a.territories}
    assert served == {t.id for t in statements.values() if isinstance(t, Territory)}


def test_its_lists_and_overrides_name_records_of_the_demos_exports(statements: Mapping[str, Reference]) -> None:
    named = {s.record for s in statements.values() if isinstance(s, ListEntry | Override)}
    assert named <= set(_records())


def _records() -> Iterator[str]:
    for source in ("salesforce", "hubspot", "dynamics"):
        with (DEMO / "mock_clients" / f"{source}.csv").open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            next(rows)
            yield from (f"{source}:{row[0]}" for row in rows)
