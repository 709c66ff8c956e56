"""Blocking keys kept beside a client's value: they come back as they were, or not at all."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedupe import kept_keys
from services.dedupe.kept_keys import packed, unpacked

KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=30).map(tuple)


@given(st.lists(KEYS, max_size=8))
def test_keys_come_back_as_they_were(of_members: list[tuple[int, ...]]) -> None:
    header = packed(of_members)
    assert header is not None
    assert header.isascii()
    assert unpacked(header, len(of_members)) == of_members


@given(st.lists(KEYS, min_size=1, max_size=4), st.integers(-1, 1), st.binary(max_size=40))
def test_what_is_not_whole_gives_none(of_members: list[tuple[int, ...]], more: int, noise: bytes) -> None:
    header = packed(of_members) or b""
    assert unpacked(None, 1) is None
    assert unpacked(noise, len(of_members)) is None
    if more:
        assert unpacked(header, len(of_members) + more) is None
    assert unpacked(binascii.b2a_base64(binascii.a2b_base64(header) + b"\0", newline=False), len(of_members)) is None
    assert unpacked(binascii.b2a_base64(binascii.a2b_base64(header)[:-1], newline=False), len(of_members)) is None


def test_what_another_build_has_kept_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    header = packed([(1, 2), (3,)])
    monkeypatch.setattr(kept_keys, "_BUILD", b"another buil")
    assert unpacked(header, 2) is None


def test_a_client_of_very_many_records_is_said_without_them() -> None:
    assert packed([tuple(range(20))] * 100) is None
