"""One socket: reads frames, keeps what it follows, and writes what its channels have that it has not sent.

It queues nothing: the writer asks each channel for one frame from where the socket stands to the present, so a reader
that is slow gets fewer and wider frames, and one that does not read at all is cut off when a send does not end.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.api.frames import (
    PROTOCOL,
    Auth,
    AuthExpiring,
    Beat,
    Bye,
    ClientFrame,
    Error,
    Hello,
    Ping,
    Pong,
    Reset,
    Subscribe,
    Unsubscribe,
)
from services.api.gate import Gate
from services.api.live.channel import Channel
from services.api.live.desk import CLIENT, PIPELINE
from services.api.live.hub import Hub
from services.api.live.rows_of import TABLES
from services.api.refusals import Refused, not_found
from services.api.roles import Permission, Principal
from services.api.scope import Scope

CHANNELS_MAX = 32
BEAT_S = 5.0
SEND_S = 5.0  # a send that takes longer is to somebody who does not read
CLOSE_S = 5.0  # for who was slow to read why
WARN_S = 60.0
FRAMES_PER_S = 2 * CHANNELS_MAX  # a page that comes back asks for all its channels at once
INBOUND_MAX = 16_384
CONTROL_MAX = 64
LAG_MS = 10_000  # the steps of a heartbeat's lag: any finer, it would tell a leader when hidden rows come

ENDED = "the token has ended"
NO_FRAME = "not a frame of this protocol"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder[ClientFrame](ClientFrame).decode


class Closing(Exception):
    """The socket is to be closed with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class Followed:
    channel: Channel
    seq: int


