"""Every route × every role and region, and every way not to be let in."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.api.generate import HERE
from tests.support.api_view import USERS, Api, api_over, assigned, live
from tests.support.bad_tokens import bad_tokens

DOCUMENT = json.loads((HERE / "openapi.json").read_text())
OPEN = {"/api/sign-in", "/livez", "/readyz"}
QUERIES = {"/api/matches/pair": "?low=crm:c_w&high=crm:c_x", "/api/search": "?q=n"}
IN_WEST = {"client_id": "c_w", "territory_id": "t-west", "advisor_id": "ann"}
IN_EAST = {"client_id": "c_e", "territory_id": "t-east", "advisor_id": "ben"}
UNKNOWN = {"client_id": "c_0", "territory_id": "t-none", "advisor_id": "bob"}
BODIES: dict[str, object] = {
    "put_override": {"tier": "gold", "reason": "because"},
    "post_decision": {"low": "crm:c_w", "high": "crm:c_x", "verdict": "same", "reason": "because"},
}
OPERATIONS = [
    (method, path, operation["operationId"])
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
GUARDED = [one for one in OPERATIONS if one[1] not in OPEN]
WITH_ID = [one for one in GUARDED if "{" in one[1]]
COMMANDS = {"put_override", "end_override", "post_decision"}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder))
        api.put(live("c_w"), live("c_x"), live("c_e"), live("c_p"))
        api.put(assigned("c_w", "t-west", "ann"), assigned("c_x", "t-coast", "cat"), assigned("c_e", "t-east", "ben"))
        yield api
        api.close()


def ask(api: Api, method: str, path: str, name: str, ids: dict[str, str], authorization: str | None) -> httpx.Response:
    headers = {"Idempotency-Key": f"key-{name}-{ids['client_id']}-{authorization}"[:60].replace(" ", "_")}
    headers["If-Match"] = api.match(ids["client_id"]) if "override" in name else '"0"'
    if authorization is not None:
        headers["Authorization"] = authorization
    query = "?reason=because" if name == "end_override" else QUERIES.get(path, "")
    url = path.format(**ids) + query
    answer: httpx.Response = api.http.request(method.upper(), url, headers=headers, json=BODIES.get(name))
    return answer


def allowed(user: str, name: str) -> bool:
    role = USERS[user].role
    if name in COMMANDS:
        return role in ("analyst", "engineer")
    return role != "operator" or name in ("get_me", "get_health", "get_pulse", "post_ws_ticket")


@pytest.mark.parametrize(("method", "path", "name"), GUARDED, ids=str)
def test_each_role_may_do_what_is_written_and_sees_its_regions_only(
    api: Api, method: str, path: str, name: str
) -> None:
    for user, person in USERS.items():
        authorization = f"Bearer {api.token(user)}"
        for place, ids in (("west", IN_WEST), ("east", IN_EAST)):
            status = ask(api, method, path, name, ids, authorization).status_code
            if not allowed(user, name):
                assert status == 403, (user, place)
            elif "{" in path and person.regions and place not in person.regions:
                assert status == 404, (user, place)
            elif name == "get_pair" and person.regions == ["east"]:
                assert status == 404, user
            elif name == "end_override":
                assert status == 404, "there is none to end"
            else:
                assert status in (200, 201, 202) or (name == "get_history" and status == 503), (user, place, status)


@pytest.mark.parametrize(("method", "path", "name"), GUARDED, ids=str)
def test_no_bad_token_opens_any_route(api: Api, method: str, path: str, name: str) -> None:
    bad = bad_tokens(api.signer)
    assert len(bad) >= 30
    answers = {why: ask(api, method, path, name, IN_WEST, token) for why, token in bad.items()}
    answers["none"] = ask(api, method, path, name, IN_WEST, None)
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({answer.content for answer in answers.values()}) == 1


@pytest.mark.parametrize(("method", "path", "name"), WITH_ID, ids=str)
def test_what_is_out_of_scope_answers_as_what_does_not_exist(api: Api, method: str, path: str, name: str) -> None:
    authorization = f"Bearer {api.token('wes')}"
    hidden, unknown = (ask(api, method, path, name, ids, authorization) for ids in (IN_EAST, UNKNOWN))
    assert (hidden.status_code, hidden.headers, hidden.content) == (
        unknown.status_code,
        unknown.headers,
        unknown.content,
    )


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=AAAA",
        "cursor=" + "A" * 200,
        "limit=0",
        "limit=201",
        "limit=many",
        "sort=size",
        "colour=red",
        "status=asleep",
        "aum_min=-1",
        "aum_max=rich",
        "q=" + "x" * 101,
        "territory=" + "x" * 101,
        "q=%00",
    ],
)
def test_a_bad_cursor_or_filter_is_refused_with_the_reason(api: Api, query: str) -> None:
    answer = api.get("ada", f"/api/clients?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert query.partition("=")[0] in answer.json()["errors"][0]["pointer"]


def test_a_cursor_is_good_for_its_own_question_and_scope_only(api: Api) -> None:
    cursor = api.get("ada", "/api/clients?limit=1").json()["next"]
    assert api.get("ada", f"/api/clients?limit=1&cursor={cursor}").status_code == 200
    assert api.get("ada", f"/api/clients?limit=1&sort=-name&cursor={cursor}").status_code == 400
    assert api.get("ada", f"/api/clients?limit=1&q=name&cursor={cursor}").status_code == 400
    assert api.get("wes", f"/api/clients?limit=1&cursor={cursor}").status_code == 400


def test_pages_follow_each_other_without_gap_or_repeat_in_every_order(api: Api) -> None:
    for sort in ("name", "-name", "aum", "-aum", "changed", "-changed", "confidence", "-confidence"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = api.get("ada", f"/api/clients?limit=1&sort={sort}{cursor}").json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == ["c_e", "c_p", "c_w", "c_x"]


def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    for path in ("/api/clients", "/api/clients/c_w", "/api/stats", "/api/territories"):
        etag = api.get("ada", path).headers["etag"]
        again = api.get("ada", path, **{"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


def test_nothing_but_the_progress_is_told_before_the_view_is_whole(api: Api) -> None:
    api.parts.readiness.live, api.parts.readiness.progress = False, 0.42
    try:
        health = api.get("wes", "/api/health")
        assert (health.status_code, health.json()["status"], health.json()["progress_percent"]) == (
            200,
            "rebuilding",
            42.0,
        )
        assert api.http.get("/api/health").status_code == 401
        answer = api.get("ada", "/api/clients")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert api.http.get("/readyz").status_code == 503
    finally:
        api.parts.readiness.live, api.parts.readiness.progress = True, 1.0
    assert api.http.get("/readyz").status_code == 200
