"""Ids in a query that lie out of the reader's scope: answered byte for byte as those that nobody has."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from schemas.reference import MatchDecision
from tests.support.api_view import NOW, Api, api_over, assigned, live

PAIR, DECISIONS = "/api/matches/pair", "/api/matches/decisions"
HIDDEN = {"record": "crm:east", "region": "east", "territory": "t-east", "advisor": "ben", "client": "c_east"}
NOBODYS = {"record": "crm:none", "region": "none", "territory": "t-none", "advisor": "bob", "client": "c_none"}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder))
        for side, advisor in (("west", "ann"), ("east", "ben"), ("coast", "cat")):
            api.put(live(f"c_{side}", records=(f"crm:{side}",)), assigned(f"c_{side}", f"t-{side}", advisor))
        api.put(live("c_free", records=("crm:free",)), live("c_new"), assigned("c_free", None))
        api.put(live("c_moved", records=("crm:moved",)), assigned("c_moved", "t-east", "ben"))
        api.put(assigned("c_moved", "t-west", "ann", version=2))
        api.put(MatchDecision(low="crm:east", high="crm:west", verdict="different", author="ada", at=NOW))
        yield api
        api.close()


def same(hidden: httpx.Response, unknown: httpx.Response) -> None:
    """In status, headers, length and body."""
    assert hidden.status_code == unknown.status_code
    assert sorted(hidden.headers.items()) == sorted(unknown.headers.items())
    assert hidden.content == unknown.content


@pytest.mark.parametrize("hidden", ["crm:east", "crm:free", "crm:c_new"])
@pytest.mark.parametrize("query", ["low={}&high=crm:west", "low=crm:west&high={}", "low={}&high=crm:0"])
def test_a_pair_with_a_record_elsewhere_is_as_one_with_a_record_that_is_not(api: Api, hidden: str, query: str) -> None:
    answers = [api.get("wes", f"{PAIR}?{query.format(record)}") for record in (hidden, "crm:none")]
    assert answers[0].status_code == 404
    same(*answers)
    assert api.get("ada", f"{PAIR}?low={hidden}&high=crm:west").status_code == 200


@pytest.mark.parametrize("hidden", ["crm:east", "crm:free"])
def test_two_records_elsewhere_are_as_two_that_are_not(api: Api, hidden: str) -> None:
    same(
        api.get("wes", f"{PAIR}?low={hidden}&high=crm:moved"),
        api.get("wes", f"{PAIR}?low=crm:none&high=crm:moved"),
    )
    same(api.get("eve", f"{PAIR}?low=crm:west&high=crm:moved"), api.get("eve", f"{PAIR}?low=crm:0&high=crm:1"))


def test_why_not_a_territory_elsewhere_is_as_one_that_is_not(api: Api) -> None:
    for client in ("c_west", "c_moved"):
        path = f"/api/clients/{client}/explanation?territory="
        hidden, unknown = (api.get("wes", f"{path}{one}") for one in ("t-east", "t-none"))
        assert hidden.status_code == 404
        same(hidden, unknown)
        assert api.get("wes", f"{path}t-coast").status_code == 200
        assert api.get("ada", f"{path}t-east").status_code == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *((path, kind) for path in ("/api/clients", "/api/clients/facets") for kind in ("territory", "region")),
        *((path, "advisor") for path in ("/api/clients", "/api/clients/facets")),
        *(("/api/assignments", kind) for kind in ("territory", "advisor")),
        *(("/api/advisors", kind) for kind in ("territory", "region")),
    ],
)
def test_a_filter_by_what_lies_elsewhere_finds_what_one_by_nothing_finds(api: Api, path: str, kind: str) -> None:
    hidden, unknown = (api.get("wes", f"{path}?{kind}={ids[kind]}") for ids in (HIDDEN, NOBODYS))
    assert hidden.status_code == 200
    same(hidden, unknown)


@pytest.mark.parametrize("path", ["/api/clients", "/api/clients/facets", "/api/advisors"])
def test_a_region_above_the_readers_own_is_as_one_that_is_not(api: Api, path: str) -> None:
    """Else they could try out what their regions lie in."""
    same(api.get("wes", f"{path}?region=world"), api.get("wes", f"{path}?region=none"))
    everything, above = (api.get("ada", f"{path}?region={region}").json() for region in ("none", "world"))
    assert above["total"] > everything["total"] == 0


@pytest.mark.parametrize("text", ["east", "t-east", "Ben", "crm:east", "c_east", "Territory east"])
def test_a_search_for_what_lies_elsewhere_finds_what_one_for_nothing_finds(api: Api, text: str) -> None:
    same(api.get("wes", f"/api/search?q={text}"), api.get("wes", "/api/search?q=zzz"))
    same(api.get("wes", f"/api/clients?q={text}"), api.get("wes", "/api/clients?q=zzz"))


def decide(api: Api, user: str, low: str, high: str, verdict: str = "same", version: str = "0") -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token(user)}", "Idempotency-Key": f"key-{low}-{high}"}
    body = {"low": low, "high": high, "verdict": verdict, "reason": "because"}
    answer: httpx.Response = api.http.post(DECISIONS, json=body, headers={**headers, "If-Match": f'"{version}"'})
    return answer


def test_who_may_not_decide_learns_nothing_of_a_pair_by_trying(api: Api) -> None:
    for version in ("0", "1", str(int(NOW.timestamp() * 1_000_000))):
        tried = [decide(api, "wes", low, "crm:west", version=version) for low in ("crm:east", "crm:none", "crm:coast")]
        assert {answer.status_code for answer in tried} == {403}
        same(*tried[:2])
        same(*tried[1:])
    assert api.said == []


def test_the_word_on_a_pair_that_reaches_elsewhere_is_told_to_who_sees_both(api: Api) -> None:
    assert len(api.get("ada", "/api/clients/c_west/evidence").json()["different"]) == 1
    told = api.get("wes", "/api/clients/c_west/evidence")
    assert told.json()["different"] == []
    assert "crm:east" not in told.text
