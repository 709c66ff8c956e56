"""One client in full: what its records say, which of them the golden record has it from, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.events import (
    FIELD_NAMES,
    ClientFields,
    Conflict,
    EndedClient,
    LiveClient,
    Member,
    Money,
    MovedRecord,
    Previous,
    RuleRef,
)
from schemas.reference import Override
from tests.support.api_view import NOW, Api, api_over, assigned, live

CRM = ClientFields(
    name="Harbor Point LLC",
    lei="5493001KJTIIGC8Y1R12",
    tax_id="12-3456789",
    identifiers={"sec": "801-1", "crd": "7"},
    street="12 Main Street",
    city="Boston",
    subdivision="US-MA",
    postal_code="02110",
    country="US",
    phone="+16175550123",
    aum=Money("1234567.50", "USD"),
    parent_record="crm:top",
    tags=("fund", "gold"),
)
ERP = ClientFields(
    name="Harbour Point",
    email="desk@harbor.com",
    website="https://harbor.com",
    client_type="pension",
    industry="finance",
    founded_on="1999-01-02",
    revenue=Money("-5.00", "EUR"),
    employees=0,
    record_status="active",
    created_at=datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC),
)
CRM_TEXTS = {
    "name": "Harbor Point LLC",
    "lei": "5493001KJTIIGC8Y1R12",
    "tax_id": "12-3456789",
    "identifiers": "crd 7, sec 801-1",
    "street": "12 Main Street",
    "city": "Boston",
    "subdivision": "US-MA",
    "postal_code": "02110",
    "country": "US",
    "phone": "+16175550123",
    "aum": "1234567.50 USD",
    "parent_record": "crm:top",
    "tags": "fund, gold",
}
ERP_TEXTS = {
    "name": "Harbour Point",
    "email": "desk@harbor.com",
    "website": "https://harbor.com",
    "client_type": "pension",
    "industry": "finance",
    "founded_on": "1999-01-02",
    "revenue": "-5.00 EUR",
    "employees": "0",
    "record_status": "active",
    "created_at": "2020-02-03T04:05:06Z",
}
GOLDEN = replace(CRM, **{name: getattr(ERP, name) for name in ERP_TEXTS if name != "name"})
CLIENT = LiveClient(
    client_id="c_1",
    version=4,
    engine="1",
    pool="US",
    golden=GOLDEN,
    provenance={name: "crm:1" if name in CRM_TEXTS else "my.erp:1:x" for name in {**CRM_TEXTS, **ERP_TEXTS}},
    members=(Member(record="crm:1", fields=CRM), Member(record="my.erp:1:x", fields=ERP)),
    confidence=97.25,
)
SAID = replace(
    assigned("c_1", "t-west", "ann", version=3),
    tier="gold",
    segment="family",
    rule=RuleRef("main", 1, "r-west", 0),
    conditions=("city == 'west'",),
    lower=("r-east", "r-coast"),
    conflicts=(Conflict("override", "override:crm:1"), Conflict("parent_cycle", "c_top")),
    previous=Previous("t-east", "ben", "base"),
    source_record="crm:1",
)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(live("c_top", records=("crm:top",)), live("c_kid", parent_record="my.erp:1:x"), CLIENT, SAID)
    api.put(assigned("c_kid", "t-east", "ben"), assigned("c_top", "t-east", "ben"))
    yield api
    api.close()


def detail(api: Api, user: str = "ada", client: str = "c_1") -> Any:
    answer = api.get(user, f"/api/clients/{client}")
    assert answer.status_code == 200
    return answer.json()


def test_the_golden_record_names_the_record_behind_each_of_its_fields(api: Api) -> None:
    texts = {**ERP_TEXTS, **CRM_TEXTS}
    assert set(texts) == set(FIELD_NAMES), "all fields are asked for here"
    assert detail(api)["golden"] == [
        {"field": name, "text": texts[name], "record": "crm:1" if name in CRM_TEXTS else "my.erp:1:x"}
        for name in FIELD_NAMES
    ]


def test_every_member_is_told_with_what_its_own_record_says(api: Api) -> None:
    told = [
        {"record": one.pop("record"), "source": one.pop("source"), "record_id": one.pop("record_id"), **one}
        for one in detail(api)["members"]
    ]
    assert told == [
        {"record": "crm:1", "source": "crm", "record_id": "1", "fields": fields(CRM_TEXTS)},
        {"record": "my.erp:1:x", "source": "my.erp", "record_id": "1:x", "fields": fields(ERP_TEXTS)},
    ]


def fields(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"field": name, "text": texts[name]} for name in FIELD_NAMES if name in texts]


def test_its_row_and_its_assignment_say_what_was_said_last(api: Api) -> None:
    told = detail(api)
    row = {name: value for name, value in told["client"].items() if name not in ("changed_at", "version")}
    west = {"id": "t-west", "name": "Territory west"}
    place = {
        "territory": west,
        "region": {"id": "west", "name": "West"},
        "advisor": {"id": "ann", "name": "Ann"},
        "tier": "gold",
        "segment": "family",
        "decided_by": "rule",
    }
    assert row == {
        "id": "c_1",
        "name": "Harbor Point LLC",
        "status": "assigned",
        "city": "Boston",
        "country": "US",
        "client_type": "pension",
        "industry": "finance",
        "aum": {"amount": "1234567.50", "currency": "USD"},
        "aum_usd": "1234567.50",
        **place,
        "confidence": 97.25,
        "members": 2,
        "conflicts": 2,
    }
    assert told["assignment"] == {
        **place,
        "rule": {"set": "main", "number": 1, "id": "r-west", "priority": 0},
        "source_record": "crm:1",
        "conditions": ["city == 'west'"],
        "lower": ["r-east", "r-coast"],
        "conflicts": [
            {"kind": "override", "subject": "override:crm:1"},
            {"kind": "parent_cycle", "subject": "c_top"},
        ],
        "previous_territory": {"id": "t-east", "name": "Territory east"},
        "previous_advisor": {"id": "ben", "name": "Ben"},
        "previous_tier": "base",
        "trigger": "client",
        "effective_from": "2026-03-02T12:30:00Z",
    }


def test_its_family_is_who_holds_the_records_that_are_named(api: Api) -> None:
    told = detail(api)
    assert (told["parent"], told["children"]) == ({"id": "c_top", "name": "Name c_top"}, 1)
    [child] = api.get("ada", "/api/clients/c_1/family").json()["children"]
    assert child["client"]["id"] == "c_kid"


def test_a_leader_is_told_nothing_that_names_what_lies_elsewhere(api: Api) -> None:
    told = detail(api, "wes")
    assert (told["parent"], told["children"], told["client"]["conflicts"]) == (None, 0, 1)
    assert "parent_record" not in {one["field"] for one in (*told["golden"], *told["members"][0]["fields"])}
    assert told["assignment"]["lower"] == ["r-coast"]
    assert [one["kind"] for one in told["assignment"]["conflicts"]] == ["override"]
    previous = [told["assignment"][f"previous_{what}"] for what in ("territory", "advisor", "tier")]
    assert previous == [None, None, None]
    assert len(told["golden"]) == len(FIELD_NAMES) - 1


def test_the_last_word_that_was_not_taken_back_is_the_override(api: Api) -> None:
    def said(record: str, minutes: int, **more: Any) -> Override:
        at = NOW - timedelta(minutes=minutes)
        return Override(record=record, author="ada", at=at, reason=f"{minutes} ago", **more)

    api.put(said("crm:1", 9, territory="t-east"), said("my.erp:1:x", 5, tier="gold"))
    assert detail(api)["override"] == {
        "record": "my.erp:1:x",
        "territory": None,
        "advisor": None,
        "tier": "gold",
        "reason": "5 ago",
        "author": "ada",
        "at": "2026-03-02T12:25:00Z",
        "effective_from": None,
        "expires_at": None,
    }
    api.put(said("my.erp:1:x", 4, tier="gold", ended=True))
    assert detail(api)["override"]["reason"] == "9 ago"
    assert detail(api, "wes")["override"]["territory"] is None, "it would lead out of the reader's regions"


def test_an_ended_client_says_who_has_its_records_now(api: Api) -> None:
    moved = (MovedRecord("crm:top", "DE"), MovedRecord("crm:nobody", "DE"))
    api.put(live("c_old"), assigned("c_old", "t-west", "ann"))
    api.put(EndedClient(client_id="c_old", version=2, engine="1", pool="US", into=("c_1", "c_gone"), moved=moved))
    api.put(replace(assigned("c_old", None, version=2), status="ended", decided_by="ended"))
    told = detail(api, client="c_old")
    assert told["client"]["status"] == "ended"
    assert told["into"] == [{"id": "c_1", "name": "Harbor Point LLC"}, {"id": "c_top", "name": "Name c_top"}]
    assert (told["golden"], told["members"], told["assignment"], told["override"]) == ([], [], None, None)
    assert api.get("wes", "/api/clients/c_old").status_code == 404, "it is in no region"
