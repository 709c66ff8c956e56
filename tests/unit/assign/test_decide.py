"""The decision: steps in order, ties, exclusions, expiry, conflicts, and that it is one pure function."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Conflict, LiveClient, Money, RuleRef
from schemas.reference import ListEntry, Override, Rate, Reference
from schemas.rules import Activation, Condition, Rule, Scheduled, Segment
from services.assign.rules.compile import compile, next_moment
from services.assign.rules.decide import Decision, ParentView, decide
from tests.unit.assign.making import (
    ALWAYS,
    DAY,
    NOW,
    compiled,
    condition,
    country,
    land,
    live,
    named_list,
    rule,
    rules,
    tier,
)

ACME = live("acme", ["crm:1", "erp:9"], name="Acme Pension Trust", country="US")


def override(record: str = "crm:1", at: datetime = NOW - DAY, **more: object) -> Override:
    return Override(record=record, author="ann", at=at, reason="because", **more)  # type: ignore[arg-type]


def entry(list_id: str, record: str = "crm:1", at: datetime = NOW - DAY, **more: object) -> ListEntry:
    return ListEntry(list=list_id, record=record, author="ann", at=at, **more)  # type: ignore[arg-type]


def decided(*statements: Reference, family: ParentView | None = None, now: datetime = NOW) -> Decision:
    base = land("east", "west", "north")
    return decide(ACME, compiled(base, statements, now=now), family, now)


def test_without_an_active_rule_set_everybody_is_unassigned() -> None:
    assert decided(override(territory="east")) == Decision("unassigned")
    scheduled = rules(rule("a", 1, "east"), active_from=NOW + DAY)
    assert decided(*scheduled).decided_by == "unassigned"
    assert decided(*scheduled, now=NOW + DAY).territory == "east"


def test_the_lower_priority_number_is_tried_first_and_ties_go_by_rule_id() -> None:
    held = rules(
        rule("z", 5, "west"), rule("b", 1, "north"), rule("a", 1, "east"), rule("no", 0, "west", country("GB"))
    )
    decision = decided(*held)
    assert (decision.territory, decision.rule) == ("east", RuleRef("s", 1, "a", 1))
    assert decision.lower == ("b", "z")
    assert decision.region == "r"


def test_at_most_five_lower_rules_are_named() -> None:
    assert decided(*rules(*(rule(f"r{n}", n, "east") for n in range(9)))).lower == ("r1", "r2", "r3", "r4", "r5")


def test_a_territory_that_blacklists_the_client_is_passed_over_and_the_next_rule_wins() -> None:
    held = rules(rule("a", 1, "east"), rule("b", 2, "east"), rule("c", 3, "west"), default_territory="east")
    barred = (named_list("not-east", "east", black=True), entry("not-east", "erp:9"))
    assert decided(*held, *barred).rule == RuleRef("s", 1, "c", 3)
    only_east = rules(rule("a", 1, "east"), default_territory="east", inherit_from_parent=True)
    assert decided(*only_east, *barred, family=ParentView("p", "east", None)).decided_by == "unassigned"


def test_an_override_beats_all_from_its_start_until_exactly_its_expiry() -> None:
    held = [*rules(rule("a", 1, "east")), named_list("vip", "west"), entry("vip")]
    span = override(territory="north", effective_from=NOW, expires_at=NOW + DAY)
    just = timedelta(microseconds=1)
    times = (NOW - just, NOW, NOW + DAY - just, NOW + DAY)
    steps = [decided(*held, span, now=now).decided_by for now in times]
    assert steps == ["whitelist", "override", "override", "whitelist"]
    assert decided(*held, override(territory="north", ended=True)).decided_by == "whitelist"


def test_what_an_override_leaves_out_the_rules_decide() -> None:
    for_gold = rule("gold-only", 1, "west", condition({"field": "tier", "equals": "gold"}))
    held = rules(for_gold, rule("rest", 2, "east"), tiers=[tier("gold", country("GB")), tier("base")])
    assert (decided(*held).tier, decided(*held).territory) == ("base", "east")
    with_tier = decided(*held, override(tier="gold"))
    assert (with_tier.tier, with_tier.territory, with_tier.decided_by) == ("gold", "west", "rule")
    assert with_tier.source_record == "crm:1"
    assert decided(*held, override(advisor="north-1")).advisor == "north-1"


def test_of_two_overrides_the_latest_by_its_authors_time_holds_and_the_other_is_reported() -> None:
    held = rules(rule("a", 1, "east"))
    older, newer = override("crm:1", NOW - 2 * DAY, territory="west"), override("erp:9", NOW - DAY, territory="north")
    decision = decided(*held, newer, older)
    assert (decision.territory, decision.source_record) == ("north", "erp:9")
    assert decision.conflicts == (Conflict("override", "override:crm:1"),)
    tie = decided(*held, override("erp:9", territory="north"), override("crm:1", territory="west"))
    assert tie.source_record == "crm:1"
    agreeing = decided(*held, override("crm:1", territory="west"), override("erp:9", territory="west"))
    assert agreeing.conflicts == ()


def test_what_an_override_names_and_nobody_knows_is_a_conflict_and_the_rest_of_it_holds() -> None:
    held = rules(rule("a", 1, "east"))
    decision = decided(*held, override(territory="west", advisor="nobody"))
    assert decision.territory == "west"
    assert decision.advisor in ("west-0", "west-1")
    assert decision.conflicts == (Conflict("override", "override:crm:1"),)


def test_a_named_account_goes_to_its_lists_territory_before_any_rule() -> None:
    held = [*rules(rule("a", 1, "east")), named_list("vip", "west"), named_list("old", "north")]
    decision = decided(*held, entry("vip", "erp:9"), entry("old", "crm:1", NOW - 2 * DAY))
    assert (decision.decided_by, decision.territory, decision.source_record) == ("whitelist", "west", "erp:9")
    assert decision.lower == ("a",)
    assert decision.conflicts == (Conflict("whitelist", "entry:old:crm:1"),)
    ended_entry = entry("vip", effective_until=NOW)
    assert decided(*held, ended_entry).decided_by == "rule"


def test_a_blacklist_that_a_persons_choice_overrules_is_reported() -> None:
    held = [*rules(), named_list("not-west", "west", black=True), entry("not-west", "erp:9")]
    assert decided(*held, override(territory="west")).conflicts == (Conflict("blacklist", "entry:not-west:erp:9"),)


def test_the_parents_assignment_is_taken_only_where_the_rules_let_it() -> None:
    parent = ParentView("p", "west", "west-1")
    inheriting = rules(inherit_from_parent=True, default_territory="north")
    decision = decided(*inheriting, family=parent)
    assert (decision.decided_by, decision.territory, decision.advisor) == ("parent", "west", "west-1")
    assert decided(*rules(default_territory="north"), family=parent).decided_by == "default"
    assert decided(*inheriting, family=ParentView("p", "UNASSIGNED", None)).decided_by == "default"
    cut = decided(*inheriting, family=ParentView("p", "west", None, cut=True))
    assert (cut.decided_by, cut.conflicts) == ("default", (Conflict("parent_cycle", "p"),))
    assert decided(*rules()).decided_by == "unassigned"


def test_a_rule_holds_between_its_dates() -> None:
    held = rules(rule("a", 1, "east", effective_from=NOW, effective_until=NOW + DAY), rule("b", 2, "west"))
    assert [decided(*held, now=now).territory for now in (NOW, NOW + DAY)] == ["east", "west"]
    assert decided(*held, now=NOW - timedelta(seconds=1)).territory == "west"


def test_money_is_compared_exactly_across_currencies() -> None:
    held = rules(
        rule("big", 1, "east", condition({"field": "aum", "between": [0.3, None]})),
        tiers=[tier("top", condition({"field": "aum", "between": [100, None]})), tier("low")],
        currency="EUR",
    )
    rates: list[Reference] = [Rate(currency="EUR", usd="1.1"), Rate(currency="GBP", usd="1.3")]
    one = compiled(land("east"), held, rates)
    just_below = live("c", aum={"amount": "84.615384", "currency": "GBP"})  # 109.9999992 USD = 99.99999… EUR
    just_above = live("c", aum={"amount": "84.615385", "currency": "GBP"})
    assert [decide(c, one, None, NOW).tier for c in (just_below, just_above)] == ["low", "top"]
    tenth = live("c", aum={"amount": "0.3", "currency": "EUR"})
    assert decide(tenth, one, None, NOW).decided_by == "rule"
    assert decide(live("c", aum={"amount": "9", "currency": "JPY"}), one, None, NOW).tier == "low"


def test_the_deciding_conditions_are_told_as_code_and_only_those_that_hold() -> None:
    tree = {
        "all": [
            {"field": "country", "in": ["US", "CA"]},
            {"any": [{"field": "name", "contains": "pension"}, {"field": "tags", "equals": "x"}]},
            {"not": {"field": "lei", "exists": True}},
        ]
    }
    decision = decided(*rules(rule("a", 1, "east", condition(tree))))
    assert decision.conditions == ("country in ['US', 'CA']", "name contains 'pension'", "not (lei exists)")


def test_a_decision_asked_for_outside_its_time_is_refused() -> None:
    one = compiled(land("east"), rules(rule("a", 1, "east", effective_until=NOW + DAY)))
    assert next_moment(one, NOW) == NOW + DAY
    with pytest.raises(ValueError, match="compile again"):
        decide(ACME, one, None, NOW + DAY)


def test_the_next_moment_is_the_nearest_of_all_dates_ahead() -> None:
    moments: list[list[Reference]] = [
        rules(rule("a", 1, "east"), active_from=NOW + 5 * DAY),
        [override(territory="east", effective_from=NOW - DAY, expires_at=NOW + 3 * DAY)],
        [override("erp:9", territory="east", effective_from=NOW + DAY, ended=True)],
        [entry("vip", effective_until=NOW + 2 * DAY)],
    ]
    assert next_moment(compiled(land("east"), *moments), NOW) == NOW + 2 * DAY
    assert next_moment(compiled(land("east"), *moments, now=NOW + 9 * DAY), NOW + 9 * DAY) is None


TERRITORIES = ("t0", "t1", "t2")
dates = st.none() | st.integers(-3, 3).map(lambda n: NOW + n * DAY)
records = st.sampled_from(["crm:1", "crm:2", "erp:1"])
tests = st.one_of(
    st.sampled_from(["US", "GB"]).map(country),
    st.integers(0, 200).map(lambda n: condition({"field": "aum", "between": [n, None]})),
    st.sampled_from(["trust", "fund"]).map(lambda text: condition({"field": "name", "contains": text})),
)
rule_lists = st.lists(
    st.builds(
        lambda n, p, t, w, start, end: rule(f"r{n}", p, t, w, effective_from=start, effective_until=end),
        st.integers(0, 99), st.integers(0, 3), st.sampled_from(TERRITORIES), tests, dates, dates,
    ),
    max_size=8,
    unique_by=lambda held: held.id,
)  # fmt: skip
overrides = st.lists(
    st.builds(
        lambda r, n, t, a, end: override(r, NOW + n * DAY, territory=t, advisor=a, expires_at=end),
        records, st.integers(-2, 0), st.none() | st.sampled_from((*TERRITORIES, "gone")),
        st.none() | st.sampled_from(["t0-0", "nobody"]), dates,
    ),
    max_size=3,
    unique_by=lambda held: held.record,
)  # fmt: skip
entries = st.lists(
    st.builds(lambda n, r, at: entry(f"l{n}", r, NOW + at * DAY), st.integers(0, 3), records, st.integers(-2, 0)),
    max_size=5,
    unique_by=lambda held: held.key,
)
clients = st.builds(
    lambda held, c, a, n: live("c", held, country=c, aum={"amount": str(a), "currency": "USD"}, name=n),
    st.sets(records, min_size=1), st.sampled_from(["US", "GB", "JP"]), st.integers(0, 300),
    st.sampled_from(["A Trust", "B FUND"]),
)  # fmt: skip
parents = st.none() | st.builds(ParentView, st.just("p"), st.sampled_from((*TERRITORIES, "UNASSIGNED")), st.none())


@given(rule_lists, overrides, entries, clients, parents, st.booleans(), st.randoms(use_true_random=False))
def test_every_client_gets_one_answer_whatever_the_order_of_the_statements(
    held: list[Rule],
    said: list[Override],
    named: list[ListEntry],
    client: LiveClient,
    family: ParentView | None,
    inherit: bool,
    chance: random.Random,
) -> None:
    lists = [named_list(f"l{n}", TERRITORIES[n % 3], black=n > 1) for n in range(4)]
    statements: list[Reference] = [
        *land(*TERRITORIES), *lists, *said, *named, *rules(*held, inherit_from_parent=inherit, default_territory="t2")
    ]  # fmt: skip
    first = decide(client, compile(statements, NOW), family, NOW)
    chance.shuffle(statements)
    assert decide(client, compile(statements, NOW), family, NOW) == first
    assert first.territory in (*TERRITORIES, "UNASSIGNED")
    assert (first.rule is not None) == (first.decided_by == "rule")
    assert (first.region is None) == (first.territory == "UNASSIGNED")
    barred = {lists[int(e.list[1])].territory for e in named if int(e.list[1]) > 1 and e.record in _records(client)}
    if first.decided_by in ("rule", "parent", "default"):
        assert first.territory not in barred


def _records(client: LiveClient) -> set[str]:
    return {member.record for member in client.members}


@given(rule_lists, clients)
def test_the_winning_rule_is_the_first_that_matches_when_all_are_tried_by_hand(
    held: list[Rule], client: LiveClient
) -> None:
    decision = decide(client, compiled(land(*TERRITORIES), rules(*held)), None, NOW)
    winner = None
    for one in sorted(held, key=lambda one: (one.priority, one.id)):
        started = one.effective_from is None or one.effective_from <= NOW
        if started and (one.effective_until is None or one.effective_until > NOW) and _matches(one.when, client):
            winner = one
            break
    assert (decision.rule.id if decision.rule else None) == (winner.id if winner else None)


def _matches(when: Condition, client: LiveClient) -> bool:
    golden = client.golden
    if when.equals is not None:
        return golden.country == when.equals
    if when.between is not None:
        return isinstance(golden.aum, Money) and int(golden.aum.amount) >= (when.between[0] or 0)
    return str(when.contains) in str(golden.name).lower()


def test_reactivating_an_old_number_makes_it_hold_again() -> None:
    first, _ = rules(rule("a", 1, "east"))
    second, _ = rules(rule("a", 1, "west"), number=2)
    schedule = tuple(Scheduled(NOW + n * DAY, number) for n, number in enumerate((1, 2, 1)))
    held = Activation(set="s", schedule=schedule)
    found = [decided(first, second, held, now=NOW + n * DAY).territory for n in range(3)]
    assert found == ["east", "west", "east"]


def test_a_segment_is_the_first_that_holds() -> None:
    pension = Segment(id="pension", when=condition({"field": "name", "contains": "PENSION"}))
    assert decided(*rules(segments=[pension, Segment(id="rest", when=ALWAYS)])).segment == "pension"
