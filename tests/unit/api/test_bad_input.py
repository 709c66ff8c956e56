"""What cannot be read is refused with the reason, and a cursor is good for the one question that it was given for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.api.generate import HERE
from tests.support.api_view import Api, api_over, assigned, live

DOCUMENT = json.loads((HERE / "openapi.json").read_text())
IDS = {"client_id": "c_top", "territory_id": "t-west", "advisor_id": "ann"}
NEEDED = {"/api/matches/pair": "low=crm:1&high=crm:2", "/api/search": "q=n", "/api/clients/{client_id}/override": ""}
READS = sorted(
    path for path, operations in DOCUMENT["paths"].items() if "get" in operations and path.startswith("/api/")
)
GUARDED = [path for path in READS if path != "/api/sign-in"]
LONG = "x" * 400
FAMILY, EXPLANATION, PAIR = "/api/clients/c_top/family", "/api/clients/c_top/explanation", "/api/matches/pair"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder))
        for top in ("top", "two"):
            api.put(live(f"c_{top}", records=(f"crm:{top}",)), assigned(f"c_{top}", "t-west", "ann"))
            for n in range(3):
                api.put(live(f"c_{top}{n}", parent_record=f"crm:{top}"), assigned(f"c_{top}{n}", "t-west", "ann"))
        yield api
        api.close()


def refused(answer: httpx.Response, parameter: str) -> None:
    """With a 400 that says which parameter and why."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid-request"
    errors = answer.json()["errors"]
    assert any(parameter in error["pointer"] for error in errors), errors
    assert all(error["message"] and error["message"] in answer.json()["detail"] for error in errors)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *(("/api/assignments", f"cursor={one}") for one in ("x", "AAAA", "A" * 200, "A" * 1_001, "é", "", "%00")),
        *(("/api/assignments", one) for one in ("limit=0", "limit=201", "limit=x", "kind=fled", "q=x", "sort=at")),
        *(("/api/assignments", one) for one in (f"territory={LONG}", "advisor=", "advisor=%00")),
        ("/api/assignments", "&".join(["territory=t"] * 51)),
        *((FAMILY, one) for one in ("cursor=x", "cursor=AAAA", "cursor=é", "limit=0", "limit=201", "sort=name", "q=x")),
        *((EXPLANATION, one) for one in ("territory=", "territory=%00", "territory=a%20b", f"territory={LONG}")),
        *((EXPLANATION, one) for one in ("territory=-x", "territory=%C3%A9", "territory=t-west%0A", "rule=r")),
        *(("/api/advisors", one) for one in ("sort=size", f"q={LONG}", "q=%00", "limit=5", "cursor=x")),
        *(("/api/advisors", one) for one in ("territory=", f"region={LONG}", "region=%00")),
        *((PAIR, f"low={one}&high=crm:2") for one in ("", "crm", "crm:", ":1", "CRM:1", "crm:%00", f"crm:{LONG}")),
        *((PAIR, f"high={one}&low=crm:2") for one in ("", "crm", "crm:", "-crm:1")),
        (PAIR, "high=crm:1&high=crm:2&low=crm:3&third=crm:4"),
        *(("/api/search", one) for one in ("q=", f"q={LONG}", "q=%00", "limit=3&q=a")),
        *(("/api/stats/pulse", f"minutes={one}") for one in (0, 61, "x", 1.5, "")),
        ("/api/stats/pulse", "hours=1"),
        *(("/api/clients/facets", one) for one in ("limit=1", "cursor=x", "status=asleep", "aum_min=-1", "colour=red")),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_parameter_and_the_reason(api: Api, path: str, query: str) -> None:
    names = [part.partition("=")[0] for part in query.split("&")]
    refused(api.get("ada", f"{path}?{query}"), "third" if "third" in names else names[0] or names[-1])


@pytest.mark.parametrize(("path", "missing"), [(PAIR, ("low", "high")), ("/api/search", ("q",))])
def test_what_must_be_asked_for_and_is_not_is_named(api: Api, path: str, missing: tuple[str, ...]) -> None:
    answer = api.get("ada", path)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/query/{one}" for one in missing]
    refused(answer, missing[0])


@pytest.mark.parametrize("path", GUARDED)
def test_no_route_passes_over_a_parameter_that_it_does_not_know(api: Api, path: str) -> None:
    """Else a filter with a typing error would be answered as if there were none."""
    refused(api.get("ada", f"{path.format(**IDS)}?{NEEDED.get(path, '')}&colour=red"), "colour")


@pytest.mark.parametrize("path", READS)
@given(text=st.text(max_size=30))
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
def test_no_text_in_a_parameter_or_an_id_is_a_fault_of_ours(api: Api, path: str, text: str) -> None:
    text = quote(text.encode(errors="replace"), safe="")
    named = [one["name"] for one in DOCUMENT["paths"][path]["get"].get("parameters", ()) if one["in"] == "query"]
    needed = NEEDED.get(path, "")
    asked = [f"{path.format(**IDS)}?{needed}&{name}={text}" for name in (*named, text)]
    asked.append(f"{path.format(**dict.fromkeys(IDS, text))}?{needed}")
    for one in asked:
        status = api.get("ada", one).status_code
        assert status < 500 or (status == 503 and "history" in path), one


