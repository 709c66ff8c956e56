"""Rows that a leader may not see leave no trace: not in a body, a header, a count, a cursor, a sequence or a frame."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.websockets import WebSocket

from schemas.events import Assignment, Client, EndedClient, LiveClient
from schemas.reference import Advisor, Reference, Territory
from services.api.live.channel import Channel
from services.api.live.rows_of import TABLES
from services.api.live.session import Followed, Session
from services.api.roles import Principal
from services.api.scope import EVERYTHING, Scope
from tests.support.api_view import NOW, REFERENCE, Api, api_over, assigned, live

Value = Reference | Client | Assignment
WEST = Scope(frozenset(("west", "coast")))
OTHERS = (Scope(frozenset(("east",))), EVERYTHING)
CURSOR_PAGE = "/api/clients?limit=2"

VISIBLE: tuple[Value, ...] = (
    live("c_w1", aum="1500000.00", city="west", records=("crm:1", "erp:1")),
    live("c_w2", city="coast", parent_record="crm:1"),
    live("c_w3", city="west", parent_record="crm:h1"),  # its parent may be hidden
    live("c_w4", aum="7.00"),
    assigned("c_w1", "t-west", "ann"),
    assigned("c_w2", "t-coast", "cat"),
    assigned("c_w3", "t-west", "ann"),
    assigned("c_w4", "t-coast", "ann"),
    assigned("c_w1", "t-coast", "cat", version=2),
    live("c_w2", version=2, city="coast", parent_record="crm:1", aum="9.00"),
)
PATHS = (
    "/api/me",
    "/api/health",
    "/api/stats",
    "/api/territories",
    "/api/territories/t-coast",
    "/api/territories/t-east",
    "/api/advisors",
    "/api/advisors?q=a&region=west",
    "/api/advisors/cat",
    "/api/advisors/ben",
    "/api/assignments?limit=3",
    "/api/clients",
    CURSOR_PAGE,
    "/api/clients?q=name&sort=-aum",
    "/api/clients?territory=t-west&territory=(none)",
    "/api/clients?aum_min=1&sort=changed",
    "/api/clients/facets",
    "/api/clients/facets?q=name&tier=base",
    "/api/search?q=n",
    "/api/matches/pair?low=crm:1&high=crm:h1",
    "/api/matches/pair?low=crm:1&high=erp:1",
    *(
        f"/api/clients/{client}{more}"
        for client in ("c_w1", "c_w2", "c_w3", "c_h1", "c_h2", "c_none")
        for more in ("", "/evidence", "/explanation", "/moves", "/family")
    ),
)


def hidden_values() -> st.SearchStrategy[Value]:
    ids = st.sampled_from(("c_h1", "c_h2", "c_h3"))
    versions = st.integers(1, 5)
    records = st.sampled_from((("crm:h1",), ("crm:h2",), ("crm:h1", "crm:h2")))
    lives: st.SearchStrategy[LiveClient] = st.builds(
        lambda i, v, r, p, aum: live(i, v, f"{aum}.00", r, city="east", **({"parent_record": p} if p else {})),
        ids,
        versions,
        records,
        st.sampled_from(("", "crm:1", "crm:h2")),
        st.integers(0, 10**9),
    )
    ends = st.builds(
        lambda i, v: EndedClient(client_id=i, version=v, engine="1", pool="US", into=("c_w1",)), ids, versions
    )
    places = st.sampled_from((("t-east", "ben"), ("t-east", "cat"), (None, None)))
    assignments = st.builds(lambda i, v, p: assigned(i, p[0], p[1], v), ids, versions, places)
    names = st.text("abc", min_size=1, max_size=5)
    territories = st.builds(lambda n: Territory(id="t-east", name=n, region="east"), names)
    advisors = st.builds(
        lambda n, c: Advisor(id="ben", name=n, territories=("t-east",), capacity=c), names, st.integers(1, 9)
    )
    elsewhere = st.lists(st.sampled_from(("t-east", "t-none")), unique=True)  # that they serve, too
    shared = st.builds(
        lambda here, more: Advisor(id=here[0], name=here[1], territories=(*here[2], *more), capacity=here[3]),
        st.sampled_from((("ann", "Ann", ("t-west", "t-coast"), 3), ("cat", "Cat", ("t-coast",), 5))),
        elsewhere,
    )
    return st.one_of(lives, ends, assignments, territories, advisors, shared)


def told(api: Api) -> list[tuple[str, int, list[tuple[str, str]], bytes]]:
    answers = []
    for path in PATHS:
        answer = api.get("wes", path)
        answers.append((path, answer.status_code, sorted(answer.headers.items()), answer.content))
    cursor = api.get("wes", CURSOR_PAGE).json()["next"]
    answer = api.get("wes", f"{CURSOR_PAGE}&cursor={cursor}")
    answers.append(("next", answer.status_code, sorted(answer.headers.items()), answer.content))
    return answers


def heartbeat(api: Api, channels: Iterable[Channel]) -> bytes:
    """As a leader of West hears it. Each batch keeps the view from the end of its topics a little longer."""
    parts = api.parts
    parts.readiness.behind_since = time.monotonic() - api.feed.offset / 10
    wes = Principal("wes", "Wes", "leader", ("west",), NOW + timedelta(hours=1))
    socket: WebSocket = None  # type: ignore[assignment]  # nothing is sent
    session = Session(socket, parts.door.hub, parts.gate, wes, WEST, "s", parts.readiness.lag_ms)
    session.followed = {channel.name: Followed(channel, channel.seq) for channel in channels}
    session._beat()
    return session._control.pop()


async def framed(api: Api, batches: Iterable[tuple[Value, int | None]], *, others: int = 0) -> list[bytes]:
    """Every frame that a leader of West gets while these come, with a tick after each. `others` see other regions, and
    open so many channels before, and one more with each batch."""
    hub = api.parts.door.hub
    for i in range(others):
        await hub.follow(OTHERS[i % 2], (*TABLES, "clients", "client:c_w1")[i % 7])
    channels = [await hub.follow(WEST, name) for name in (*TABLES, "clients", "client:c_w1", "client:c_h1")]
    for channel in channels:
        channel.epoch = "e"  # a random token else
    frames = [frame for channel in channels for frame in channel.snapshot()]
    for value, at_ms in batches:
        if value in VISIBLE:
            frames.append(heartbeat(api, channels))
        if others:
            await hub.follow(EVERYTHING, f"client:{len(frames)}")
        before = [channel.seq for channel in channels]
        api.put(value, at_ms=at_ms)
        await hub.tick(api.parts.clock.now())
        frames += [c.since(seq) for c, seq in zip(channels, before, strict=True) if c.seq != seq]
    return [*frames, heartbeat(api, channels)]


def run(
    batches: list[tuple[Value, int | None]], *, others: int = 0
) -> tuple[list[bytes], list[tuple[str, int, list[tuple[str, str]], bytes]]]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder), REFERENCE)
        frames = asyncio.run(framed(api, batches, others=others))
        answers = told(api)
        api.close()
        return frames, answers


START = 1_772_449_200_000  # 2026-03-02T11:00Z
ALONE = [(value, START + i * 1_000) for i, value in enumerate(VISIBLE)]
BASELINE = run(list(ALONE))


@given(st.lists(st.tuples(hidden_values(), st.integers(0, len(VISIBLE)), st.integers(0, 10**7)), max_size=12))
@settings(
    max_examples=500 if os.environ.get("CADASTRE_TEST_FULL") else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_hidden_rows_change_no_byte_of_what_a_leader_receives(hidden: list[tuple[Value, int, int]]) -> None:
    batches: list[tuple[Value, int | None]] = []
    for place in range(len(VISIBLE) + 1):
        batches += [(value, START + at) for value, where, at in hidden if where == place]
        batches += [ALONE[place]] if place < len(VISIBLE) else []
    assert run(batches) == BASELINE


def test_channels_that_others_open_change_no_byte_of_what_a_leader_receives() -> None:
    assert run(list(ALONE), others=40) == BASELINE


def test_an_epoch_tells_nothing_of_other_channels(tmp_path: Path) -> None:
    api = api_over(tmp_path)

    async def epochs() -> list[str]:
        hub = api.parts.door.hub
        return [(await hub.follow(scope, f"client:{i}")).epoch for i in range(40) for scope in (WEST, *OTHERS)]

    told = asyncio.run(epochs())
    api.close()
    assert len({*told}) == len(told)
    assert {len(epoch) for epoch in told} == {8}
    assert all(len({epoch[i] for epoch in told}) > 1 for i in range(8)), "nothing in them is common to all"


def test_the_baseline_sees_something() -> None:
    frames, answers = BASELINE
    assert len(frames) > 20
    assert {status for _, status, _, _ in answers} == {200, 404}


def elsewhere(changes: int) -> list[tuple[Value, int | None]]:
    """A client of West that comes back from East, where so many changes are made of both of its halves."""
    away: list[Value] = []
    for i in range(changes):
        away += [live("c_w9", 2 + i, f"{i}.00", ("crm:9",)), assigned("c_w9", "t-east", ("ben", "cat")[i % 2], 3 + i)]
    return [
        (live("c_w9", 1, records=("crm:9",)), START),
        (assigned("c_w9", "t-west", "ann"), START + 1_000),
        (assigned("c_w9", "t-east", "ben", 2), START + 2_000),
        *((value, START + 3_000 + i) for i, value in enumerate(away)),
        (live("c_w9", 2 + changes, records=("crm:9",)), START + 8_000),
        (assigned("c_w9", "t-west", "ann", 3 + changes), START + 9_000),
    ]


@pytest.mark.parametrize("changes", [1, 5])
def test_the_changes_of_a_client_while_it_is_elsewhere_are_not_counted_by_anything_its_leader_is_told(
    changes: int,
) -> None:
    assert run(elsewhere(changes)) == run(elsewhere(0))
