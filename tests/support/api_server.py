"""The api on a real port, over a view that a test fills; and a client that keeps the protocol of the socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import msgspec
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from deploy.local.ports import PortPair
from services.api.adapters.store import Committed
from services.api.frames import Delta, Op, Remove, Reset, Resumed, ServerFrame, Snapshot
from services.api.http.app import create_app
from services.api.live.session import INBOUND_MAX
from tests.support.api_view import Api
from tests.support.waiting import wait_until

decode = msgspec.json.Decoder[ServerFrame](ServerFrame).decode
LISTS = {"territories": ("/api/territories", "territories"), "advisors": ("/api/advisors", "items")}


@contextmanager
def serving(api: Api, port: int) -> Iterator[str]:
    """The base URL, while it serves."""
    app = create_app()
    app.state.parts = api.parts
    config = uvicorn.Config(
        app, "127.0.0.1", port, log_level="error", ws_max_size=INBOUND_MAX, ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)

    def told(committed: Committed) -> None:  # as `Running` does
        if committed.statements:
            api.parts.view.refresh()
        api.parts.door.hub.took(committed)

    async def run() -> None:
        api.store.on_commit = told
        ticking = asyncio.create_task(api.parts.door.hub.run())
        await server.serve()
        ticking.cancel()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the server listens")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def a_port() -> int:
    pair = PortPair.choose()
    pair.release()
    return pair.first


def a_ticket(base: str, token: str, origin: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {token}"} | ({"Origin": origin} if origin is not None else {})
    return str(httpx.post(f"{base}/api/ws-tickets", headers=headers).json()["ticket"])


def knock(base: str, ticket: str, origin: str | None = None) -> ClientConnection:
    headers = {"Origin": origin} if origin is not None else {}
    url = f"ws://{base.removeprefix('http://')}/ws?ticket={ticket}"
    return connect(url, additional_headers=headers, max_size=None)


def open_socket(api: Api, base: str, user: str) -> ClientConnection:
    return knock(base, a_ticket(base, api.token(user)))


def closing_code(socket: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=10)
    return socket.close_code


@dataclass
class Follower:
    """What a client holds of one channel, by the rules of the protocol."""

    ch: str
    epoch: str = ""
    seq: int = -1
    rows: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # encoded: `state` decodes
    gaps: int = 0
    asked: bool = True
    _parts: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def take(self, frame: object) -> bool:
        """Whether the client must subscribe again."""
        match frame:
            case Snapshot(ch=self.ch):
                self._parts |= {row.k: (row.ver, bytes(row.d)) for row in frame.rows}
                if frame.complete:
                    self.rows, self._parts = self._parts, {}
                    self.epoch, self.seq, self.asked = frame.epoch, frame.seq, False
            case Resumed(ch=self.ch):
                self.asked = False
            case Reset(ch=self.ch):
                self._parts = {}
            case Delta(ch=self.ch):
                return self._delta(frame)
        return False

    def _delta(self, frame: Delta) -> bool:
        if self.asked:
            return False
        if frame.epoch == self.epoch and frame.seq <= self.seq:
            return False  # a duplicate
        if frame.epoch != self.epoch or frame.prev != self.seq:
            self.gaps += 1
            self.asked = True
            return True
        for op in frame.ops:
            self._apply(op)
        self.seq = frame.seq
        return False

    def _apply(self, op: Op) -> None:
        if op.k in self.rows and self.rows[op.k][0] >= op.ver:
            return
        if isinstance(op, Remove):
            self.rows.pop(op.k, None)
        else:
            self.rows[op.k] = (op.ver, bytes(op.d))

    @property
    def state(self) -> dict[str, object]:
        return {key: msgspec.json.decode(row) for key, (_, row) in self.rows.items()}


def follow(socket: ClientConnection, *names: str, since: Follower | None = None) -> dict[str, Follower]:
    followers = {name: Follower(name) for name in names}
    for name in names:
        asked: dict[str, object] = {"type": "subscribe", "ch": name}
        if since is not None:
            followers[name] = since
            since.asked = True
            asked["since"] = {"epoch": since.epoch, "seq": since.seq}
        socket.send(json.dumps(asked))
    while any(follower.asked for follower in followers.values()):
        frame = decode(socket.recv(timeout=10))
        for follower in followers.values():
            follower.take(frame)
    return followers


def shown(api: Api, user: str, name: str) -> dict[str, object]:
    path, member = LISTS[name]
    return {row["id"]: row for row in api.get(user, path).json()[member]}


def read_until(socket: ClientConnection, followers: dict[str, Follower], api: Api, user: str, *names: str) -> None:
    while any(followers[name].state != shown(api, user, name) for name in names):
        frame = decode(socket.recv(timeout=10))
        for follower in followers.values():
            assert not follower.take(frame), "a gap on an unbroken socket"
