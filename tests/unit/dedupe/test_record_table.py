"""Any order of the same changes leaves the same record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from schemas.events import ChangeEvent, ClientFields, Origin, RecordState, Stamp, Version
from services.dedupe.pool import match_pool
from services.dedupe.record_table import FLOOR_KEPT, fold, is_forgotten, stamp_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = ("name", "city", "phone")


def change(
    op: str, at: int, fields: dict[str, str] | None = None, cleared: Sequence[str] = (), **more: object
) -> ChangeEvent:
    version = None if more.get("unversioned") else Version(NOW + timedelta(minutes=at), 0)
    return ChangeEvent(
        event_id=str(more.get("event_id", f"e{at}")),
        source="crm",
        record_id="1",
        op=op,  # type: ignore[arg-type]
        received_at=NOW,
        origin=Origin("test"),
        fields=ClientFields(**(fields or {})),  # type: ignore[arg-type]
        cleared=tuple(cleared),
        version=version,
    )


def folded(events: Sequence[ChangeEvent]) -> tuple[RecordState | None, int]:
    state, applied = None, 0
    for offset, event in enumerate(events):
        state, won = fold(state, event, stamp_of(event, NOW, offset), NOW)
        applied += won
    return state, applied


values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from("abc"), max_size=3)
changes = st.builds(
    lambda op, at, fields, cleared: change(op, at, fields if op != "delete" else {}, cleared if op == "patch" else ()),
    st.sampled_from(("upsert", "patch", "patch", "delete")),
    st.integers(0, 30),
    values,
    st.lists(st.sampled_from(FIELDS), unique=True, max_size=1),
)


def by_brute_force(events: Sequence[ChangeEvent]) -> dict[str, object]:
    """Per field, the value of the greatest stamp among the events that speak of it."""
    told: dict[str, tuple[Stamp, object]] = {}
    for event in events:
        stamp = stamp_of(event, NOW, 0)
        for name in FIELDS:
            value: object = getattr(event.fields, name)
            speaks = event.op != "patch" or value is not UNSET or name in event.cleared
            if speaks and (name not in told or told[name][0] < stamp):
                told[name] = (stamp, UNSET if name in event.cleared else value)
    return {name: told[name][1] if name in told else UNSET for name in FIELDS}


@given(st.lists(changes, max_size=8, unique_by=lambda e: e.event_id), st.randoms(use_true_random=False))
def test_any_order_leaves_the_record_that_the_greatest_stamp_of_each_field_tells(
    events: list[ChangeEvent], random: object
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    (one, _), (other, _) = folded(events), folded(shuffled)
    if one is None or other is None:
        assert one is other
        return
    assert (one.fields, one.base, one.stamps) == (other.fields, other.base, other.stamps)
    assert {name: getattr(one.fields, name) for name in FIELDS} == by_brute_force(events)


@given(st.lists(changes, min_size=1, max_size=6, unique_by=lambda e: e.event_id))
def test_a_repeat_is_superseded_and_changes_nothing(events: list[ChangeEvent]) -> None:
    once, applied = folded(events)
    twice, applied_twice = folded([*events, *events])
    assert once == twice
    assert applied == applied_twice


def test_the_same_value_at_a_newer_version_is_applied_and_recorded() -> None:
    state, applied = folded([change("upsert", 1, {"name": "a"}), change("patch", 2, {"name": "a"})])
    assert applied == 2
    assert state is not None
    assert state.stamps["name"].event_id == "e2"


def test_a_late_older_event_revives_nothing_of_a_deleted_record() -> None:
    state, applied = folded(
        [change("upsert", 1, {"name": "a"}), change("delete", 5), change("patch", 3, {"city": "b"})]
    )
    assert applied == 2
    assert state is not None
    assert state.fields == ClientFields()
    assert state.deleted_at == NOW
    assert not is_forgotten(state, NOW + FLOOR_KEPT - timedelta(seconds=1))
    assert is_forgotten(state, NOW + FLOOR_KEPT)


def test_a_newer_event_revives_a_deleted_record_with_what_it_says() -> None:
    state, _ = folded(
        [change("upsert", 1, {"name": "a", "city": "x"}), change("delete", 5), change("patch", 6, {"name": "b"})]
    )
    assert state is not None
    assert state.fields == ClientFields(name="b")
    assert state.deleted_at is None


def test_a_source_without_versions_goes_by_arrival_and_knows_its_repeats() -> None:
    first = change("upsert", 0, {"name": "a"}, unversioned=True, event_id="x")
    second = change("upsert", 0, {"name": "b"}, unversioned=True, event_id="y")
    state, applied = folded([first, second, first])
    assert applied == 2
    assert state is not None
    assert state.fields == ClientFields(name="b")


def test_the_pool_is_the_country_said_or_else_told_by_phone_website_or_tax_id() -> None:
    assert match_pool(ClientFields(name="a", country="FR", phone="+442079460000")) == "FR"
    assert match_pool(ClientFields(name="a", phone="+442079460000", website="acme.de")) == "GB"
    assert match_pool(ClientFields(name="a", website="acme.co.uk")) == "GB"
    assert match_pool(ClientFields(name="a", website="acme.io", tax_id="DE136695976")) == "DE"
    assert match_pool(ClientFields(name="a", website="acme.com")) == "??"
