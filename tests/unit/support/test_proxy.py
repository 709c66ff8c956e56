"""What each toxic does with the bytes of a connection, without one."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from tests.support.lost_acks import END_TXN, PRODUCE, LostAcks
from tests.support.toxics import (
    Bandwidth,
    Direction,
    DropResponses,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)

FETCH = 1


@dataclass(slots=True)
class Wire:
    """A link that only notes what it was told, and what came through."""

    through: list[bytes] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    timers: list[float] = field(default_factory=list)

    def reset(self) -> None:
        self.ended.append("reset")

    def close(self) -> None:
        self.ended.append("closed")

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self.timers.append(seconds)
        act()


def passed(toxic: Toxic, chunks: Iterable[bytes]) -> Wire:
    """The chunks, one after the other, until the toxic ends the connection."""
    wire = Wire()

    async def forward(data: bytes) -> None:
        wire.through.append(data)

    async def all_of_them() -> None:
        toxic.meet(wire)
        for chunk in chunks:
            if not wire.ended:
                await toxic.pass_on(chunk, wire, "down", forward)

    asyncio.run(all_of_them())
    return wire


@pytest.mark.parametrize("toxic", [Latency(1, jitter_ms=1), Bandwidth(1_000_000), Slicer(3, 2), Slicer(1), Toxic()])
def test_what_is_slow_or_sliced_still_comes_whole_and_in_order(toxic: Toxic) -> None:
    wire = passed(toxic, [b"0123456789", b"abc"])
    assert b"".join(wire.through) == b"0123456789abc"
    assert wire.ended == []


def test_a_slicer_cuts_a_chunk_into_pieces_of_about_its_size() -> None:
    assert [len(piece) for piece in passed(Slicer(4), [b"0123456789"]).through] == [4, 4, 2]


def test_a_limit_lets_so_many_bytes_through_and_closes() -> None:
    wire = passed(LimitData(5), [b"0123", b"4567", b"89"])
    assert (b"".join(wire.through), wire.ended) == (b"01234", ["closed"])


def test_a_peer_is_reset_behind_so_many_bytes_or_after_a_while() -> None:
    wire = passed(ResetPeer(after_bytes=5), [b"0123", b"4567", b"89"])
    assert (b"".join(wire.through), wire.ended) == (b"01234", ["reset"])
    wire = passed(ResetPeer(after_ms=200), [])
    assert (wire.timers, wire.ended) == ([0.2], ["reset"])


def test_a_timeout_swallows_all_and_closes_only_if_it_has_a_time() -> None:
    assert passed(Timeout(), [b"0123"]) == Wire()
    assert passed(Timeout(100), []) == Wire(ended=["closed"], timers=[0.1])


def test_dropped_responses_are_counted_and_reset_the_connection_where_asked() -> None:
    silent, sudden = DropResponses(), DropResponses(reset=True)
    assert passed(silent, [b"0123", b"45"]) == Wire()
    assert silent.dropped_bytes == 6
    assert passed(sudden, [b"0123", b"45"]) == Wire(ended=["reset"])
    assert sudden.dropped_bytes == 4


def request(api: int, correlation: int) -> bytes:
    body = struct.pack(">hhi", api, 9, correlation) + b"asked"
    return struct.pack(">i", len(body)) + body


def response(correlation: int) -> bytes:
    body = struct.pack(">i", correlation) + b"answered"
    return struct.pack(">i", len(body)) + body


def exchanged(toxic: LostAcks, talk: Iterable[tuple[Direction, bytes]]) -> Wire:
    """Both directions of one connection; every byte comes as a chunk of its own, as TCP may cut it."""
    wire = Wire()

    async def forward(data: bytes) -> None:
        wire.through.append(data)

    async def all_of_them() -> None:
        toxic.meet(wire)
        for direction, data in talk:
            for byte in data:
                if not wire.ended:
                    await toxic.pass_on(bytes([byte]), wire, direction, forward)

    asyncio.run(all_of_them())
    return wire


def test_every_nth_answer_to_a_chosen_request_is_lost_and_no_other() -> None:
    asked = [request(PRODUCE, 1), request(FETCH, 2), request(PRODUCE, 3)]
    answered = [response(2), response(1), response(3)]
    toxic = LostAcks([PRODUCE], every=2)
    wire = exchanged(toxic, [*(("up", one) for one in asked), *(("down", one) for one in answered)])
    assert wire.through == [*asked, response(2), response(1)]
    assert wire.ended == ["reset"]
    assert toxic.lost == {PRODUCE: 1}


def test_answers_are_told_apart_by_their_request_and_counted_over_all_connections() -> None:
    toxic = LostAcks([END_TXN], every=2)
    talk: list[tuple[Direction, bytes]] = [("up", request(END_TXN, 7)), ("down", response(7))]
    assert [exchanged(toxic, talk).ended for _ in range(4)] == [[], ["reset"], [], ["reset"]]
    assert toxic.lost == {END_TXN: 2}
