"""How much one person may ask in a minute, and what an answer that is refused says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.limits import Limits
from services.api.refusals import Refused
from tests.support.api_view import Api, api_over, assigned, live

READS, WRITES = 3, 2


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(live("c_1"), assigned("c_1", "t-west", "ann"))
    api.parts = replace(api.parts, limits=Limits(READS, WRITES))
    yield api
    api.close()


def read(api: Api, user: str = "ada") -> httpx.Response:
    return api.get(user, "/api/clients/c_1")


def write(api: Api, key: str, user: str = "ada") -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token(user)}", "Idempotency-Key": f"key-{key:0>5}"}
    headers["If-Match"] = api.match("c_1")
    body = {"tier": "gold", "reason": "because"}
    answer: httpx.Response = api.http.put("/api/clients/c_1/override", json=body, headers=headers)
    return answer


def test_who_asks_more_than_the_budget_is_told_when_to_go_on(api: Api) -> None:
    assert [read(api).status_code for _ in range(READS + 1)] == [200] * READS + [429]
    refused = read(api)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["cache-control"] == "no-store"
    assert (refused.json()["status"], refused.json()["code"]) == (429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] in refused.json()["detail"]


def test_reads_and_writes_have_budgets_of_their_own_and_so_has_everybody(api: Api) -> None:
    assert [read(api).status_code for _ in range(READS + 1)][-1] == 429
    assert [write(api, str(n)).status_code for n in range(WRITES + 1)] == [202] * WRITES + [429]
    assert len(api.said) == WRITES, "what is refused is not said"
    assert read(api, "eli").status_code == 200
    assert write(api, "eli", "eli").status_code == 202


def test_writes_that_are_spent_leave_the_reads(api: Api) -> None:
    assert [write(api, str(n)).status_code for n in range(WRITES + 1)][-1] == 429
    assert read(api).status_code == 200


def test_what_is_refused_for_other_reasons_costs_nothing_of_the_budget(api: Api) -> None:
    for _ in range(READS + 1):
        assert write(api, "none", "wes").status_code == 403
        assert api.http.get("/api/clients/c_1", headers={"Authorization": "Bearer x"}).status_code == 401
    assert read(api).status_code == 200
    assert read(api, "wes").status_code == 200


@given(st.floats(0, 59.9))
def test_who_waits_as_long_as_they_were_told_is_let_in(after_s: float) -> None:
    now = 1_772_454_600.25
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: now)
        limits = Limits(1, 1)
        limits.spend("ada", "read")
        now += after_s
        with pytest.raises(Refused) as refused:
            limits.spend("ada", "read")
        wait = refused.value.retry_after_s
        assert wait is not None
        assert wait - 1 < 60 - after_s + 1e-6, "and no longer than they must"
        now += wait
        limits.spend("ada", "read")
