"""Who asks for too much, or reads nothing, is cut off and told why, and nobody beside them is harmed."""

from __future__ import annotations

import json
import socket as plain
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.sync.client import ClientConnection
from websockets.uri import parse_uri

from services.api.frames import Beat, Delta, Pong, Snapshot
from services.api.live import channel, session
from services.api.live.session import CHANNELS_MAX, FRAMES_PER_S, INBOUND_MAX
from tests.support.api_server import (
    Follower,
    a_ticket,
    closing_code,
    decode,
    follow,
    open_socket,
    read_until,
    shown,
)
from tests.support.api_view import Api, assigned, live
from tests.support.waiting import wait_until

TABLES = ("figures", "territories", "regions", "advisors", "moves")


@contextmanager
def unharmed(api: Api, base: str) -> Iterator[None]:
    """Somebody else follows meanwhile and hears of what changes after; so does who was cut off, on a new socket."""
    with open_socket(api, base, "ada") as other:
        followers = follow(other, "territories")
        yield
        wait_until(lambda: not sessions(api, "eli"), "nothing is kept of who was cut off")
        api.put(assigned("c_1", "t-east", "ben", version=2))
        read_until(other, followers, api, "ada", "territories")
    with open_socket(api, base, "eli") as again:
        assert follow(again, "territories")["territories"].state == followers["territories"].state


def sessions(api: Api, subject: str) -> list[session.Session]:
    return [one for one in [*api.parts.door._sessions] if one.who.subject == subject]


def subscribe(socket: ClientConnection, *names: str) -> None:
    for name in names:
        socket.send(json.dumps({"type": "subscribe", "ch": name}))


def answers(socket: ClientConnection, n: int = 1) -> list[object]:
    """All frames up to the answer to a ping: what was asked before has been seen to."""
    socket.send(json.dumps({"type": "ping", "n": n}))
    frames: list[object] = []
    while not frames or frames[-1] != Pong(n):
        frames.append(decode(socket.recv(timeout=10)))
    return frames


def test_as_many_channels_as_are_promised_may_be_asked_for_at_once_and_the_next_one_ends_the_socket(
    api: Api, base: str
) -> None:
    names = [f"client:c_{i}" for i in range(CHANNELS_MAX)]
    with unharmed(api, base), open_socket(api, base, "eli") as socket:
        subscribe(socket, *names)
        assert {frame.ch for frame in answers(socket) if isinstance(frame, Snapshot)} == {*names}
        subscribe(socket, names[0])  # it is no further one
        socket.send(json.dumps({"type": "unsubscribe", "ch": names[1]}))
        subscribe(socket, "advisors")  # in its place
        assert {frame.ch for frame in answers(socket, 2) if isinstance(frame, Snapshot)} == {names[0], "advisors"}
        subscribe(socket, names[1])
        assert closing_code(socket) == 4400


def test_who_asks_for_many_parts_at_once_and_reads_them_is_not_taken_for_slow(
    api: Api, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "PART", 1)
    asked = ["moves"] * 10  # 20 parts each
    with open_socket(api, base, "eli") as socket:
        subscribe(socket, *asked)
        assert sum(isinstance(frame, Snapshot) for frame in answers(socket)) == 200


def test_frames_up_to_the_allowed_rate_are_answered_and_a_flood_of_them_ends_the_socket(api: Api, base: str) -> None:
    with unharmed(api, base), open_socket(api, base, "eli") as socket:
        for n in range(FRAMES_PER_S - 1):
            socket.send(json.dumps({"type": "ping", "n": n}))
        pongs = [frame.n for frame in answers(socket, FRAMES_PER_S) if isinstance(frame, Pong)]
        assert pongs == [*range(FRAMES_PER_S - 1), FRAMES_PER_S]
        with suppress(ConnectionClosed):
            while True:
                socket.send(json.dumps({"type": "ping", "n": 0}))
        assert closing_code(socket) == 4429


def test_a_frame_of_sixteen_kibibytes_is_read_and_a_longer_one_ends_the_socket(api: Api, base: str) -> None:
    with unharmed(api, base), open_socket(api, base, "eli") as socket:
        socket.send(json.dumps({"type": "ping", "n": 5}).ljust(INBOUND_MAX))
        assert Pong(5) in answers(socket, 6)
        socket.send(json.dumps({"type": "ping", "n": 7}).ljust(INBOUND_MAX + 1))
        assert closing_code(socket) == 1009


