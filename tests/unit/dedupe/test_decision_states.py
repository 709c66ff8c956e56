"""How people's decisions are shown to stand, which is how the resolver takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from schemas.reference import MatchDecision
from services.dedupe.clustering import connected, settle
from services.dedupe.decision_states import states

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Verdict = Literal["same", "different", "withdrawn"]


def decision(low: str, high: str, verdict: Verdict, minute: int = 0) -> MatchDecision:
    at = NOW + timedelta(minutes=minute)
    return MatchDecision(low=low, high=high, verdict=verdict, author="kim", at=at)


def told(decisions: list[MatchDecision], pools: dict[str, str]) -> list[str]:
    return [state for _, state in states(decisions, {record: {pool} for record, pool in pools.items()})]


def test_a_decision_holds_inside_one_pool_and_is_dormant_else() -> None:
    one = [decision("a", "b", "same")]
    assert told(one, {"a": "FR", "b": "FR"}) == ["holds"]
    assert told(one, {"a": "FR", "b": "DE"}) == ["dormant"]
    assert told(one, {"a": "FR"}) == ["dormant"]
    assert told([decision("a", "b", "withdrawn")], {"a": "FR", "b": "FR"}) == ["withdrawn"]


def test_the_later_of_two_that_contradict_holds() -> None:
    pools = dict.fromkeys("abc", "FR")
    decisions = [decision("a", "b", "same", 1), decision("b", "c", "same", 2), decision("a", "c", "different", 3)]
    assert told(decisions, pools) == ["contradicted", "holds", "holds"]
    decisions[2] = decision("a", "c", "different", 0)
    assert told(decisions, pools) == ["holds", "contradicted", "holds"]
    pools["c"] = "DE"
    assert told(decisions, pools) == ["holds", "dormant", "dormant"]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(lambda pair: pair[0] < pair[1]),
        st.tuples(st.sampled_from(("same", "different", "withdrawn")), st.integers(0, 5)),
        max_size=12,
    )
)
def test_a_whole_pool_sets_aside_what_its_components_do(said: dict[tuple[str, str], tuple[Verdict, int]]) -> None:
    decisions = [decision(low, high, verdict, at) for (low, high), (verdict, at) in said.items()]
    shown = states(decisions, {record: {"FR"} for record in "abcdef"})
    contradicted = {one for one, state in shown if state == "contradicted"}
    joined = [(one.low, one.high) for one in decisions if one.verdict == "same"]
    by_component = {
        one
        for component in connected("abcdef", joined)
        for one in settle([d for d in decisions if {d.low, d.high} <= set(component)]).set_aside
    }
    assert contradicted == by_component
