"""The index of rules: who is not a candidate can't hold, and nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.assign.rules.candidates import index
from services.assign.rules.conditions import Predicate, compile_condition
from services.assign.rules.fields import ClientView, Value
from tests.unit.assign.making import condition

Tree = dict[str, object]


@dataclass(frozen=True)
class Rule:
    id: int
    when: Predicate


words = st.sampled_from(["us", "gb", "fr", "bank"])
values: st.SearchStrategy[Tree] = st.one_of(
    st.builds(lambda value: {"equals": value}, words),
    st.builds(lambda several: {"in": several}, st.lists(words, min_size=1, max_size=3)),
    st.builds(lambda value: {"prefix": value[:1]}, words),
    st.just({"exists": False}),
)
tests: st.SearchStrategy[Tree] = st.one_of(
    st.builds(lambda name, test: {"field": name, **test}, st.sampled_from(["country", "industry", "tags"]), values),
    st.builds(lambda n: {"field": "employees", "equals": n}, st.integers(1, 3)),
    st.builds(lambda n: {"field": "employees", "between": [n, None]}, st.integers(1, 3)),
)


def grouped(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda parts: {"all": parts}, several),
        st.builds(lambda parts: {"any": parts}, several),
        st.builds(lambda part: {"not": part}, children),
    )


trees = st.recursive(tests, grouped, max_leaves=6)
views: st.SearchStrategy[ClientView] = st.fixed_dictionaries(
    {},
    optional={
        "country": words,
        "industry": words,
        "tags": st.lists(words, max_size=2).map(tuple),
        "employees": st.integers(1, 3).map(Decimal),
    },
)


@given(st.lists(trees, max_size=12), views)
def test_who_is_no_candidate_cannot_hold_and_the_order_stays(said: list[Tree], view: ClientView) -> None:
    rules = [Rule(n, compile_condition(condition(tree), Decimal(1))) for n, tree in enumerate(said)]
    matching = [rule.id for rule in rules if rule.when.holds(view)]
    assert [rule.id for rule in index(rules).of(view) if rule.when.holds(view)] == matching


def test_a_client_of_one_country_is_not_tried_on_the_rules_of_another() -> None:
    said: list[Tree] = [{"field": "country", "equals": code} for code in ("US", "GB", "FR")]
    everybody: Tree = {"all": []}
    rules = [Rule(n, compile_condition(condition(tree), Decimal(1))) for n, tree in enumerate([*said, everybody])]
    tried = index(rules)

    def of(**view: Value) -> list[int]:
        return [rule.id for rule in tried.of(view)]

    assert (of(country="gb"), of(country="it"), of()) == ([1, 3], [3], [3])


def test_where_a_country_has_many_rules_a_client_is_tried_on_those_of_its_industry() -> None:
    industries = ["bank", "fund", "port", "mine", "mill"]
    said: list[Tree] = [{"field": "country", "equals": code} for code in ("US", "GB")]
    said += [{"all": [said[0], {"field": "industry", "equals": industry}]} for industry in industries]
    rules = [Rule(n, compile_condition(condition(tree), Decimal(1))) for n, tree in enumerate(said)]
    tried = index(rules)
    assert [rule.id for rule in tried.of({"country": "us", "industry": "port"})] == [0, 4]
    assert [rule.id for rule in tried.of({"country": "us"})] == [0]
