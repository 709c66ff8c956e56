"""What every answer says beside its body: to browsers, to pages of other origins, to whoever can unpack."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from services.api.http.app import create_app
from tests.support.api_view import Api, api_over, assigned, live

OURS, FOREIGN = "https://pages.example", "https://elsewhere.example"
LIST = "/api/clients?limit=200"
SECURE = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
COMMAND = {"Access-Control-Request-Method": "PUT"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    for n in range(40):
        api.put(live(f"c_{n}"), assigned(f"c_{n}", "t-west", "ann"))
    app = create_app(origins=(OURS,), issuer="https://issuer.example/realm")
    app.state.parts = api.parts
    api._client = TestClient(app, raise_server_exceptions=False)
    yield api
    api.close()


def preflight(api: Api, origin: str, asked: str = "Authorization", **more: str) -> httpx.Response:
    headers = {"Origin": origin, **COMMAND, "Access-Control-Request-Headers": asked, **more}
    answer: httpx.Response = api.http.options("/api/clients/c_1/override", headers=headers)
    return answer


def listed(answer: httpx.Response, name: str) -> set[str]:
    return {part.strip().lower() for part in answer.headers.get(name, "").split(",")} - {""}


def test_a_page_of_an_allowed_origin_may_send_what_commands_need(api: Api) -> None:
    answer = preflight(api, OURS, "authorization, content-type, if-match, if-none-match, idempotency-key")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OURS
    assert {"get", "post", "put", "delete"} <= listed(answer, "access-control-allow-methods")
    assert "access-control-allow-credentials" not in answer.headers, "tokens are in a header, never in a cookie"
    assert "origin" in listed(answer, "vary")


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://pages.example", f"{OURS}.evil.example", f"{OURS}:8443"])
def test_a_foreign_page_is_let_neither_ask_ahead_nor_read(api: Api, origin: str) -> None:
    ahead = preflight(api, origin)
    assert ahead.status_code == 400
    answers = (ahead, api.get("ada", LIST, Origin=origin))
    assert not any("access-control-allow-origin" in answer.headers for answer in answers)


def test_an_allowed_page_may_not_send_what_no_route_takes(api: Api) -> None:
    assert preflight(api, OURS, "x-other").status_code == 400
    assert preflight(api, OURS, **{"Access-Control-Request-Method": "PATCH"}).status_code == 400


@pytest.mark.parametrize(("path", "status"), [(LIST, 200), ("/api/clients/c_none", 404), ("/api/nothing", 404)])
def test_a_page_may_read_the_version_and_when_to_come_back(api: Api, path: str, status: int) -> None:
    answer = api.get("ada", path, Origin=OURS)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == OURS
    assert listed(answer, "access-control-expose-headers") == {"etag", "retry-after"}
    assert "origin" in listed(answer, "vary")


def raw(api: Api, path: str, encoding: str) -> tuple[httpx.Response, bytes]:
    """The answer with its body as it came."""
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Accept-Encoding": encoding}
    with api.http.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_large_answer_is_packed_for_who_can_unpack_and_says_the_same(api: Api) -> None:
    (packed, short), (plain, long) = raw(api, LIST, "gzip"), raw(api, LIST, "identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(short) == long
    assert len(json.loads(long)["items"]) == 40
    assert len(short) < len(long) / 4
    for answer, body in ((packed, short), (plain, long)):
        assert answer.headers["content-length"] == str(len(body))
        assert "accept-encoding" in listed(answer, "vary")
    assert packed.headers["etag"] == plain.headers["etag"], "If-None-Match holds however the body came"


def test_a_small_answer_is_not_worth_packing(api: Api) -> None:
    answer, body = raw(api, "/api/me", "gzip")
    assert "content-encoding" not in answer.headers
    with pytest.raises(zlib.error):
        zlib.decompress(body)
    assert json.loads(body)["subject"] == "ada"


def secured(answer: httpx.Response) -> None:
    assert {name: answer.headers.get(name) for name in SECURE} == SECURE
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["object-src"], policy["frame-ancestors"]) == ("'self'", "'none'", "'none'")
    assert policy["connect-src"] == "'self' https://issuer.example"
    assert "script-src" not in policy, "scripts are as all else: our own"
    assert answer.headers.get_list("strict-transport-security") == [SECURE["strict-transport-security"]]
    assert "server" not in answer.headers


def test_every_kind_of_answer_carries_the_security_headers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    good = api.get("ada", LIST)
    answers = {
        200: good,
        304: api.get("ada", LIST, **{"If-None-Match": good.headers["etag"]}),
        400: api.get("ada", "/api/clients?limit=0"),
        401: api.http.get(LIST),
        403: api.get("olga", LIST),
        404: api.get("ada", "/api/clients/c_none"),
        405: api.http.request("PATCH", LIST),
    }
    monkeypatch.setattr(api.parts.places, "stats", None)
    answers[500] = api.get("ada", "/api/stats")
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    for answer in (*answers.values(), preflight(api, OURS), preflight(api, FOREIGN)):
        secured(answer)
    assert "no-store" not in answers[304].headers["cache-control"]
    assert answers[304].headers["etag"] == good.headers["etag"]
    assert answers[304].content == b""
    assert {answers[status].headers["cache-control"] for status in answers if status >= 400} == {"no-store"}
