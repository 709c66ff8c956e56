"""What no route foresees is answered with problem details all the same, and told nobody's secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from services.api.http.edge import BODY_MAX, Bounded
from tests.support.api_view import Api, api_over

DECISIONS = "/api/matches/decisions"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    yield api
    api.close()


def parts(size: int) -> Iterator[bytes]:
    """A body whose length nobody tells."""
    for at in range(0, size, 65_536):
        yield b" " * min(65_536, size - at)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused_before_anybody_asks_who_sends_it(api: Api, chunked: bool) -> None:
    for size, status in ((BODY_MAX, 401), (BODY_MAX + 1, 413)):
        answer = api.http.post(DECISIONS, content=parts(size) if chunked else b" " * size)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_of_a_body_without_end_no_more_is_read_than_it_may_have() -> None:
    read = 0

    async def endless() -> Message:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def nobody(_message: Message) -> None:
        raise AssertionError

    async def reads(scope: Scope, receive: Receive, _send: Send) -> None:
        while True:
            await receive()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(Bounded(reads)({"type": "http", "headers": []}, endless, nobody))
    assert refused.value.status_code == 413
    assert read == BODY_MAX + 65_536


def test_a_fault_is_answered_as_a_problem_with_every_header_and_its_text_is_told_to_nobody(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> object:
        raise ValueError("Name c_1 is a secret")

    monkeypatch.setattr(api.parts.places, "stats", fails)
    with capture_logs() as logs:
        answer = api.get("ada", "/api/stats")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "fault"
    good = api.get("ada", "/api/territories").headers
    assert {name for name in good if name not in answer.headers} <= {"etag", "content-encoding"}
    assert answer.headers["cache-control"] == "no-store"
    [line] = logs
    assert (line["event"], line["route"], line["error"]) == ("fault", "/api/stats", "ValueError")
    assert any("fails" in frame for frame in line["frames"])
    assert "secret" not in str(logs) + answer.text
