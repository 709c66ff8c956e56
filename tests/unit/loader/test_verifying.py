"""What `verify` finds: nothing where CORE is what the topic says, and each kind of difference by name."""

from __future__ import annotations

import hashlib

import pytest

from services.loader.names import Row
from services.loader.rebuilding import ObjectsMissing, chains, following, waves
from services.loader.verifying import Topic, differences, miscounts
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
    assert [wave for wave in waves(found)] == [[(("raw", 0), keys[1])], [(("raw", 0), keys[0])]]


def test_a_gap_or_a_broken_object_stops_a_rebuild_by_name() -> None:
    metadata = {"topic-id": "t", "start": "5", "end": "9", "rows": "4", "sha256": "a"}
    assert following(("raw", 0), "k", 5, metadata, "a").end == 9
    for at, told, sha256 in ((4, metadata, "a"), (5, metadata, "b"), (5, {}, "a")):
        with pytest.raises(ObjectsMissing, match="k"):
            following(("raw", 0), "k", at, told, sha256)
