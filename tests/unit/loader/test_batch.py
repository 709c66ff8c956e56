"""The object of a position: its name, its bytes, and whose cut holds."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from services.loader.batch import adopted, cut, object_key
from services.loader.rows import line
from services.stream.outcome import Incoming

SLOT = ("deduped", 3)
DAY_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def lines(n: int) -> list[bytes]:
    return [line(Incoming("", 3, 10 + i, DAY_MS, f"c_{i}", b"{}", [])) for i in range(n)]


def test_the_name_says_the_day_of_the_first_append_and_where_it_begins_and_nothing_of_its_content() -> None:
    assert object_key(SLOT, "AbCdEfGhIjKl", 10, DAY_MS) == "2026/01/01/deduped-AbCdEfGh-3-10.csv.gz"
    assert object_key(SLOT, "AbCdEfGhIjKl", 10, DAY_MS - 1) == "2025/12/31/deduped-AbCdEfGh-3-10.csv.gz"
    assert object_key(SLOT, "a/b/c/d/e/f", 10, DAY_MS).count("/") == 3


def test_the_same_records_give_the_same_bytes_whenever_they_are_cut() -> None:
    first, second = cut(SLOT, "t", 10, 14, DAY_MS, lines(3)), cut(SLOT, "t", 10, 14, DAY_MS, lines(3))
    assert first == second
    assert first[0].sha256 == hashlib.sha256(first[1]).hexdigest()
    assert gzip.decompress(first[1]) == b"".join(lines(3))


def test_an_object_that_is_there_decides_where_the_cut_ends() -> None:
    mine, _ = cut(SLOT, "t", 10, 13, DAY_MS, lines(3))
    theirs, body = cut(SLOT, "t", 10, 20, DAY_MS, lines(8))
    assert adopted(mine, theirs.metadata, body) == theirs


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"end": "ten"}, {"end": "10"}, {"start": "9"}, {"topic-id": "other"}]
)
def test_an_object_that_is_broken_or_of_another_place_is_not_adopted(change: dict[str, str]) -> None:
    mine, body = cut(SLOT, "t", 10, 13, DAY_MS, lines(3))
    assert adopted(mine, mine.metadata | change, body) is None
    assert adopted(mine, mine.metadata, body[:-3]) is None
    assert adopted(mine, {}, body) is None
