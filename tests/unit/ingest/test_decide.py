"""A change becomes an event with a stable id, or all that is wrong with it."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from schemas import codec
from schemas.events import Version
from schemas.reasons import Reason
from services.ingest.change import Change, Refused
from services.ingest.handler import decide
from tests.unit.ingest.builders import MODIFIED, NOW, accepted, change, refused


def test_an_accepted_change_is_the_event_that_raw_carries() -> None:
    sent = accepted(change(country="USA", phone="(212) 555-0123"))
    assert codec.change_event(sent.value) == sent.event
    assert sent.event.fields.phone == "+12125550123"
    assert sent.event.originals == {"country": "USA", "phone": "(212) 555-0123"}
    assert sent.event.received_at == NOW


def test_a_replay_makes_the_same_event_id_whenever_it_arrives() -> None:
    first = accepted(change(city="Boston"))
    later = decide(change(city=" Boston "), NOW + timedelta(days=1))
    assert getattr(later, "event", None) is not None
    assert later.event.event_id == first.event.event_id  # type: ignore[union-attr]


@settings(deadline=None)
@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), st.integers(0, 2**63 - 1))
def test_another_content_or_version_makes_another_id(city: str, sequence: int) -> None:
    base = accepted(change(version=Version(MODIFIED, 0)))
    other = decide(change(version=Version(MODIFIED, sequence), city=f"x{city}"), NOW)
    assert other.event.event_id != base.event.event_id  # type: ignore[union-attr]


def test_without_a_version_the_senders_id_makes_a_repeat_known() -> None:
    sent = replace(change(version=None), sent_id="delivery-1")
    again = decide(sent, NOW + timedelta(hours=1))
    assert accepted(sent).event.event_id == again.event.event_id  # type: ignore[union-attr]
    assert accepted(replace(sent, sent_id="delivery-2")).event.event_id != accepted(sent).event.event_id


def test_without_version_and_id_every_sending_is_a_change_of_its_own() -> None:
    later = decide(change(version=None), NOW + timedelta(seconds=1))
    assert accepted(change(version=None)).event.event_id != later.event.event_id  # type: ignore[union-attr]


def test_an_upsert_without_a_name_is_refused_and_a_patch_without_one_is_not() -> None:
    nameless = replace(change(), fields={"city": "Boston"})
    (problem,) = refused(nameless).problems
    assert (problem.pointer, problem.code) == ("/fields/name", Reason.MISSING_FIELD)
    assert refused(replace(change(), fields={"name": "n/a"})).problems[0].code == Reason.MISSING_FIELD
    assert accepted(change("patch", city="Boston")).event.fields.name is UNSET


def test_a_patch_that_sends_a_placeholder_clears_the_field() -> None:
    event = accepted(change("patch", phone="n/a", city="Boston")).event
    assert event.cleared == ("phone",)
    assert event.fields.phone is UNSET


def test_an_unknown_field_is_named_with_the_nearest_valid_one() -> None:
    (problem,) = refused(change(nmae="x")).problems
    assert problem.code == Reason.UNKNOWN_FIELD
    assert problem.pointer == "/fields/nmae"
    assert problem.message == "there is no field 'nmae'; did you mean 'name'?"


def test_a_field_that_is_set_and_cleared_is_refused() -> None:
    (problem,) = refused(replace(change("patch", city="Boston"), cleared=("city", "phone"))).problems
    assert problem.pointer == "/cleared/0"


def test_a_delete_carries_nothing_and_a_patch_something() -> None:
    assert accepted(change("delete")).event.op == "delete"
    assert refused(change("delete", city="Boston")).problems[0].code == Reason.INVALID_FIELD
    assert refused(change("patch")).problems[0].code == Reason.MISSING_FIELD


def test_a_version_more_than_a_day_ahead_is_refused() -> None:
    assert accepted(change(version=Version(NOW + timedelta(hours=23))))
    (problem,) = refused(change(version=Version(NOW + timedelta(hours=25)))).problems
    assert problem.pointer == "/version/time"


def test_source_and_record_id_are_held_to_the_contract() -> None:
    bad = Change("Sales Force", "a\x00b", "delete", change().origin)
    assert [p.pointer for p in refused(bad).problems] == ["/source", "/record_id"]
    assert refused(replace(change(), record_id="  ")).problems[0].code == Reason.MISSING_FIELD
    assert refused(replace(change(), record_id="x" * 256)).problems[0].code == Reason.INVALID_FIELD


def test_an_event_over_the_topics_bound_is_refused() -> None:
    decided = decide(change(), NOW, max_bytes=100)
    assert isinstance(decided, Refused)
    assert decided.problems[0].code == Reason.TOO_LARGE
    assert "100 are allowed" in decided.problems[0].message


def test_lists_without_end_are_refused() -> None:
    assert "at most 100" in refused(change(tags=["a"] * 150_000)).problems[0].message
    assert "at most 20" in refused(change(identifiers={str(i): "x" for i in range(21)})).problems[0].message
