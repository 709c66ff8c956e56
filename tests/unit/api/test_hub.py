"""What sockets are told of the view's commits: on the event loop alone, whatever fails, and of nobody who has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from services.api.frames import Delta, Op
from services.api.live import desk
from services.api.live.channel import Channel
from services.api.live.hub import Hub
from services.api.live.rows_of import TABLES, Rows
from services.api.metrics import TICK_FAULTS
from services.api.pipeline import Pipeline
from services.api.running import Running
from services.api.scope import EVERYTHING, Scope
from services.api.settings import ApiSettings
from tests.support.api_server import decode
from tests.support.api_view import NOW, Api, api_over, assigned, live

WEST = Scope(frozenset(("west", "coast")))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(live("c_1"), assigned("c_1", "t-west", "ann"))
    yield api
    api.close()


@pytest.fixture
def hub(api: Api) -> Hub:
    return api.parts.door.hub


def test_channels_change_on_the_event_loop_alone_and_rows_are_read_elsewhere(
    api: Api, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, read = set[int](), set[int]()
    become, tell, figures = Channel.become, Channel.tell, api.parts.places.figures

    def becomes(self: Channel, rows: Rows, at_ms: int, event_ms: int, *, changes: int = 0, dropped: int = 0) -> bool:
        told.add(threading.get_ident())
        return become(self, rows, at_ms, event_ms, changes=changes, dropped=dropped)

    def tells(self: Channel, ops: list[Op], *more: int, **others: int) -> bool:
        told.add(threading.get_ident())
        return tell(self, ops, *more, **others)

    def reads(scope: Scope, now: object) -> object:
        read.add(threading.get_ident())
        return figures(scope, NOW)

    monkeypatch.setattr(Channel, "become", becomes)
    monkeypatch.setattr(Channel, "tell", tells)
    monkeypatch.setattr(api.parts.places, "figures", reads)

    async def ticks() -> None:
        channels = [await hub.follow(WEST, name) for name in (*TABLES, "clients", "client:c_1", "pipeline")]
        before = sum(channel.seq for channel in channels)
        api.put(assigned("c_1", "t-coast", "cat", version=2))
        await hub.tick(NOW)
        assert sum(channel.seq for channel in channels) > before
        assert told == {threading.get_ident()}
        assert read
        assert not read & told

    asyncio.run(ticks())


def test_a_tick_that_fails_for_one_scope_is_counted_stops_no_other_and_is_made_up_for(
    api: Api, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = api.parts.clients.rows

    def fails(scope: Scope, ids: list[str]) -> object:
        if scope == WEST and ids:
            raise ValueError("Name c_1 is a secret")
        return rows(scope, ids)

    async def ticks() -> None:
        here, there = await hub.follow(WEST, "clients"), await hub.follow(EVERYTHING, "clients")
        figures = await hub.follow(WEST, "figures")
        held = figures.seq
        faults = TICK_FAULTS._value.get()
        monkeypatch.setattr(api.parts.clients, "rows", fails)
        with capture_logs() as logs:
            api.put(live("c_1", version=2, aum="9.00"))
            await hub.tick(NOW)
            await hub.tick(NOW)
        assert (here.seq, figures.seq, there.seq) == (0, held, 1)
        assert TICK_FAULTS._value.get() == faults + 2
        assert [(line["event"], line["error"]) for line in logs] == [("tick", "ValueError")], "told once, not each tick"
        assert any("fails" in frame for frame in logs[0]["frames"])
        assert "secret" not in str(logs)
        assert hub._desks[WEST.key].failing_since is not None
        monkeypatch.setattr(api.parts.clients, "rows", rows)
        api.put(live("c_2"), assigned("c_2", "t-west", "ann"))
        await hub.tick(NOW)
        delta = decode(here.since(0))
        assert isinstance(delta, Delta)
        assert {op.k for op in delta.ops} == {"c_1", "c_2"}
        assert figures.seq == held + 1
        assert hub.failing_ms(WEST) == 0

    asyncio.run(ticks())


def test_a_socket_hears_for_how_long_nothing_could_be_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    async def beats() -> None:
        await hub.follow(WEST, "clients")
        monkeypatch.setattr("services.api.live.hub.time", SimpleNamespace(monotonic=lambda: 125.0))
        hub._desks[WEST.key].failing_since = 100.0

    asyncio.run(beats())
    assert hub.failing_ms(WEST) == 25_000
    assert hub.failing_ms(EVERYTHING) == 0


def test_readyz_fails_once_nobody_tells_sockets_any_more(hub: Hub) -> None:
    running = Running(ApiSettings(secret=SecretStr("a secret of sixteen or more")), {}, Pipeline())
    running.readiness.live = True
    assert running.readiness.reasons() == []

    class Broken:
        def now(self) -> object:
            raise ValueError("Name c_1 is a secret")

    async def ends() -> None:
        hub._clock = Broken()  # type: ignore[assignment]
        ticking = asyncio.create_task(hub.run())
        ticking.add_done_callback(running._stopped_telling)
        await asyncio.wait([ticking])

    with capture_logs() as logs:
        asyncio.run(ends())
    assert running.readiness.reasons()
    assert [line["event"] for line in logs] == ["ticking_ended"]
    assert "secret" not in str(logs)


def test_a_channel_that_nobody_came_back_to_is_let_go_and_its_scope_with_the_last(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ticks() -> None:
        for i in range(50):
            await hub.follow(WEST, f"client:{i}")
            hub.leave(WEST, f"client:{i}")
        kept = await hub.follow(WEST, "clients")
        again = await hub.follow(WEST, "client:7")
        await hub.tick(NOW)
        assert len(hub._desks[WEST.key].channels) == 51, "a short absence is resumed"
        monkeypatch.setattr(desk, "KEPT_S", 0.0)
        await hub.tick(NOW)
        assert hub._desks[WEST.key].channels == {"clients": kept, "client:7": again}
        hub.leave(WEST, "client:7")
        hub.leave(WEST, "clients")
        await hub.tick(NOW)
        assert hub._desks == {}

    asyncio.run(ticks())


def test_who_goes_while_their_channel_is_filled_is_no_follower(
    api: Api, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()
    figures = api.parts.places.figures

    def waits(scope: Scope, now: object) -> object:
        reading.set()
        go_on.wait(10)
        return figures(scope, NOW)

    monkeypatch.setattr(api.parts.places, "figures", waits)

    async def goes() -> None:
        following = asyncio.create_task(hub.follow(WEST, "figures"))
        await asyncio.to_thread(reading.wait, 10)
        following.cancel()
        await asyncio.wait([following])
        go_on.set()
        await hub.tick(NOW)
        assert hub._desks == {}

    asyncio.run(goes())


def test_a_channel_that_cannot_be_filled_is_nobodys_and_is_filled_when_asked_again(
    api: Api, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = api.parts.places.figures

    def fails(scope: Scope, now: object) -> object:
        raise ValueError("away")

    async def asks() -> None:
        monkeypatch.setattr(api.parts.places, "figures", fails)
        with pytest.raises(ValueError, match="away"):
            await hub.follow(WEST, "figures")
        monkeypatch.setattr(api.parts.places, "figures", figures)
        assert (await hub.follow(WEST, "figures")).seq == 1

    asyncio.run(asks())
