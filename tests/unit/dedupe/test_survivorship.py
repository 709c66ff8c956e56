"""Whose word stands in a golden record, and who founded a client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import ClientFields, Member, Money, Stamp
from services.dedupe.identity import client_id, founder
from services.dedupe.survivorship import survive

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def stamp(at: int) -> Stamp:
    return Stamp(NOW + timedelta(seconds=at), 0, "e")


def member(record: str, at: int | None = 0, stamps: dict[str, int] | None = None, **said: object) -> Member:
    fields = ClientFields(**said)  # type: ignore[arg-type]
    of_fields = {name: stamp(moment) for name, moment in (stamps or {}).items()}
    return Member(record=record, fields=fields, base=None if at is None else stamp(at), stamps=of_fields)


def test_the_more_trusted_source_stands_though_its_word_is_older() -> None:
    golden, provenance = survive([member("a:1", 1, city="x"), member("b:1", 9, city="y")], {"a": 1, "b": 2})
    assert (golden.city, provenance) == ("x", {"city": "a:1"})


def test_among_equals_the_newest_change_of_the_field_stands_and_a_source_without_rank_is_last() -> None:
    patched = member("a:1", 1, {"city": 5}, city="x", street="s")
    golden, provenance = survive(
        [patched, member("b:1", 3, city="y", street="t"), member("c:1", 9, city="z")], {"a": 7, "b": 7}
    )
    assert (golden.city, golden.street) == ("x", "t")
    assert provenance == {"city": "a:1", "street": "b:1"}


def test_then_the_commonest_value_stands_then_the_smallest() -> None:
    said = [member("a:1", city="b"), member("a:2", city="c"), member("a:3", city="c"), member("a:4", city="a")]
    assert survive(said, {}) == (ClientFields(city="c"), {"city": "a:2"})
    assert survive([said[0], said[3]], {}) == (ClientFields(city="a"), {"city": "a:4"})


def test_a_field_that_nobody_said_is_absent_and_money_and_maps_are_taken_whole() -> None:
    one = member("a:1", 1, aum=Money("5.00", "USD"), identifiers={"crd": "1"})
    golden, provenance = survive([one, member("a:2", 2, identifiers={"sec": "2"})], {})
    assert golden == ClientFields(aum=Money("5.00", "USD"), identifiers={"sec": "2"})
    assert provenance == {"aum": "a:1", "identifiers": "a:2"}


def test_a_record_without_any_stamp_is_older_than_all() -> None:
    assert survive([member("a:1", None, city="x"), member("b:1", -99, city="y")], {})[0].city == "y"


MEMBERS = st.lists(
    st.builds(
        lambda n, source, at, city, said: member(f"{source}:{n}", at, city=city, **said),
        st.integers(0, 9),
        st.sampled_from("abc"),
        st.sampled_from((None, 0, 1)),
        st.sampled_from("xyz"),
        st.dictionaries(st.sampled_from(("street", "phone")), st.sampled_from("12"), max_size=2),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.record,
)


@given(MEMBERS, st.dictionaries(st.sampled_from("abc"), st.integers(0, 1)))
def test_the_order_of_the_members_does_not_show(members: list[Member], ranks: dict[str, int]) -> None:
    golden, provenance = survive(members, ranks)
    assert survive(members[::-1], ranks) == (golden, provenance)
    for name, record in provenance.items():
        [winner] = [one for one in members if one.record == record]
        assert getattr(winner.fields, name) == getattr(golden, name)


def test_the_founder_was_created_first_and_those_that_do_not_say_come_last() -> None:
    early, late = member("b:1", created_at=NOW), member("a:1", created_at=NOW + timedelta(days=1))
    assert founder([late, early]) == "b:1"
    assert founder([member("a:0"), late]) == "a:1"
    assert founder([member("a:2"), member("a:1")]) == "a:1"


def test_an_id_is_the_same_for_ever() -> None:
    assert client_id("US", "a:1") == client_id("US", "a:1") == "c_ufir73aphfknvbvbpaj5ufpzxy"
    assert client_id("US", "a:1") != client_id("CA", "a:1")