@dataclass(slots=True, eq=False)
class Session:
    socket: WebSocket
    hub: Hub
    gate: Gate
    who: Principal
    scope: Scope
    name: str
    lag_ms: Callable[[], int]
    followed: dict[str, Followed] = field(default_factory=dict)
    _control: deque[bytes] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)  # nothing is left in `_control`
    _closing: Closing | None = None
    _warned: bool = False
    _read: deque[float] = field(default_factory=deque)

    async def run(self) -> None:
        """Until either side ends it."""
        now = datetime.now(UTC)
        self._put(_encode(Hello(PROTOCOL, self.name, now, int(BEAT_S * 1_000), CHANNELS_MAX)))
        reader = asyncio.create_task(self._reading())
        try:
            await self._writing()
        except Closing as closing:
            self._closing = closing
            await self._close(closing)
        finally:
            reader.cancel()
            [fault] = await asyncio.gather(reader, return_exceptions=True)
            for name in self.followed:
                self.hub.leave(self.scope, name)
        if isinstance(fault, Exception):
            raise fault

    def wake(self) -> None:
        self._wake.set()

    def end(self, closing: Closing) -> None:
        self._closing = self._closing or closing
        self.wake()

    def scope_changed(self) -> None:
        for channel in self.followed:
            self._put(_encode(Reset(channel, "scope")))
        self.end(Closing(4403, "the scope has changed: sign in again"))

    def restarting(self, retry_ms: int) -> None:
        self._put(_encode(Bye(retry_ms)))
        self.end(Closing(1012, "restart"))

    def _put(self, frame: bytes) -> None:
        if len(self._control) >= CONTROL_MAX:
            self.end(Closing(4429, "too slow"))
            return
        self._control.append(frame)
        self._answered.clear()
        self.wake()

    async def _writing(self) -> None:
        beat_at = time.monotonic() + BEAT_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(beat_at - time.monotonic(), self._until_token_s()))):
                    await self._wake.wait()
            self._wake.clear()
            self._look_at_token()
            if time.monotonic() >= beat_at:  # also where there is always something to write
                beat_at = time.monotonic() + BEAT_S
                self._beat()
            await self._drain()
            if self._closing is not None:
                raise self._closing

    async def _drain(self) -> None:
        while self._control:
            await self._send(self._control.popleft())
        self._answered.set()
        for one in list(self.followed.values()):
            if one.seq == one.channel.seq:
                continue
            if one.channel.reaches(one.seq):
                frame, one.seq = one.channel.since(one.seq), one.channel.seq
                await self._send(frame)
                continue
            frames, one.seq = one.channel.snapshot(), one.channel.seq
            for frame in (_encode(Reset(one.channel.name, "too_old")), *frames):
                await self._send(frame)

    async def _send(self, frame: bytes) -> None:
        if self._token_left_s() <= 0:  # however long the frames before it took
            raise Closing(4401, ENDED)
        try:
            async with asyncio.timeout(SEND_S):
                await self.socket.send_text(frame.decode())
        except TimeoutError:
            raise Closing(4429, "too slow") from None
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Closing(1006, "gone") from None

    async def _close(self, closing: Closing) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.socket.close(closing.code, closing.reason)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            return  # it is gone already

    def _token_left_s(self) -> float:
        return self.who.expires_at.timestamp() - self.gate.now()

    def _until_token_s(self) -> float:
        """Until there is something to say of the token: that it will end, or that it has."""
        left = self._token_left_s()
        return left if self._warned else left - WARN_S

    def _look_at_token(self) -> None:
        left = self._token_left_s()
        if left <= 0:
            self.end(Closing(4401, ENDED))
        elif left <= WARN_S and not self._warned:
            self._warned = True
            self._put(_encode(AuthExpiring(int(left * 1_000))))

    def _beat(self) -> None:
        mark = self.hub.watermark_ms(self.scope)
        heads = {name: one.seq for name, one in self.followed.items()}
        lag_ms = max(self.lag_ms(), self.hub.failing_ms(self.scope)) // LAG_MS * LAG_MS
        self._put(_encode(Beat(heads, datetime.fromtimestamp(mark / 1_000, UTC) if mark else None, lag_ms)))

    async def _reading(self) -> None:
        try:
            while self._closing is None:
                await self._answered.wait()  # else who asks for much at once would be taken for one who does not read
                await self._one(await self._received())
        except Closing as closing:
            self.end(closing)
        finally:
            self.end(Closing(1011, "a fault of ours"))  # unless it ends for a better reason

    async def _received(self) -> str:
        try:
            return await self.socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            raise Closing(1000, "gone") from None
        except KeyError:  # it is not text
            raise Closing(4400, NO_FRAME) from None

    async def _one(self, text: str) -> None:
        now = time.monotonic()
        self._read.append(now)
        while self._read[0] < now - 1:
            self._read.popleft()
        if len(self._read) > FRAMES_PER_S:
            raise Closing(4429, f"more than {FRAMES_PER_S} frames a second")
        try:
            frame = _decode(text) if len(text) <= INBOUND_MAX else None
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            frame = None
        match frame:
            case Subscribe():
                await self._subscribe(frame)
            case Unsubscribe():
                if self.followed.pop(frame.ch, None) is not None:
                    self.hub.leave(self.scope, frame.ch)
            case Auth():
                self._renew(frame.ticket)
            case Ping():
                self._put(_encode(Pong(frame.n)))
            case _:
                raise Closing(4400, NO_FRAME)

    async def _subscribe(self, frame: Subscribe) -> None:
        if not (frame.ch in (*TABLES, "clients", PIPELINE) or frame.ch.startswith(CLIENT)) or len(frame.ch) > 100:
            self._put(_encode(Error(not_found().problem)))
            return
        known = self.followed.get(frame.ch)
        if known is None and len(self.followed) >= CHANNELS_MAX:
            raise Closing(4400, f"more than {CHANNELS_MAX} channels")
        channel = known.channel if known is not None else await self.hub.follow(self.scope, frame.ch)
        greeting, seq = channel.greeting(frame.since)
        for part in greeting:
            self._put(part)
        self.followed[frame.ch] = Followed(channel, seq)
        self.wake()

    def _renew(self, ticket: str) -> None:
        try:
            who = self.gate.redeem(ticket, self.socket.headers.get("origin"))
            self.gate.permit(who, Permission.READ_CLIENTS)
        except Refused:
            raise Closing(4401, "the ticket is not good") from None
        if (who.subject, who.role, who.regions) != (self.who.subject, self.who.role, self.who.regions):
            raise Closing(4403, "the ticket is of another scope")
        self.who, self._warned = who, False
