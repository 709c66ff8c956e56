"""What `verify` finds: nothing where CORE is what the topic says, and each kind of difference by name."""

from __future__ import annotations

import hashlib

import pytest

from services.loader.batch import Cut
from services.loader.names import Row
from services.loader.rebuilding import ObjectsMissing, chains, described, joined, waves
from services.loader.verifying import Topic, differences, miscounts, misheld
from services.stream.outcome import Incoming


def value(version: int, status: str = "live") -> bytes:
    return f'{{"client_id":"c_1","version":{version},"status":"{status}"}}'.encode()


def topic(*values: bytes) -> Topic:
    told = Topic()
    for offset, one in enumerate(values):
        told.take(Incoming("deduped", 0, offset, 0, "c_1", one, []))
    return told


def row(version: int, *, current: bool, told: bytes | None = None) -> Row:
    return "c_1", version, hashlib.sha256(told or value(version)).hexdigest(), current


SOUND: list[Row] = [row(1, current=False), row(2, current=True)]


def test_nothing_differs_where_core_says_what_the_topic_says_and_older_versions_too() -> None:
    assert differences("client_dim", topic(value(1), value(2)), SOUND) == []
    assert differences("client_dim", topic(value(2)), SOUND) == []
    assert (
        differences(
            "client_dim",
            topic(value(1), value(2, "ended")),
            [row(1, current=False), row(2, current=False, told=value(2, "ended"))],
        )
        == []
    )


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (SOUND[1:], "are missing"),
        ([row(1, current=False, told=b"x"), SOUND[1]], "hold other bytes"),
        ([*SOUND, SOUND[1]], "more than once"),
        ([SOUND[0], row(2, current=False)], "are not current"),
        ([row(1, current=True), SOUND[1]], "are not current"),
    ],
)
def test_each_kind_of_difference_is_named(rows: list[Row], what: str) -> None:
    assert any(what in line for line in differences("client_dim", topic(value(1), value(2)), rows))


def test_an_ended_client_that_is_current_is_named() -> None:
    assert any(
        "have ended" in line
        for line in differences("client_dim", topic(value(2, "ended")), [row(2, current=True, told=value(2, "ended"))])
    )


def test_rows_that_are_doubled_or_lost_in_raw_are_counted() -> None:
    assert miscounts([("raw", 5, 5)], {"raw": 5}) == []
    assert miscounts([("raw", 6, 5)], {"raw": 5})
    assert miscounts([("raw", 5, 5)], {"raw": 6})


def test_a_rebuild_takes_todays_topics_objects_by_position() -> None:
    keys = [
        "2026/01/02/raw-newtopic-0-10.csv.gz",
        "2026/01/02/raw-newtopic-0-9.csv.gz",
        "2026/01/01/raw-oldtopic-0-0.csv.gz",
        "somebody/else.txt",
    ]
    ids = {name: "newtopicid" for name in ("raw", "deduped", "assigned", "rejected", "reference", "audit")}
    found = chains(keys, ids)
    assert found == {("raw", 0): [keys[1], keys[0]]}


def piece(start: int, end: int, day: int = 1, slot: tuple[str, int] = ("raw", 0)) -> Cut:
    return Cut(slot, "t", f"2026/01/{day:02}/{slot[0]}-t-{slot[1]}-{start}.csv.gz", start, end, end - start, "a")


def test_a_rebuild_loads_the_next_object_of_every_partition_at_once() -> None:
    one, two, other = piece(0, 3), piece(3, 5), piece(0, 9, slot=("raw", 1))
    assert list(waves({("raw", 0): [one, two], ("raw", 1): [other]})) == [[one, other], [two]]


def test_a_gap_stops_a_rebuild_by_name() -> None:
    assert joined(("raw", 0), [piece(0, 3), piece(3, 5)]) == [piece(0, 3), piece(3, 5)]
    for cuts in ([piece(1, 3)], [piece(0, 3), piece(4, 5)], [piece(0, 3), piece(2, 5)]):
        with pytest.raises(ObjectsMissing, match=cuts[-1].key):
            joined(("raw", 0), cuts)


def test_of_two_objects_at_one_place_a_rebuild_takes_the_one_that_the_next_goes_on_from() -> None:
    left, loaded, after = piece(0, 3, day=1), piece(0, 5, day=2), piece(5, 8, day=2)
    assert joined(("raw", 0), [left, loaded, after]) == [loaded, after]
    assert joined(("raw", 0), [loaded, left, piece(3, 8)]) == [left, piece(3, 8)]
    assert joined(("raw", 0), [left, loaded]) == [loaded]
    with pytest.raises(ObjectsMissing, match="begins at 7"):
        joined(("raw", 0), [left, loaded, piece(7, 8)])


def test_a_broken_object_stops_a_rebuild_by_name() -> None:
    metadata = {"topic-id": "t", "start": "5", "end": "9", "rows": "4", "sha256": "a"}
    assert described(("raw", 0), "k", metadata, "a").end == 9
    for told, sha256 in ((metadata, "b"), ({}, "a")):
        with pytest.raises(ObjectsMissing, match="k"):
            described(("raw", 0), "k", told, sha256)


def test_a_record_that_stands_with_another_client_or_twice_is_named() -> None:
    told = topic(held(1, "crm:1", "crm:2"), held(2, "crm:2", "crm:3"))
    assert misheld(told, [("crm:2", "c_1"), ("crm:3", "c_1")]) == []
    assert misheld(told, [("crm:2", "c_1"), ("crm:3", "c_2")]) == [
        "client_xref: 1 are missing: crm:3 of c_1",
        "client_xref: 1 are current and are not held: crm:3 of c_2",
    ]
    assert misheld(told, [("crm:2", "c_1"), ("crm:3", "c_1"), ("crm:3", "c_1")]) == [
        "client_xref: 1 are current more than once: crm:3 of c_1"
    ]
    assert misheld(topic(held(1, "crm:1"), value(2, "ended")), []) == []


def test_a_record_that_cannot_be_read_is_told_by_its_key() -> None:
    told = topic(value(1), value(2), b'{"client_id":"c_1","version":"x","status":"live"}')
    assert differences("client_dim", told, SOUND) == ["client_dim: 1 of the topic cannot be read: c_1"]
    statements = Topic()
    statements.take_statement(Incoming("reference", 0, 0, 0, "territory:emea", b"{}", []))
    assert differences("territory_dim", statements, []) == [
        "territory_dim: 1 of the topic cannot be read: territory:emea"
    ]


def held(version: int, *records: str) -> bytes:
    members = ",".join(f'{{"record":"{record}"}}' for record in records)
    return f'{{"client_id":"c_1","version":{version},"status":"live","members":[{members}]}}'.encode()
