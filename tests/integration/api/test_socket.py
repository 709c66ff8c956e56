"""The websocket on a real port: what changes appears, each in their scope; absence is made up for; nobody is harmed."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from schemas.reference import Region
from services.api.frames import Hello, Resumed
from tests.support.api_server import (
    a_port,
    closing_code,
    decode,
    follow,
    open_socket,
    read_until,
    serving,
    shown,
)
from tests.support.api_view import Api, api_over, assigned, live

TABLES = ("figures", "territories", "regions", "advisors", "moves")


def test_what_a_commit_changes_appears_on_every_channel_that_shows_it(api: Api, base: str) -> None:
    with open_socket(api, base, "ada") as socket:
        assert isinstance(decode(socket.recv()), Hello)
        followers = follow(socket, *TABLES, "clients", "client:c_1")
        api.put(assigned("c_1", "t-east", "ben", version=2))
        read_until(socket, followers, api, "ada", "territories", "advisors")
        wanted = api.get("ada", "/api/clients/c_1").json()["client"]
        while followers["clients"].state.get("c_1") != wanted or followers["client:c_1"].state.get("c_1") != wanted:
            frame = decode(socket.recv(timeout=10))
            for follower in followers.values():
                follower.take(frame)


def test_a_client_that_moves_away_is_removed_here_and_added_there(api: Api, base: str) -> None:
    with open_socket(api, base, "wes") as west, open_socket(api, base, "eve") as east:
        here, there = follow(west, "client:c_1", "territories"), follow(east, "clients", "territories")
        assert here["client:c_1"].state
        api.put(assigned("c_1", "t-east", "ben", version=2))
        while here["client:c_1"].state:
            here["client:c_1"].take(decode(west.recv(timeout=10)))
        while "c_1" not in there["clients"].state:
            there["clients"].take(decode(east.recv(timeout=10)))


def test_no_byte_of_another_region_is_in_any_frame(api: Api, base: str) -> None:
    with open_socket(api, base, "eve") as socket, open_socket(api, base, "ada") as all_seeing:
        frames = [socket.recv()]
        follow(all_seeing, "clients")
        for name in (*TABLES, "clients", "client:c_1"):
            socket.send(json.dumps({"type": "subscribe", "ch": name}))
        socket.send(json.dumps({"type": "ping", "n": 1}))
        while '"pong"' not in str(frames[-1]):  # frames are taken in their order: all is followed by then
            frames.append(socket.recv(timeout=10))
        for version in range(2, 6):
            api.put(assigned("c_1", "t-west", "ann", version=version), live("c_2", version=version))
        api.put(live("c_e"), assigned("c_e", "t-east", "ben"))
        while not any("c_e" in frame and '"delta"' in frame for frame in frames):
            frames.append(str(socket.recv(timeout=10)))
        text = "\n".join(map(str, frames))
        for hidden in ('"c_1"', '"c_2"', "t-west", "t-coast", "West", "Coast", "Ann"):
            assert hidden not in text, hidden


def test_an_absence_is_made_up_for_without_a_snapshot_and_without_a_gap(api: Api, base: str) -> None:
    with open_socket(api, base, "ada") as socket:
        before = follow(socket, "advisors")["advisors"]
        with open_socket(api, base, "ada") as other:  # somebody goes on following
            watching = follow(other, "advisors")
            socket.close()
            for i in range(5):
                api.put(assigned(f"c_{i}", "t-east", "ben", version=2))
                read_until(other, watching, api, "ada", "advisors")
            with open_socket(api, base, "ada") as again:
                socket_frames = []
                again.send(
                    json.dumps(
                        {"type": "subscribe", "ch": "advisors", "since": {"epoch": before.epoch, "seq": before.seq}}
                    )
                )
                before.asked = True
                while before.state != shown(api, "ada", "advisors"):
                    frame = decode(again.recv(timeout=10))
                    socket_frames.append(frame)
                    assert not before.take(frame)
                assert any(isinstance(frame, Resumed) for frame in socket_frames)


def test_after_a_restart_the_epoch_is_another_and_a_snapshot_comes(api: Api, tmp_path: Path) -> None:
    with serving(api, a_port()) as base, open_socket(api, base, "ada") as socket:
        before = follow(socket, "advisors")["advisors"]
    reborn = api_over(tmp_path / "again")
    reborn.put(live("c_9"), assigned("c_9", "t-east", "ben"))
    with serving(reborn, a_port()) as base, open_socket(reborn, base, "ada") as socket:
        follow(socket, "advisors", since=before)
        assert before.state == shown(reborn, "ada", "advisors")
    reborn.close()


@pytest.mark.parametrize("frame", ["", "{", "[]", '{"type": "subscribe"}', '{"type": "nope"}', "x" * 16_000])
def test_a_frame_that_is_none_closes_the_socket_with_4400(api: Api, base: str, frame: str) -> None:
    with open_socket(api, base, "ada") as socket:
        socket.recv()
        socket.send(frame)
        assert closing_code(socket) == 4400


def test_a_fault_while_a_channel_is_filled_closes_the_socket_and_the_next_one_is_served(
    api: Api, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> object:
        raise ValueError("away")

    with open_socket(api, base, "ada") as socket, monkeypatch.context() as away:
        away.setattr(api.parts.places, "figures", fails)
        socket.send(json.dumps({"type": "subscribe", "ch": "figures"}))
        assert closing_code(socket) == 1011
    with open_socket(api, base, "ada") as socket:
        assert follow(socket, "figures")["figures"].state


@pytest.mark.parametrize("ticket", ["", "x", "AAAA", "A" * 200])
def test_no_ticket_no_socket(api: Api, base: str, ticket: str) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"ws://{base.removeprefix('http://')}/ws?ticket={ticket}")


def test_a_ticket_is_good_only_for_the_origin_that_asked(api: Api, base: str) -> None:
    headers = {"Authorization": f"Bearer {api.token('ada')}", "Origin": base}
    ticket = httpx.post(f"{base}/api/ws-tickets", headers=headers).json()["ticket"]
    url = f"ws://{base.removeprefix('http://')}/ws?ticket={ticket}"
    for origin in (None, "http://evil.test"):
        with pytest.raises(InvalidStatus):
            connect(url, additional_headers={"Origin": origin} if origin else {})
    with connect(url, additional_headers={"Origin": base}) as socket:
        assert isinstance(decode(socket.recv()), Hello)


def test_a_scope_that_changes_closes_its_sockets(api: Api, base: str) -> None:
    with open_socket(api, base, "wes") as socket:
        follow(socket, "territories")
        api.put(Region(id="coast", name="Coast", parent="east"))
        assert closing_code(socket) == 4403


def test_one_person_has_a_few_sockets_and_no_more(api: Api, base: str) -> None:
    open_ones = [open_socket(api, base, "ada") for _ in range(5)]
    for one in open_ones:
        one.recv()
    with open_socket(api, base, "ada") as late, pytest.raises(ConnectionClosed):
        late.recv(timeout=10)
    assert late.close_code == 1013
    for one in open_ones:
        one.close()
