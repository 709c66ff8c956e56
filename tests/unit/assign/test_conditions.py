"""What each test of a condition means, and that a faulty tree is refused with all its faults."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.events import FIELD_NAMES
from services.assign.rules.check import problems_of
from services.assign.rules.conditions import compile_condition
from services.assign.rules.fields import kind_of, reader, view_of
from services.assign.rules.problems import InvalidReferenceError
from tests.unit.assign.making import condition, live

CLIENT = live(
    "c",
    name="Ørsted PENSION Fund",
    country="DK",
    tags=["Consultant-led", "EMEA"],
    identifiers={"crd": "AB12"},
    employees=50,
    aum={"amount": "1000.50", "currency": "USD"},
    created_at="2024-05-01T00:00:00Z",
)


def holds(tree: dict[str, object]) -> bool:
    predicate = compile_condition(condition(tree), Decimal(1))
    readers = [(field, reader(field)) for field in sorted(predicate.fields)]
    return predicate.holds(view_of(CLIENT.golden, readers, {"USD": Decimal(1)}))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"field": "country", "equals": "dk"}, True),
        ({"field": "name", "equals": "ØRSTED pension fund"}, True),
        ({"field": "name", "contains": "pension"}, True),
        ({"field": "name", "prefix": "ørs"}, True),
        ({"field": "name", "prefix": "pension"}, False),
        ({"field": "country", "in": ["SE", "DK"]}, True),
        ({"field": "tags", "equals": "consultant-led"}, True),
        ({"field": "tags", "in": ["apac", "emea"]}, True),
        ({"field": "tags", "contains": "consult"}, True),
        ({"field": "tags", "prefix": "led"}, False),
        ({"field": "identifiers.crd", "prefix": "ab"}, True),
        ({"field": "identifiers.sec", "exists": False}, True),
        ({"field": "employees", "equals": 50}, True),
        ({"field": "employees", "in": [1, 50.0]}, True),
        ({"field": "employees", "between": [50, 51]}, True),
        ({"field": "employees", "between": [None, 50]}, False),
        ({"field": "aum", "between": [1000.5, None]}, True),
        ({"field": "aum", "between": [1000.51, None]}, False),
        ({"field": "revenue", "between": [0, None]}, False),
        ({"field": "revenue", "exists": False}, True),
        ({"field": "created_at", "prefix": "2024-05"}, True),
        ({"not": {"field": "city", "equals": "Oslo"}}, True),
        ({"all": []}, True),
        ({"any": [{"field": "country", "equals": "SE"}, {"field": "name", "exists": True}]}, True),
    ],
)
def test_a_test_means_what_it_says(tree: dict[str, object], expected: bool) -> None:
    assert holds(tree) is expected


def test_every_client_field_can_be_read() -> None:
    assert all(kind_of(name) is not None for name in FIELD_NAMES if name != "identifiers")
    assert kind_of("tier") is None
    assert kind_of("tier", decided=True) is not None


@pytest.mark.parametrize(
    ("tree", "path", "value", "remedy"),
    [
        ({"field": "contry", "equals": "US"}, "when.field", "'contry'", "use one of aum, city, client_type, country"),
        ({"field": "country", "equals": False}, "when.equals", "False", "as text, in quotes"),
        ({"field": "country"}, "when", "no test", "exactly one of equals, in"),
        ({"field": "country", "equals": "US", "prefix": "U"}, "when", "equals and prefix", "exactly one of"),
        ({"all": [], "any": []}, "when", "all and any", "exactly one of all, any, not, field"),
        ({"any": []}, "when.any", "[]", "an empty any never holds"),
        ({"field": "aum", "between": [5, 1]}, "when.between", "[5, 1]", "lower number first"),
        ({"field": "aum", "between": [float("nan"), 1]}, "when.between", "[nan, 1]", "each a number or null"),
        ({"field": "country", "between": [1, 2]}, "when.between", "[1, 2]", "use equals, in, prefix"),
        ({"field": "aum", "equals": "lots"}, "when.equals", "'lots'", "write a number"),
        ({"field": "aum", "prefix": "1"}, "when.prefix", "'1'", "the field is a number"),
        ({"field": "lei", "exists": "yes"}, "when.exists", "'yes'", "true or false"),
        ({"field": "country", "in": []}, "when.in", "[]", "at least one value"),
        ({"feild": "country"}, "when.feild", "unknown", "use one of all, any, not, field"),
        ({"not": "US"}, "when.not", "'US'", "write a mapping"),
        ({"all": [], "equals": 1}, "when.equals", "1", "can't stand beside all"),
    ],
)
def test_a_fault_names_its_place_its_value_and_what_to_do(
    tree: dict[str, object], path: str, value: str, remedy: str
) -> None:
    found = list(problems_of(tree, "when", decided=False))
    assert any(p.path == path and p.value == value and remedy in p.remedy for p in found), found


def test_all_faults_of_a_tree_are_named_at_once() -> None:
    tree = {"all": [{"field": "x", "equals": 1}, {"any": [{"field": "aum", "in": ["a", "b"]}, 7]}]}
    paths = [p.path for p in problems_of(tree, "when", decided=False)]
    assert paths == ["when.all[0].field", "when.all[1].any[0].in[0]", "when.all[1].any[0].in[1]", "when.all[1].any[1]"]


def test_a_faulty_condition_does_not_compile() -> None:
    with pytest.raises(InvalidReferenceError, match="exactly one of all, any, not, field"):
        compile_condition(condition({}), Decimal(1))
