"""What people say goes out as statements, once, on what they saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from schemas.events import AuditEvent
from schemas.reference import MatchDecision, Override
from tests.support.api_view import NOW, Api, api_over, assigned, live


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(live("c_1", records=("crm:1", "erp:1")), live("c_2"), assigned("c_1", "t-west", "ann"))
    yield api
    api.close()


def put(
    api: Api, body: object, key: str = "key-00001", match: str | None = "seen", user: str = "ada"
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token(user)}", "Idempotency-Key": key}
    if match is not None:
        headers["If-Match"] = api.match("c_1") if match == "seen" else match
    answer: httpx.Response = api.http.put("/api/clients/c_1/override", json=body, headers=headers)
    return answer


MOVE = {"territory": "t-east", "reason": "they asked for it"}


def test_an_override_goes_out_once_however_often_it_is_sent(api: Api) -> None:
    first, again = put(api, MOVE), put(api, MOVE)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    [(statement, audit)] = api.said
    assert isinstance(statement, Override)
    assert statement == Override(
        record="crm:1",
        author="ada",
        at=NOW,
        reason=MOVE["reason"],
        territory="t-east",
        command=statement.command,
    )
    assert isinstance(audit, AuditEvent)
    assert (audit.actor, audit.action) == ("ada", "override.set")
    assert put(api, {**MOVE, "territory": "t-west"}).status_code == 422, "another request under the key"


def test_a_replica_that_never_took_a_command_knows_it_by_what_it_said(api: Api, tmp_path: Path) -> None:
    first = put(api, MOVE)
    (tmp_path / "other").mkdir()
    other = api_over(tmp_path / "other")
    other.put(live("c_1", 2, records=("crm:1", "erp:1")), assigned("c_1", "t-east", "ann", version=2), api.said[0][0])
    seen = api.match("c_1")
    assert put(other, MOVE, match=seen).content == first.content
    assert put(other, MOVE, key="key-00002", match=seen).status_code == 412, (
        "another command, on what was seen before the first"
    )
    assert other.said == []
    decided = decide(api, "same", "0", "key-00003")
    other.put(live("c_2"), api.said[1][0])
    assert decide(other, "same", "0", "key-00003").content == decided.content
    assert other.said == []
    other.close()


def test_an_override_shows_when_it_comes_back_and_is_ended_by_its_own_record(api: Api) -> None:
    put(api, MOVE)
    api.put(api.said[0][0])
    shown = api.get("ada", "/api/clients/c_1").json()["override"]
    assert (shown["territory"]["id"], shown["author"]) == ("t-east", "ada")
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Idempotency-Key": "key-00002"}
    headers["If-Match"] = api.match("c_1")
    assert api.http.delete("/api/clients/c_1/override?reason=enough", headers=headers).status_code == 202
    ended = api.said[1][0]
    assert isinstance(ended, Override)
    assert ended.ended
    assert ended.record == "crm:1"
    api.put(ended)
    assert api.get("ada", "/api/clients/c_1").json()["override"] is None


@pytest.mark.parametrize(("match", "status"), [(None, 428), ('"1.2"', 412), ("junk", 412), ("seen", 202)])
def test_a_command_names_what_was_seen(api: Api, match: str | None, status: int) -> None:
    assert put(api, MOVE, match=match).status_code == status
    assert len(api.said) == (status == 202)


def test_the_etag_of_the_client_is_good_as_if_match(api: Api) -> None:
    assert put(api, MOVE, match=api.get("ada", "/api/clients/c_1").headers["etag"]).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "nothing is said"},
        {"territory": "t-none", "reason": "unknown"},
        {"advisor": "bob", "reason": "unknown"},
        {"tier": "tin", "reason": "unknown"},
        {"tier": "gold", "reason": ""},
        {"tier": "gold"},
        {"tier": "gold", "reason": "too late", "expires_at": "2026-01-01T00:00:00Z"},
        {"tier": "gold", "reason": "no zone", "expires_at": "2027-01-01T00:00:00"},
        {"tier": "gold", "reason": "more", "extra": 1},
        [],
        "x",
    ],
)
def test_an_override_that_cannot_hold_is_refused_and_not_said(api: Api, body: object) -> None:
    assert put(api, body).status_code == 400
    assert api.said == []


def decide(api: Api, verdict: str, version: str, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Idempotency-Key": key, "If-Match": f'"{version}"'}
    body = {"low": "erp:1", "high": "crm:c_2", "verdict": verdict, "reason": "looked at both"}
    answer: httpx.Response = api.http.post("/api/matches/decisions", json=body, headers=headers)
    return answer


def test_a_match_decision_can_be_undone(api: Api) -> None:
    said = decide(api, "same", "0", "key-00001").json()
    assert said["undo"] == "withdrawn"
    statement = api.said[0][0]
    assert isinstance(statement, MatchDecision)
    assert (statement.low, statement.high) == ("crm:c_2", "erp:1")
    api.put(statement)
    assert decide(api, "different", "0", "key-00002").status_code == 412, "somebody has spoken meanwhile"
    version = api.get("ada", "/api/matches/pair?low=crm:c_2&high=erp:1").json()["decision"]["version"]
    assert version == said["decision"]["version"]
    assert decide(api, said["undo"], version, "key-00003").json()["undo"] == "same"


def test_a_pair_that_is_kept_apart_stays_in_the_evidence_of_both_for_who_sees_both(api: Api) -> None:
    api.put(assigned("c_2", "t-east", "ann"))
    assert api.get("ada", "/api/clients/c_1/evidence").json()["different"] == []
    decide(api, "different", "0", "key-00001")
    api.put(api.said[0][0])
    for client in ("c_1", "c_2"):
        [pair] = api.get("ada", f"/api/clients/{client}/evidence").json()["different"]
        assert (pair["low"]["record"], pair["high"]["record"]) == ("crm:c_2", "erp:1")
        assert (pair["decision"]["verdict"], pair["decision"]["reason"]) == ("different", "looked at both")
    assert api.get("wes", "/api/clients/c_1/evidence").json()["different"] == [], "the other lies in the east"
    decide(api, "withdrawn", pair["decision"]["version"], "key-00002")
    api.put(api.said[1][0])
    assert api.get("ada", "/api/clients/c_1/evidence").json()["different"] == []


def test_an_override_may_name_a_tier_that_no_client_has_yet(api: Api) -> None:
    assert api.get("ada", "/api/territories").json()["tiers"] == ["gold", "base"]
    assert api.get("ada", "/api/clients?tier=gold").json()["total"] == 0
    assert put(api, {"tier": "gold", "reason": "by hand"}).status_code == 202
