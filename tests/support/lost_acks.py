"""Loses Kafka's acknowledgements of chosen requests, after the broker has done what it was asked: results unknown.

Reads as much of the protocol as that takes: frames, the API of a request, and which request a response answers.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tests.support.toxics import Direction, Forward, Link, Toxic

PRODUCE, ADD_OFFSETS_TO_TXN, END_TXN, TXN_OFFSET_COMMIT = 0, 25, 26, 28
_SIZE = struct.Struct(">i")
_REQUEST = struct.Struct(">hhi")  # API, its version, correlation id


@dataclass(slots=True)
class _Talk:
    """What is known of one connection: requests that wait for their response, and frames that are not whole yet."""

    asked: dict[int, int] = field(default_factory=dict)
    unread: dict[Direction, bytes] = field(default_factory=lambda: {"up": b"", "down": b""})


class LostAcks(Toxic):
    """In both directions. Of the responses to these APIs every nth is lost and its connection reset.

    Of each API so many at most, since each can cost a stage seconds; `lost` counts them. A connection that stood
    before is reset first, since its frames are half read.
    """

    def __init__(self, apis: Collection[int], *, every: int, at_most: float = math.inf) -> None:
        self._apis = frozenset(apis)
        self._every = every
        self._at_most = at_most
        self._talks: dict[int, _Talk] = {}
        self._answered: Counter[int] = Counter()
        self.lost: Counter[int] = Counter()

    def meet(self, link: Link) -> None:
        self._talks[id(link)] = _Talk()

    async def pass_on(self, data: bytes, link: Link, direction: Direction, forward: Forward) -> None:
        talk = self._talks[id(link)]
        for frame in _frames(talk, direction, data):
            if direction == "up":
                api, _, correlation = _REQUEST.unpack_from(frame, _SIZE.size)
                talk.asked[correlation] = api
            elif self._is_lost(talk.asked.pop(_SIZE.unpack_from(frame, _SIZE.size)[0], -1)):
                link.reset()
                return
            await forward(frame)

    def _is_lost(self, api: int) -> bool:
        if api not in self._apis or self.lost[api] == self._at_most:
            return False
        self._answered[api] += 1
        if self._answered[api] % self._every:
            return False
        self.lost[api] += 1
        return True


def _frames(talk: _Talk, direction: Direction, data: bytes) -> Iterator[bytes]:
    """The whole frames that are there now, each with its size in front; the rest waits."""
    unread = talk.unread[direction] + data
    while len(unread) >= _SIZE.size and len(unread) >= (end := _SIZE.size + _SIZE.unpack_from(unread)[0]):
        yield unread[:end]
        unread = unread[end:]
    talk.unread[direction] = unread