def test_a_frame_that_is_too_long_in_pieces_ends_the_socket_too(api: Api, base: str) -> None:
    with unharmed(api, base), open_socket(api, base, "eli") as socket:
        socket.send("x" * (INBOUND_MAX // 2) for _ in range(3))
        assert closing_code(socket) == 1009


def test_a_frame_that_is_not_text_ends_the_socket(api: Api, base: str) -> None:
    with unharmed(api, base), open_socket(api, base, "eli") as socket:
        socket.send(json.dumps({"type": "ping", "n": 5}).encode())
        assert closing_code(socket) == 4400


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SEND_S", 0.3)
    monkeypatch.setattr(session, "CLOSE_S", 30.0)


def open_deaf(api: Api, base: str) -> plain.socket:
    """A socket that has subscribed to all and reads nothing: not even its first frame."""
    port = int(base.rpartition(":")[2])
    ticket = a_ticket(base, api.token("eli"))
    deaf = plain.socket()
    deaf.setsockopt(plain.SOL_SOCKET, plain.SO_RCVBUF, 4_096)
    deaf.connect(("127.0.0.1", port))
    opening = (
        f"GET /ws?ticket={ticket} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    deaf.sendall("\r\n".join([*opening, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += deaf.recv(1)
    assert b" 101 " in head
    client = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/ws"), state=State.OPEN)
    for name in (*TABLES, "clients"):
        client.send_text(json.dumps({"type": "subscribe", "ch": name}).encode())
    deaf.sendall(b"".join(client.data_to_send()))
    return deaf


def code_at_last(deaf: plain.socket) -> int:
    """Read all that the server has sent: with which code it closed."""
    client = ClientProtocol(parse_uri("ws://127.0.0.1/ws"), state=State.OPEN, max_size=None)
    deaf.settimeout(10)
    while client.close_rcvd is None:
        data = deaf.recv(65_536)
        assert data, "it ended without a word"
        client.receive_data(data)
        client.events_received()
    return int(client.close_rcvd.code)


def hear(socket: ClientConnection, followers: dict[str, Follower], api: Api) -> None:
    """Each frame is the next one of its channel, until all that the server holds is here."""
    [one] = sessions(api, "ada")
    channels = {name: followed.channel for name, followed in one.followed.items()}
    place = followers["territories"]
    while place.state != shown(api, "ada", "territories") or any(
        followers[name].seq != channels[name].seq for name in followers
    ):
        frame = decode(socket.recv(timeout=10))
        if isinstance(frame, Beat):
            continue
        assert isinstance(frame, Delta), "neither a snapshot nor a reset: nothing was missed"
        follower = followers[frame.ch]
        assert (frame.epoch, frame.prev) == (follower.epoch, follower.seq)
        assert frame.prev < frame.seq
        assert not follower.take(frame)
    for name in {*followers} - {"clients"}:
        assert followers[name].rows == channels[name]._rows


@pytest.mark.usefixtures("impatient")
def test_a_reader_that_never_reads_is_told_so_and_others_get_every_frame_in_order(api: Api, base: str) -> None:
    names = [f"c_{i}" for i in range(200)]
    with open_socket(api, base, "ada") as good, open_deaf(api, base) as deaf:
        followers = follow(good, *TABLES, "clients", "client:c_7")
        wait_until(lambda: len(sessions(api, "eli")) == 1, "its socket is open")
        version = 1
        while not any(one._closing for one in sessions(api, "eli")):
            version += 1
            place, advisor = ("t-east", "ben") if version % 2 else ("t-west", "ann")
            api.put(
                *(live(name, version, name="x" * 900) for name in names),
                *(assigned(name, place, advisor, version) for name in names),
            )
            hear(good, followers, api)
            assert version < 500, "it was never found to be slow"
        assert code_at_last(deaf) == 4429
        wait_until(lambda: not sessions(api, "eli"), "nothing is kept of it")
        api.put(*(assigned(name, "t-coast", "cat", version + 1) for name in names))
        hear(good, followers, api)
        said = {name: api.get("ada", f"/api/clients/{name}").json()["client"] for name in names}
        assert followers["clients"].state == said
        assert followers["client:c_7"].state == {"c_7": said["c_7"]}
