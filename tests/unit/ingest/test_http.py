"""POST /events against the app itself, with a producer that acknowledges, refuses or stays silent as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.codec import change_event
from schemas.partition import partition_of
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.http.app import create_app
from services.ingest.settings import IngestSettings
from tests.support.acks import KeptAcks
from tests.unit.ingest.builders import FixedClock

GOOD: dict[str, Any] = {
    "source": "salesforce",
    "record_id": "001",
    "op": "upsert",
    "fields": {"name": "Harbor Point Capital LLC", "country": "USA"},
    "version": {"time": "2026-02-01T08:00:00Z"},
}
JSON = {"content-type": "application/json"}
Body = bytes | AsyncIterator[bytes]


def ask(
    method: str, path: str, acks: KeptAcks, body: Body = b"", headers: dict[str, str] | None = None
) -> httpx.Response:
    settings = IngestSettings(delivery_timeout_s=0.05)
    clock = FixedClock()
    app = create_app(RawTopic(acks, settings.partitions, clock), clock, settings)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
            return await client.request(method, path, content=body, headers=headers)

    return asyncio.run(send())


def post(sent: object, acks: KeptAcks | None = None, **headers: str) -> httpx.Response:
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return ask("POST", "/events", acks or KeptAcks(), body, JSON | headers)


def with_fields(**fields: object) -> dict[str, Any]:
    return GOOD | {"fields": GOOD["fields"] | fields}


def told(response: httpx.Response) -> list[tuple[str, str, str]]:
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "detail"} <= problem.keys()
    return [(e["pointer"], e["code"], e["message"]) for e in problem.get("errors", [])]


def test_an_accepted_change_is_on_raw_under_its_record_key() -> None:
    acks = KeptAcks()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    response = post(GOOD, acks, traceparent=trace)
    assert response.status_code == 202
    (sent,) = acks.sent
    assert (sent.topic, sent.key, sent.partition) == ("raw", "salesforce:001", partition_of("salesforce:001", 16))
    assert sent.value is not None
    event = change_event(sent.value)
    assert event.fields.country == "US"
    assert dict(sent.headers)["ce_id"].decode() == event.event_id == response.json()["items"][0]["event_id"]
    assert dict(sent.headers)["ce_type"] == b"cadastre.raw.v1"
    assert dict(sent.headers)["ce_source"] == b"cadastre/ingest/salesforce"
    assert dict(sent.headers)["traceparent"] == trace.encode()


def test_a_traceparent_that_is_none_is_not_handed_on() -> None:
    acks = KeptAcks()
    post(GOOD, acks, traceparent="nonsense")
    assert "traceparent" not in dict(acks.sent[0].headers)


def test_good_changes_beside_bad_ones_are_taken_and_each_has_its_result() -> None:
    acks = KeptAcks()
    response = post([GOOD, with_fields(country="Atlantis"), GOOD | {"record_id": "002"}, 7], acks)
    assert response.status_code == 207
    assert [i["status"] for i in response.json()["items"]] == [202, 422, 202, 422]
    assert response.json()["items"][1]["errors"][0]["pointer"] == "/1/fields/country"
    assert [s.key for s in acks.sent] == ["salesforce:001", "salesforce:002"]


def test_refused_changes_stay_with_the_sender() -> None:
    acks = KeptAcks()
    response = post([with_fields(aum="-1"), with_fields(country="Atlantis")], acks)
    assert response.status_code == 422
    assert [p for p, _, _ in told(response)] == ["/0/fields/aum", "/1/fields/country"]
    assert acks.sent == []


@pytest.mark.parametrize(
    ("sent", "pointer", "code", "said"),
    [
        (with_fields(nmae="x"), "/fields/nmae", "unknown_field", "did you mean 'name'?"),
        (GOOD | {"fields": {"country": "US"}}, "/fields/name", "missing_field", "is missing"),
        (with_fields(country="Atlantis"), "/fields/country", "invalid_field", "'Atlantis' is not a country"),
        (with_fields(aum={"amount": "-5"}), "/fields/aum", "invalid_field", "'-5' is negative"),
        (with_fields(aum="NaN"), "/fields/aum", "invalid_field", "'NaN' is not a number"),
        (with_fields(name="Acme \ud800"), "/fields/name", "invalid_field", "surrogate"),
        (with_fields(tags=[10**60]) | {"fied": 1}, "/fied", "unknown_field", "did you mean 'fields'?"),
        (GOOD | {"op": "touch"}, "/op", "invalid_field", "'upsert', 'patch' or 'delete'"),
        (GOOD | {"version": {"time": "soon"}}, "/version/time", "invalid_field", "'soon' is not a moment"),
        (GOOD | {"version": {"time": "2027-01-01T00:00:00Z"}}, "/version/time", "invalid_field", "24 h ahead"),
        (GOOD | {"record_id": 7}, "/record_id", "invalid_field", "valid string"),
        (GOOD | {"source": "\ud800"}, "/source", "invalid_field", "is not a source"),
        (with_fields(**{"\ud800": 1}), "/fields/\\ud800", "unknown_field", "there is no field"),
        ({k: v for k, v in GOOD.items() if k != "source"}, "/source", "missing_field", "is missing"),
        ("text", "", "malformed", "a JSON object"),
    ],
)
def test_a_bad_change_is_refused_naming_field_value_and_remedy(
    sent: object, pointer: str, code: str, said: str
) -> None:
    response = post(sent)
    assert response.status_code == 422
    errors = told(response)
    assert any(p == pointer and c == code and said in m for p, c, m in errors), errors


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"source": ', "line 1"),
        (b"", "line 1"),
        (b'{"fields": {"aum": NaN}}', "NaN is not a JSON number"),
        (b'{"fields": {"aum": -Infinity}}', "-Infinity is not a JSON number"),
        (b'{"op": "patch", "op": "delete"}', "'op' is given twice"),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        (b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deeply"),
        (b"9" * 5_000, "more than 100 digits"),
        (b'{"aum": 1e99999999999999999999}', "out of range"),
        (b'{"a": "\x00"}', "line 1"),
    ],
)
def test_what_is_no_sound_json_is_refused_as_a_whole(body: bytes, said: str) -> None:
    response = post(body)
    assert response.status_code == 400
    told(response)
    assert said in response.json()["detail"]


def test_a_deep_value_within_a_change_is_refused_and_never_an_error() -> None:
    deep = b'{"source":"s","record_id":"1","op":"upsert","fields":{"name":' + b"[" * 900 + b"]" * 900 + b"}}"
    assert post(deep).status_code in (400, 422)


def test_a_body_over_the_bound_is_413_with_and_without_a_length() -> None:
    big = json.dumps(with_fields(street="x" * 2 * 1_048_576)).encode()

    async def streamed() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65_536):
            yield big[start : start + 65_536]

    for body in (big, streamed()):
        response = ask("POST", "/events", KeptAcks(), body, JSON)
        assert response.status_code == 413
        told(response)


def test_more_than_a_thousand_changes_are_413_and_none_are_422() -> None:
    assert post([GOOD] * 1_001).status_code == 413
    assert post([]).status_code == 422


def test_another_content_type_is_415() -> None:
    for headers in ({}, {"content-type": "text/csv"}, JSON | {"content-encoding": "gzip"}):
        response = ask("POST", "/events", KeptAcks(), b"{}", headers)
        assert response.status_code == 415
        told(response)


@pytest.mark.parametrize("answer", ["fail", "silence"])
def test_while_kafka_does_not_acknowledge_the_answer_is_503_with_retry_after(answer: Any) -> None:
    response = post(GOOD, KeptAcks(answer))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    told(response)


def test_the_senders_id_makes_a_repeat_without_version_known() -> None:
    acks = KeptAcks()
    versionless = {k: v for k, v in GOOD.items() if k != "version"}
    for name in ("ce-id", "idempotency-key"):
        assert post(versionless, acks, **{name: "delivery-1"}).status_code == 202
    post([versionless, versionless], acks, **{"idempotency-key": "delivery-1"})
    ids = [dict(s.headers)["ce_id"] for s in acks.sent]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_paths_and_methods_that_are_none_are_problems_too() -> None:
    assert ask("GET", "/nowhere", KeptAcks()).status_code == 404
    response = ask("GET", "/events", KeptAcks())
    assert response.status_code == 405
    told(response)


def test_the_probes_and_the_description_answer() -> None:
    assert ask("GET", "/livez", KeptAcks()).json() == {"status": "alive"}
    assert ask("GET", "/readyz", KeptAcks()).json() == {"reasons": []}
    assert b"cadastre_ingest_changes_total" in ask("GET", "/metrics", KeptAcks()).content
    schema = ask("GET", "/openapi.json", KeptAcks()).json()
    assert schema["paths"]["/events"]["post"]["operationId"] == "post_events"
    assert "name" in schema["components"]["schemas"]["ChangeIn"]["properties"]["fields"]["properties"]
    assert "VersionIn" in schema["components"]["schemas"]
