"""Who may have a socket and for how long: tickets, Origins, the end of a token and its renewal, on a real port."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from deploy.local.issuer import User
from services.api.frames import AuthExpiring, Beat, Delta, Hello, Pong
from services.api.live import session
from services.api.live.session import Session
from tests.support.api_server import (
    a_ticket,
    closing_code,
    decode,
    follow,
    knock,
    open_socket,
    read_until,
)
from tests.support.api_view import NOW, USERS, Api, api_over, assigned, live

LASTS_S = 3_600.0
PAGES = "https://pages.test"  # allowed
EVIL = "https://evil.test"


@dataclass
class Clock:
    """The gate's; it stands until a test moves it on."""

    gone_s: float = 0.0

    def __call__(self) -> float:
        return NOW.timestamp() + self.gone_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(tmp_path: Path, clock: Clock) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.parts.gate._clock = clock
    api.token = lambda user: a_token(api, clock, user)  # type: ignore[method-assign]
    api.parts.door._origins = (PAGES,)
    api.put(live("c_1"), live("c_e"), assigned("c_1", "t-west", "ann"), assigned("c_e", "t-east", "ben"))
    yield api
    api.close()


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Often, so that sessions see soon where the clock was moved to."""
    monkeypatch.setattr(session, "BEAT_S", 0.05)


def a_token(api: Api, clock: Clock, name: str, user: User | None = None, lasts_s: float = LASTS_S) -> str:
    return api.signer.token(name, user or USERS[name], clock(), lasts_s)


def frames_until(socket: ClientConnection, wanted: Callable[[object], bool]) -> list[object]:
    frames: list[object] = [decode(socket.recv(timeout=10))]
    while not wanted(frames[-1]):
        frames.append(decode(socket.recv(timeout=10)))
    return frames


def warning(frame: object) -> bool:
    return isinstance(frame, AuthExpiring)


def send(socket: ClientConnection, **frame: object) -> None:
    socket.send(json.dumps(frame))


def answered(socket: ClientConnection, n: int) -> list[object]:
    """Frames are taken in their order: all that was sent before has been seen to."""
    send(socket, type="ping", n=n)
    return frames_until(socket, lambda frame: frame == Pong(n))


@pytest.mark.usefixtures("beating")
def test_who_renews_when_warned_lives_past_the_old_end_and_is_warned_of_the_new_one(
    api: Api, base: str, clock: Clock
) -> None:
    with open_socket(api, base, "ada") as socket:
        followers = follow(socket, "advisors")
        for _ in range(2):
            clock.gone_s += LASTS_S - 61
            assert not any(map(warning, answered(socket, 1))), "too early"
            clock.gone_s += 1
            assert frames_until(socket, warning)[-1] == AuthExpiring(60_000)
            assert not any(map(warning, answered(socket, 2))), "once is enough"
            send(socket, type="auth", ticket=a_ticket(base, api.token("ada")))
            answered(socket, 3)
        clock.gone_s += LASTS_S - 61
        api.put(assigned("c_1", "t-east", "ben", version=2))
        read_until(socket, followers, api, "ada", "advisors")
        clock.gone_s += 61
        assert closing_code(socket) == 4401


@pytest.mark.usefixtures("beating")
def test_without_a_new_ticket_the_socket_is_closed_and_nothing_is_told_after_the_end(
    api: Api, base: str, clock: Clock
) -> None:
    lasting = a_token(api, clock, "eli", lasts_s=2 * LASTS_S)
    with open_socket(api, base, "ada") as socket, knock(base, a_ticket(base, lasting)) as other:
        follow(socket, "advisors", "clients")
        followers, frames = follow(other, "advisors"), list[object]()
        clock.gone_s = LASTS_S
        api.put(assigned("c_1", "t-east", "ben", version=2))
        read_until(other, followers, api, "eli", "advisors")
        with suppress(ConnectionClosed):
            while True:
                frames.append(decode(socket.recv(timeout=10)))
        assert socket.close_code == 4401
        assert not any(isinstance(frame, Delta) for frame in frames)


def test_the_end_waits_for_no_heartbeat(api: Api, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BEAT_S", 3_600.0)
    monkeypatch.setattr(session, "WARN_S", 0.5)
    began = time.monotonic()
    api.parts.gate._clock = lambda: NOW.timestamp() + time.monotonic() - began
    token = api.signer.token("ada", USERS["ada"], NOW.timestamp(), 2)
    with knock(base, a_ticket(base, token)) as socket:
        frames = frames_until(socket, warning)
        assert [type(frame) for frame in frames] == [Hello, AuthExpiring]
        assert closing_code(socket) == 4401


@pytest.mark.usefixtures("beating")
def test_a_socket_that_always_has_something_to_write_still_has_heartbeats_and_an_end(
    api: Api, base: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain = Session._drain

    async def drains(self: Session) -> None:  # as where a reader is slower than the ticks are
        await drain(self)
        await asyncio.sleep(0)
        self.wake()

    monkeypatch.setattr(Session, "_drain", drains)
    with open_socket(api, base, "ada") as socket:
        frames_until(socket, lambda frame: isinstance(frame, Beat))
        clock.gone_s = LASTS_S
        assert closing_code(socket) == 4401


PRETENDERS = {
    "another person who sees the same": ("eli", USERS["eli"], 4403),
    "another person of another scope": ("eve", USERS["eve"], 4403),
    "the same person in another role": ("wes", USERS["ada"], 4403),
    "the same person of other regions": ("wes", User(name="Wes", role="leader", regions=["west", "east"]), 4403),
    "the same person with no such right": ("wes", USERS["olga"], 4401),
}


@pytest.mark.parametrize("who", PRETENDERS)
def test_a_ticket_of_anybody_else_renews_nothing_and_ends_the_socket(
    api: Api, base: str, clock: Clock, who: str
) -> None:
    name, user, code = PRETENDERS[who]
    with open_socket(api, base, "wes") as socket, open_socket(api, base, "eve") as other:
        follow(socket, "territories")
        followers = follow(other, "territories")
        send(socket, type="auth", ticket=a_ticket(base, a_token(api, clock, name, user)))
        assert closing_code(socket) == code
        api.put(assigned("c_1", "t-east", "ben", version=2))
        read_until(other, followers, api, "eve", "territories")


def test_a_ticket_that_is_junk_has_expired_or_is_of_another_origin_renews_nothing(
    api: Api, base: str, clock: Clock
) -> None:
    old = a_ticket(base, api.token("ada"))
    clock.gone_s = 30
    for bad in ("", "junk", old, a_ticket(base, api.token("ada"), PAGES)):
        with open_socket(api, base, "ada") as socket:
            send(socket, type="auth", ticket=bad)
            assert closing_code(socket) == 4401


def refused(base: str, ticket: str, origin: str | None = None) -> bool:
    """Before it is accepted."""
    return status_of(base, ticket, origin) == 403


def status_of(base: str, ticket: str, origin: str | None) -> int:
    try:
        with knock(base, ticket, origin) as socket:
            assert isinstance(decode(socket.recv(timeout=10)), Hello)
            return 101
    except InvalidStatus as refusal:
        return int(refusal.response.status_code)


def test_a_ticket_opens_a_socket_for_thirty_seconds_and_no_longer(api: Api, base: str, clock: Clock) -> None:
    ticket = a_ticket(base, api.token("ada"))
    clock.gone_s = 29.9
    assert not refused(base, ticket)
    clock.gone_s = 30
    assert refused(base, ticket)


def test_a_ticket_ends_with_the_token_that_it_was_given_for(api: Api, base: str, clock: Clock) -> None:
    ticket = a_ticket(base, a_token(api, clock, "ada", lasts_s=10))
    clock.gone_s = 9
    assert not refused(base, ticket)
    clock.gone_s = 10
    assert refused(base, ticket)


@pytest.mark.parametrize(
    ("asked", "shown", "opens"),
    [
        (None, None, True),  # no page
        (PAGES, PAGES, True),
        ("own", "own", True),
        (None, "own", False),
        ("own", None, False),
        (PAGES, "own", False),
        ("own", PAGES, False),
        (EVIL, EVIL, False),  # the ticket is its own, and it is nobody's page
        (EVIL, "own", False),
        (PAGES, f"{PAGES}.evil.test", False),
        ("null", "null", False),
    ],
)
def test_a_socket_opens_for_an_allowed_origin_that_asked_for_the_ticket_and_no_other(
    api: Api, base: str, asked: str | None, shown: str | None, opens: bool
) -> None:
    ticket = a_ticket(base, api.token("ada"), base if asked == "own" else asked)
    assert refused(base, ticket, base if shown == "own" else shown) != opens


def test_who_may_not_read_clients_is_let_into_no_socket(api: Api, base: str) -> None:
    assert refused(base, a_ticket(base, api.token("olga")))
    assert not refused(base, a_ticket(base, api.token("eli")))
