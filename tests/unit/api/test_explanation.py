"""Why a client is where it is, and why not elsewhere: as rules that are read by hand here would have it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.events import Assignment, LiveClient, Money, RuleRef
from schemas.reference import ListEntry, NamedList, Override, Rate, Reference
from schemas.rules import Activation, Condition, Rule, RuleSet, Scheduled, Tier
from services.assign.rules.compile import compile
from services.assign.rules.decide import ParentView, decide
from tests.support.api_view import ADVISORS, NOW, REGIONS, TERRITORIES, Api, api_over, assigned, live

WORTH = {"USD": Decimal(1), "EUR": Decimal("1.25")}
WHALE = Condition(field="aum", between=(1_000_000.0, None))
ANY_COAST = Condition(
    any=(Condition(field="city", equals="Coast City"), Condition(field="subdivision", prefix="US-C")),
)
SET = RuleSet(
    set="main",
    number=7,
    currency="EUR",
    inherit_from_parent=True,
    default_territory="t-east",
    tiers=(Tier(id="Gold", when=WHALE), Tier(id="base", when=Condition(all=()))),
    rules=(
        Rule(id="any-coast", priority=20, territory="t-coast", when=ANY_COAST),
        Rule(
            id="whale",
            priority=10,
            territory="t-west",
            when=Condition(all=(WHALE, Condition(field="country", in_=("US", "CA")))),
        ),
        Rule(
            id="homeless-gold",
            priority=20,
            territory="t-east",
            when=Condition(
                all=(Condition(not_=Condition(field="city", exists=True)), Condition(field="tier", equals="gold"))
            ),
        ),
        Rule(
            id="funds",
            priority=30,
            territory="t-west",
            when=Condition(
                all=(Condition(field="tags", contains="fund"), Condition(field="employees", between=(10.0, 100.0)))
            ),
        ),
        Rule(id="late", priority=1, territory="t-west", when=Condition(all=()), effective_from=NOW + timedelta(1)),
        Rule(id="nowhere", priority=1, territory="t-none", when=Condition(all=())),
    ),
)
LISTS = (
    NamedList(id="named-east", name="Named", purpose="whitelist", territory="t-east"),
    NamedList(id="not-west", name="Not in the west", purpose="blacklist", territory="t-west"),
    ListEntry(list="named-east", record="crm:c_named", author="ada", at=NOW),
    ListEntry(list="not-west", record="crm:c_barred", author="ada", at=NOW),
    Override(record="crm:c_said", author="ada", at=NOW, reason="because", territory="t-coast"),
)
STATEMENTS: tuple[Reference, ...] = (
    *REGIONS,
    *TERRITORIES,
    *ADVISORS,
    Rate(currency="EUR", usd="1.25"),
    SET,
    Activation(set="main", schedule=(Scheduled(number=7, effective_from=NOW - timedelta(1)),)),
    *LISTS,
)
Said = Mapping[str, Any]


def is_whale(said: Said) -> bool:
    """A million euros or more; of a currency without a rate nothing is known."""
    money = said.get("aum")
    return money is not None and money.currency in WORTH and Decimal(money.amount) * WORTH[money.currency] >= 1_250_000


def on_the_coast(said: Said) -> bool:
    return str(said.get("city")).lower() == "coast city" or str(said.get("subdivision")).startswith("US-C")


BY_HAND: dict[str, tuple[int, str, dict[str, Callable[[Said], bool]]]] = {
    "whale": (
        10,
        "t-west",
        {"aum >= 1000000": is_whale, "country in ['US', 'CA']": lambda said: said.get("country") in ("US", "CA")},
    ),
    "any-coast": (20, "t-coast", {"(city == 'Coast City') or (subdivision prefix 'US-C')": on_the_coast}),
    "homeless-gold": (
        20,
        "t-east",
        {"not (city exists)": lambda said: "city" not in said, "tier == 'gold'": is_whale},
    ),
    "funds": (
        30,
        "t-west",
        {
            "tags contains 'fund'": lambda said: any("fund" in tag.lower() for tag in said.get("tags", ())),
            "10 <= employees < 100": lambda said: 10 <= said.get("employees", 0) < 100,
        },
    ),
}


def money() -> st.SearchStrategy[Money]:
    amounts = ("999999.99", "1000000.00", "1249999.99", "1250000.00", "80000000.00")
    return st.builds(Money, st.sampled_from(amounts), st.sampled_from(("USD", "EUR", "JPY")))


CLIENTS = st.fixed_dictionaries(
    {"aum": money()},
    optional={
        "city": st.sampled_from(("Coast City", "COAST CITY", "Dover")),
        "country": st.sampled_from(("US", "CA", "DE")),
        "subdivision": st.sampled_from(("US-CA", "US-NY")),
        "tags": st.sampled_from(((), ("Pension Fund", "x"), ("bank",))),
        "employees": st.sampled_from((9, 10, 99, 100)),
    },
)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder), STATEMENTS)
        yield api
        api.close()


def made(client_id: str, said: Said, **more: Any) -> LiveClient:
    client = live(client_id, **more)
    golden = type(client.golden)(name=f"Name {client_id}", **said)
    return replace(client, golden=golden, members=tuple(replace(one, fields=golden) for one in client.members))


def by_assign(client: LiveClient, family: ParentView | None = None) -> Assignment:
    """What the stage says of it."""
    decision = decide(client, compile(STATEMENTS, NOW), family, NOW)
    advised = assigned(client.client_id, decision.territory, decision.advisor, client.version)
    return replace(
        advised, decided_by=decision.decided_by, rule=decision.rule, region=decision.region, tier=decision.tier
    )


def explained(api: Api, client: LiveClient, query: str = "", user: str = "ada") -> Any:
    answer = api.get(user, f"/api/clients/{client.client_id}/explanation{query}")
    assert answer.status_code == 200
    return answer.json()


def rules_by_hand(said: Said, barred: tuple[str, ...] = (), into: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """As they are tried: by priority, then by id. The first that holds and leads where the client may be decides."""
    told: list[dict[str, Any]] = []
    settled = False
    for rule, (priority, territory, conditions) in sorted(BY_HAND.items(), key=lambda one: (one[1][0], one[0])):
        holds = all(test(said) for test in conditions.values())
        decides = holds and territory not in barred and not settled
        settled = settled or decides
        told.append(
            {
                "id": rule,
                "priority": priority,
                "territory": {"id": territory, "name": territory.replace("t-", "Territory ")},
                "holds": holds,
                "decided": decides,
                "barred": territory in barred,
                "conditions": [{"text": text, "holds": test(said)} for text, test in conditions.items()],
            }
        )
    return [rule for rule in told if not into or rule["territory"]["id"] in into]


@given(CLIENTS, st.integers(1, 2**31))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
def test_every_rule_is_told_with_what_holds_and_what_fails_as_read_by_hand(
    api: Api, said: dict[str, Any], version: int
) -> None:
    client = made("c_any", said, version=version + api.feed.offset * 2**32)
    api.put(client, by_assign(client))
    told, expected = explained(api, client), rules_by_hand(said)
    assert (told["rule_set"], told["number"]) == ("main", 7)
    assert told["rules"] == expected
    decided = [rule["territory"]["id"] for rule in expected if rule["decided"]]
    assert told["decided_by"] == ("rule" if decided else "default")
    assert told["territory"]["id"] == (decided[0] if decided else "t-east")
    for territory in ("t-west", "t-coast", "t-east"):
        why_not = explained(api, client, f"?territory={territory}")
        assert why_not == {**told, "rules": rules_by_hand(said, into=(territory,))}


STEPS = ("override", "whitelist", "rule", "parent", "default", "unassigned")
SMALL = {"aum": Money("1.00", "USD"), "city": "Dover", "country": "DE"}


@pytest.mark.parametrize(
    ("client", "family", "settles", "territory"),
    [
        (made("c_said", SMALL), None, "override", "t-coast"),
        (made("c_named", SMALL), None, "whitelist", "t-east"),
        (made("c_rule", {**SMALL, "city": "Coast City"}), None, "rule", "t-coast"),
        (made("c_child", SMALL), ParentView("c_top", "t-west", "ann"), "parent", "t-west"),
        (made("c_other", SMALL), None, "default", "t-east"),
    ],
    ids=STEPS[:5],
)
def test_the_step_that_settled_it_is_told_and_that_those_before_had_nothing_to_say(
    api: Api, client: LiveClient, family: ParentView | None, settles: str, territory: str
) -> None:
    api.put(client, by_assign(client, family))
    told = explained(api, client)
    where = {"id": territory, "name": territory.replace("t-", "Territory ")}
    at = STEPS.index(settles)
    assert (told["decided_by"], told["territory"]) == (settles, where)
    assert told["steps"] == [
        *({"step": step, "outcome": "passed", "territory": None} for step in STEPS[:at]),
        {"step": settles, "outcome": "decided", "territory": where},
        *({"step": step, "outcome": "unreached", "territory": None} for step in STEPS[at + 1 :]),
    ]
    assert [rule["id"] for rule in told["rules"] if rule["decided"]] == (["any-coast"] if settles == "rule" else [])


def test_a_blacklist_tells_which_rules_it_bars_though_they_hold(api: Api) -> None:
    said = {"aum": Money("9000000.00", "USD"), "city": "Coast City", "country": "US"}
    client = made("c_barred", said)
    api.put(client, by_assign(client))
    told = explained(api, client)
    assert told["rules"] == rules_by_hand(said, barred=("t-west",))
    assert [(rule["id"], rule["decided"]) for rule in told["rules"] if rule["holds"]] == [
        ("whale", False),
        ("any-coast", True),
    ]
    [whale, funds] = explained(api, client, "?territory=t-west")["rules"]
    assert (whale["holds"], whale["barred"], whale["decided"]) == (True, True, False)
    assert (funds["holds"], funds["barred"]) == (False, True)


def test_a_leader_is_told_of_the_rules_that_lead_into_their_regions(api: Api) -> None:
    said = {**SMALL, "city": "Coast City"}
    client = made("c_seen", said)
    api.put(client, by_assign(client))
    assert explained(api, client, user="wes")["rules"] == rules_by_hand(said, into=("t-west", "t-coast"))


def test_a_rule_of_an_earlier_number_is_not_taken_for_its_namesake_of_now(api: Api) -> None:
    """A new number holds at once, and clients are decided by it one after the other."""
    said = {**SMALL, "city": "Coast City"}
    client = made("c_before", said)
    api.put(client, replace(by_assign(client), rule=RuleRef("main", 6, "any-coast", 5), territory="t-west"))
    told = explained(api, client)
    assert (told["number"], told["decided_by"], told["territory"]["id"]) == (7, "rule", "t-west")
    assert [rule["decided"] for rule in told["rules"]] == [False] * 4
    assert [rule["id"] for rule in told["rules"] if rule["holds"]] == ["any-coast"]


def test_where_no_rules_hold_none_is_told_and_nothing_has_decided(tmp_path: Path) -> None:
    api = api_over(tmp_path, (*REGIONS, *TERRITORIES, *ADVISORS))
    client = made("c_1", SMALL)
    api.put(client, assigned("c_1", None))
    told = explained(api, client)
    assert (told["rule_set"], told["number"], told["rules"], told["territory"]) == (None, None, [], None)
    assert [step["outcome"] for step in told["steps"]] == ["passed"] * 5 + ["decided"]
    api.close()