BODIES = [
    '{"tier": "gold", "reason": "\\ud800 and more"}',
    '{"tier": "\\ud800", "reason": "because"}',
    '{"tier": "gold", "reason": "because", "\\ud800": 1}',
    '{"tier": "gold", "reason": "be\\u0000cause"}',
    '{"tier": "gold", "reason": ' + "[" * 5_000 + "]" * 5_000 + "}",
    '{"tier": NaN, "reason": "because"}',
    '{"tier": "gold", "reason": "because", "expires_at": 1e400}',
    '{"tier": "gold", "reason": "because", "expires_at": "9999-12-31T23:59:59-23:59"}',
    '{"tier": "gold", "reason": "because", "expires_at": "0001-01-01T00:00:00+23:59"}',
    '{"tier"',
    "\ufeff{}",
    "",
]


@pytest.mark.parametrize("body", [*(one.encode() for one in BODIES), b"\xff\xfe", b'"\xff"'])
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_said(api: Api, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Idempotency-Key": "key-00001"}
    headers["If-Match"] = api.match("c_top")
    headers["Content-Type"] = "application/json"
    answer = api.http.put("/api/clients/c_top/override", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert api.said == []


def test_a_moment_goes_on_in_utc_whichever_zone_it_was_given_in(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Idempotency-Key": "key-00002"}
    headers["If-Match"] = api.match("c_top")
    body = {"tier": "gold", "reason": "because", "expires_at": "2027-01-01T00:30:00+02:00"}
    assert api.http.put("/api/clients/c_top/override", json=body, headers=headers).status_code == 202
    [(statement, _)] = api.said
    api.put(statement)
    api.said.clear()
    assert api.get("ada", "/api/clients/c_top").json()["override"]["expires_at"] == "2026-12-31T22:30:00Z"


def cursor(api: Api, path: str, user: str = "ada") -> str:
    found = api.get(user, path).json()["next"]
    assert isinstance(found, str)
    return found


LISTS = (
    "/api/clients?limit=1",
    "/api/clients?limit=1&sort=-aum",
    "/api/clients?limit=1&territory=t-west",
    "/api/clients?limit=1&advisor=ann",
    "/api/assignments?limit=1",
    "/api/assignments?limit=1&kind=arrived",
    "/api/assignments?limit=1&territory=t-west",
    "/api/assignments?limit=1&advisor=ann",
    f"{FAMILY}?limit=1",
    "/api/clients/c_two/family?limit=1",
)


@pytest.mark.parametrize("own", LISTS)
def test_a_cursor_is_good_for_its_own_list_and_scope_only(api: Api, own: str) -> None:
    given_to = {user: cursor(api, own, user) for user in ("ada", "wes")}
    for user, other in (("ada", "wes"), ("wes", "ada")):
        assert api.get(user, f"{own}&cursor={given_to[user]}").status_code == 200
        refused(api.get(user, f"{own}&cursor={given_to[other]}"), "cursor")
    assert api.get("eli", f"{own}&cursor={given_to['ada']}").status_code == 200, "who sees the same may go on"
    for another in LISTS:
        if another != own:
            refused(api.get("ada", f"{another}&cursor={given_to['ada']}"), "cursor")
    assert api.get("ada", f"{own.replace('limit=1', 'limit=2')}&cursor={given_to['ada']}").status_code == 200


def test_a_cursor_with_any_letter_changed_is_none(api: Api) -> None:
    for own in ("/api/clients?limit=1", "/api/assignments?limit=1", f"{FAMILY}?limit=1"):
        good = cursor(api, own)
        for at in range(len(good) - 1):  # bits of the last letter may be of no byte
            bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
            refused(api.get("ada", f"{own}&cursor={bad}"), "cursor")
        refused(api.get("ada", f"{own}&cursor={good[:-4]}"), "cursor")
        refused(api.get("ada", f"{own}&cursor={good}AAAA"), "cursor")


@pytest.mark.parametrize("path", ["/api/assignments", FAMILY])
def test_pages_follow_each_other_without_gap_or_repeat(api: Api, path: str) -> None:
    whole = api.get("ada", f"{path}?limit=200").json()
    name = "items" if "items" in whole else "children"
    for limit in (1, 2, 3):
        seen, page = [], api.get("ada", f"{path}?limit={limit}").json()
        seen += page[name]
        while page["next"] is not None:
            page = api.get("ada", f"{path}?limit={limit}&cursor={page['next']}").json()
            seen += page[name]
        assert seen == whole[name]
    assert len(whole[name]) == (8 if name == "items" else 3)
