"""Why records are one client: what dedupe said with them, and what its scoring says of any two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.events import Assignment, ClientFields, Edge, Evidence, LiveClient, Member
from schemas.reference import Engine, MatchDecision
from services.dedupe.matching import PairScore, features, score_pairs
from tests.support.api_view import NOW, REFERENCE, Api, api_over, assigned

LEI, OTHER_LEI = "5493001KJTIIGC8Y1R12", "549300MLUDYVRQOOXS22"
DESK = ClientFields(
    name="Zorblax Quintane LLC",
    street="12 Main Street",
    city="Boston",
    postal_code="02110-1234",
    country="US",
    phone="+16175550123",
    website="https://www.zorblax.com/about",
)
RECORDS = {
    "crm:a": DESK,
    "crm:h": replace(DESK, name="Zorblax Quintane of Elsewhere", phone="+16175550199"),
    "crm:l": replace(DESK, lei=LEI),
    "crm:m": replace(DESK, lei=OTHER_LEI),
    "crm:o": ClientFields(name="Zorblax Quintane", city="Boston", country="US"),
    "crm:x": ClientFields(name="Harbor Pointe Ltd", city="Chicago", country="US"),
    "erp:a": replace(DESK, name="Zorblax Quintane", postal_code="02110", email="desk@zorblax.com"),
    "erp:b": replace(DESK, street="99 Other Avenue", postal_code="90210"),
    "erp:c": replace(DESK, city="Chicago", street="1 Lake Shore", phone="+13125550000", website="https://x-1.com"),
}
PAIRS = [(low, high) for low in RECORDS for high in RECORDS if low < high]


def scored(low: str, high: str, grain: str = "entity") -> PairScore:
    """The other way round than the api asks: a score has no direction."""
    return score_pairs([(features(high, RECORDS[high]), features(low, RECORDS[low]))], grain)[0]


def edge(low: str, high: str) -> Edge:
    score = scored(low, high)
    return Edge(low, high, score.weight, score.confidence, score.evidence)


DECIDED = Edge("crm:a", "erp:c", 33, 100.0, (Evidence("decision", "exact", 0), Evidence("name", "close", 1083)))
ACCEPTED = (edge("crm:a", "erp:a"), edge("crm:a", "erp:b"), DECIDED)
POSSIBLE = (edge("crm:h", "erp:a"), edge("crm:a", "crm:o"), replace(edge("crm:a", "erp:b"), high="crm:gone"))


def client(client_id: str, *records: str, **more: Any) -> LiveClient:
    members = tuple(Member(record=record, fields=RECORDS[record]) for record in records)
    golden = replace(RECORDS[records[0]], name=f"Golden {client_id}")
    return LiveClient(
        client_id=client_id, version=1, engine="1", pool="US", golden=golden, provenance={}, members=members, **more
    )


VALUES: tuple[LiveClient | Assignment, ...] = (
    client("c_1", "crm:a", "erp:a", "erp:b", "erp:c", edges=ACCEPTED, possible=POSSIBLE),
    client("c_h", "crm:h"),
    client("c_o", "crm:o"),
    client("c_x", "crm:x"),
    client("c_l", "crm:l"),
    client("c_m", "crm:m"),
    *(assigned(one, "t-west", "ann") for one in ("c_1", "c_o", "c_l", "c_m")),
    assigned("c_h", "t-east", "ben"),
)
HOLDERS = {one.record: value.client_id for value in VALUES if isinstance(value, LiveClient) for one in value.members}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(*VALUES)
    yield api
    api.close()


def evidence(api: Api, user: str = "ada") -> Any:
    return api.get(user, "/api/clients/c_1/evidence").json()


def pair(api: Api, low: str, high: str) -> Any:
    answer = api.get("ada", f"/api/matches/pair?low={low}&high={high}")
    assert answer.status_code == 200
    return answer.json()


def side(record: str) -> dict[str, object]:
    holder = HOLDERS[record]
    return {"record": record, "name": RECORDS[record].name, "client": {"id": holder, "name": f"Golden {holder}"}}


def as_carried(told: Any, carried: Edge) -> None:
    """That a pair is told as the edge has it."""
    assert (told["low"], told["high"]) == (side(carried.low), side(carried.high))
    assert (told["weight"], told["confidence"]) == (carried.weight, carried.confidence)
    bars = [(bar["field"], bar["level"], bar["weight"]) for bar in told["evidence"]]
    assert bars == [(one.field, one.level, one.weight) for one in carried.evidence]
    assert told["prior"] + sum(bar["weight"] for bar in told["evidence"]) == told["weight"]


def test_the_pairs_that_hold_a_client_together_are_those_that_dedupe_said(api: Api) -> None:
    accepted = evidence(api)["accepted"]
    assert len(accepted) == len(ACCEPTED)
    for told, carried in zip(accepted, ACCEPTED, strict=True):
        as_carried(told, carried)
        assert told["verdict"] == "match"


def test_what_nearly_joined_it_is_told_while_another_client_in_scope_holds_it(api: Api) -> None:
    everything, west = evidence(api)["possible"], evidence(api, "wes")["possible"]
    for told, carried in zip(everything, POSSIBLE[:2], strict=True):
        as_carried(told, carried)
        assert told["verdict"] == "possible"
    assert west == everything[1:], "the other of the first pair lies in the east, nobody holds that of the third"


def test_a_bar_shows_what_each_record_says_of_its_field(api: Api) -> None:
    bars = {bar["field"]: (bar["low"], bar["high"]) for bar in evidence(api)["accepted"][0]["evidence"]}
    assert bars == {
        "name": ("Zorblax Quintane LLC", "Zorblax Quintane"),
        "phone": ("+16175550123", "+16175550123"),
        "website": ("https://www.zorblax.com/about", "https://www.zorblax.com/about"),
        "street": ("12 Main Street", "12 Main Street"),
        "postal_code": ("02110-1234", "02110"),
        "city": ("Boston", "Boston"),
    }
    assert {(bar["low"], bar["high"]) for bar in evidence(api)["accepted"][2]["evidence"][:1]} == {(None, None)}


def test_a_domain_that_only_an_address_has_is_shown_by_the_address(tmp_path: Path) -> None:
    api = api_over(tmp_path)
    for n, said in (("1", {"website": "https://zorblax.com"}), ("2", {"email": "desk@zorblax.com"})):
        fields = ClientFields(name="Zorblax Quintane", **said)  # type: ignore[arg-type]
        value = client(f"c_{n}", "crm:a")
        api.put(replace(value, members=(Member(record=f"crm:{n}", fields=fields),)))
    [bar] = [bar for bar in pair(api, "crm:1", "crm:2")["evidence"] if bar["field"] == "website"]
    assert (bar["level"], bar["low"], bar["high"]) == ("exact", "https://zorblax.com", "desk@zorblax.com")
    api.close()


def verdict(score: PairScore, percent: int) -> str:
    """From the weight's probability, and the rules that no sum may overrule."""
    likely = 100 / (1 + 2 ** (-score.weight / 100))
    if score.forbidden:
        return "forbidden"
    if round(likely, 2) >= percent and not score.capped:
        return "match"
    return "possible" if round(likely, 2) >= 60 else "different"


