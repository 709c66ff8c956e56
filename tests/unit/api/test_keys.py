"""The issuer's keys: a new one is followed, and an issuer that is away costs nobody more than it must."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from joserfc.jwk import KeySet

from deploy.local.issuer import Signer
from services.api.adapters import keys
from services.api.adapters.keys import fetch_keys
from services.api.gate import AWAY_S, KEYS_AGAIN_S, KEYS_FOR_S, Gate, KeysAway
from services.api.refusals import Refused
from services.api.standing import SignIn
from tests.support.api_view import ISSUER, NOW, SECRET, USERS, Api, api_over


@dataclass
class Issuer:
    """Over HTTP. `answer` is what it says instead of its keys, byte for byte."""

    signer: Signer = field(default_factory=lambda: Signer(ISSUER))
    answer: bytes | None = None
    asked: int = 0
    port: int = 0
    gone_s: float = 0.0  # the clock of who asks

    def now(self) -> float:
        return NOW.timestamp() + self.gone_s

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"

    def said(self) -> bytes:
        self.asked += 1
        body = json.dumps(self.signer.keys()).encode()
        return self.answer if self.answer is not None else answering(body)


def answering(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.0 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def listening(issuer: Issuer) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(issuer.said())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", issuer.port), Handler)
    issuer.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    with listening(issuer):
        yield issuer


@pytest.fixture
def api(tmp_path: Path, issuer: Issuer) -> Iterator[Api]:
    api = api_over(tmp_path)
    gate = Gate(SignIn(ISSUER, "cadastre", True, "cadastre"), partial(fetch_keys, issuer.url), SECRET, issuer.now)
    api.parts = replace(api.parts, gate=gate)
    yield api
    api.close()


def status(api: Api, issuer: Issuer, signer: Signer | None = None) -> int:
    token = (signer or issuer.signer).token("ada", USERS["ada"], issuer.now())
    return int(api.http.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code)


def test_a_token_signed_by_a_new_key_is_let_in_and_one_by_the_old_key_no_more(api: Api, issuer: Issuer) -> None:
    assert (status(api, issuer), issuer.asked) == (200, 1)
    assert (status(api, issuer), issuer.asked) == (200, 1), "known keys are not asked for again"
    old, issuer.signer = issuer.signer, Signer(ISSUER)
    issuer.gone_s = KEYS_AGAIN_S
    assert (status(api, issuer), issuer.asked) == (200, 2)
    assert (status(api, issuer, old), issuer.asked) == (401, 2)


def test_a_key_that_the_issuer_withdraws_is_forgotten_in_time(api: Api, issuer: Issuer) -> None:
    assert status(api, issuer) == 200
    old, issuer.signer = issuer.signer, Signer(ISSUER)
    issuer.gone_s = KEYS_FOR_S
    assert status(api, issuer, old) == 401


def test_a_flood_of_unknown_keys_does_not_become_one_of_questions_to_the_issuer(api: Api, issuer: Issuer) -> None:
    assert status(api, issuer) == 200
    issuer.gone_s = KEYS_AGAIN_S
    assert {status(api, issuer, Signer(ISSUER)) for _ in range(20)} == {401}
    assert issuer.asked == 2


NO_ANSWERS = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "less than it promised": b"HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\n{",
    "a fault": answering(b"{}", "500 Fault"),
    "no JSON": answering(b"<html>"),
    "not UTF-8": answering(b'{"keys": "\xff"}'),
    "a list": answering(b"[]"),
    "no keys": answering(b'{"keys": null}'),
    "none at all": answering(b'{"keys": []}'),
    "keys that are none": answering(b'{"keys": [1, {"kty": ["EC"]}]}'),
    "a curve of nobody's": answering(b'{"keys": [{"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"}]}'),
    "without an end": answering(b'{"keys": ' + b"[" * 100_000),
}


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_whatever_an_issuer_says_that_is_no_key_is_as_if_it_did_not_answer(issuer: Issuer, answer: bytes) -> None:
    issuer.answer = answer
    with pytest.raises(KeysAway):
        fetch_keys(issuer.url)


def test_an_issuer_that_takes_too_long_is_away(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    def hangs() -> bytes:
        given_up.wait(10)
        return b""

    monkeypatch.setattr(keys, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(issuer, "said", hangs)
    with pytest.raises(KeysAway):
        fetch_keys(issuer.url)
    assert not given_up.is_set()
    given_up.set()


def test_where_keys_were_never_fetched_an_issuer_that_is_away_is_a_503_until_it_answers(
    api: Api, issuer: Issuer
) -> None:
    issuer.answer = NO_ANSWERS["nothing"]
    answer = api.get("ada", "/api/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["code"] == "issuer-away"
    issuer.answer = None
    issuer.gone_s = float(answer.headers["retry-after"])
    assert status(api, issuer) == 200


def test_where_keys_were_fetched_they_go_on_being_used_while_the_issuer_is_away(api: Api, issuer: Issuer) -> None:
    assert status(api, issuer) == 200
    issuer.answer = NO_ANSWERS["nothing"]
    for _ in range(3):
        issuer.gone_s += KEYS_FOR_S
        assert status(api, issuer) == 200
        assert status(api, issuer, Signer(ISSUER)) == 401
    asked, issuer.answer, known = issuer.asked, None, issuer.signer
    issuer.signer = Signer(ISSUER)
    issuer.gone_s += KEYS_AGAIN_S
    assert (status(api, issuer, known), issuer.asked) == (200, asked), "nobody with a known key waits for the issuer"
    assert (status(api, issuer), issuer.asked) == (200, asked + 1)


def test_many_who_come_while_the_issuer_is_away_wait_for_one_question_not_in_turn() -> None:
    asked, came = [0], threading.Event()

    def hangs() -> KeySet:
        asked[0] += 1
        came.wait(10)
        raise KeysAway("away")

    async def come() -> list[object]:
        issuer = Issuer()
        gate = Gate(SignIn(ISSUER, "cadastre", True, "cadastre"), hangs, SECRET, issuer.now)
        bearer = [f"Bearer {issuer.signer.token('ada', USERS['ada'], issuer.now())}"]
        coming = [asyncio.create_task(gate.admit(bearer)) for _ in range(20)]
        await asyncio.sleep(0)  # all have begun
        came.set()
        first = await asyncio.gather(*coming, return_exceptions=True)
        assert asked == [1]
        issuer.gone_s = AWAY_S
        return [*first, *await asyncio.gather(gate.admit(bearer), return_exceptions=True)]

    refusals = asyncio.run(come())
    assert [one.problem.status for one in refusals if isinstance(one, Refused)] == [503] * 21
    assert asked == [2]