@pytest.mark.parametrize("percent", [60, 85, 99])
@pytest.mark.parametrize("grain", ["entity", "site"])
def test_any_two_records_are_scored_as_dedupe_scores_them(api: Api, grain: Any, percent: int) -> None:
    api.put(Engine(code=1, tokens=1, cap=100, threshold=percent, grain=grain))
    seen = set()
    for low, high in PAIRS:
        told, score = pair(api, low, high), scored(low, high, grain)
        as_carried(told, Edge(low, high, score.weight, score.confidence, score.evidence))
        assert told["verdict"] == verdict(score, percent), (low, high)
        seen.add(told["verdict"])
        assert pair(api, high, low) == told, "whichever is named first"
    assert seen >= {"match", "different", "forbidden"}
    assert "possible" in seen or percent == 60, "from there on, what may be one client is"
    least = told["threshold_weight"]
    at, below = (round(100 / (1 + 2 ** (-weight / 100)), 2) for weight in (least, least - 1))
    assert below < percent <= at
    assert evidence(api)["threshold"] == percent


def test_a_persons_word_is_told_with_its_pair_wherever_that_shows(api: Api) -> None:
    api.put(MatchDecision(low="crm:a", high="erp:c", verdict="same", author="ada", at=NOW, reason="one house"))
    told = {
        "low": "crm:a",
        "high": "erp:c",
        "verdict": "same",
        "author": "ada",
        "at": "2026-03-02T12:30:00Z",
        "reason": "one house",
        "version": "1772454600000000",
    }
    assert evidence(api)["accepted"][2]["decision"] == told
    assert pair(api, "erp:c", "crm:a")["decision"] == told
    nothing = {**dict.fromkeys(told), "low": "crm:a", "high": "erp:a", "version": "0"}
    assert evidence(api)["accepted"][0]["decision"] == nothing


def test_a_pair_is_two_records(api: Api) -> None:
    answer = api.get("ada", "/api/matches/pair?low=crm:a&high=crm:a")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/query/high"


def test_the_reference_sets_a_threshold_of_its_own_where_no_engine_does(api: Api) -> None:
    assert not any(isinstance(one, Engine) for one in REFERENCE)
    assert evidence(api)["threshold"] == 85
