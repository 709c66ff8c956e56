"""Frames that are dropped, repeated, reordered, cut off or void end, all the same, in what the server holds."""

from __future__ import annotations

import os

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.frames import Since
from services.api.live.channel import Channel
from tests.support.api_server import Follower, decode

KEYS = st.sampled_from(("a", "b", "c"))
STATES = st.dictionaries(KEYS, st.integers(0, 5), max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("change"), STATES),
    st.tuples(st.just("deliver"), st.integers(0, 5)),  # any frame under way, so that they overtake each other
    st.tuples(st.just("repeat"), st.integers(0, 5)),
    st.tuples(st.just("drop"), st.integers(0, 5)),
    st.tuples(st.just("reconnect"), st.booleans()),  # with or without what was held
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("age"), st.none()),
    st.tuples(st.just("scope"), STATES),  # another channel, of another scope
)


class Link:
    """A server's channel, a client, and frames under way between them."""

    def __init__(self) -> None:
        self.epochs = 0
        self.now = 0
        self.channel = self._opened()
        self.client = Follower("t")
        self.under_way: list[bytes] = []
        self.sent = 0
        self.subscribe(None)

    def _opened(self) -> Channel:
        self.epochs += 1
        return Channel("t", f"e{self.epochs}")

    def subscribe(self, since: Since | None) -> None:
        self.client.asked = True
        frames, self.sent = self.channel.greeting(since)
        self.under_way += frames
        self.write()

    def write(self) -> None:
        """As a session's writer does."""
        if self.sent == self.channel.seq:
            return
        if self.channel.reaches(self.sent):
            self.under_way.append(self.channel.since(self.sent))
        else:
            self.under_way += self.channel.snapshot()
        self.sent = self.channel.seq

    def hold(self, state: dict[str, int]) -> None:
        self.now += 1
        self.channel.become({key: msgspec.json.encode(value) for key, value in state.items()}, self.now, self.now)

    def deliver(self, frame: bytes) -> None:
        if self.client.take(decode(frame)):
            self.under_way.clear()  # the client asks again on a fresh subscription
            self.subscribe(Since(self.client.epoch, self.client.seq))

    def reconnect(self, *, keeps: bool) -> None:
        self.under_way.clear()
        held = self.client
        self.client = held if keeps else Follower("t")
        self.subscribe(Since(held.epoch, held.seq) if keeps and held.epoch else None)


def play(link: Link, step: str, value: object) -> None:
    if step == "change":
        assert isinstance(value, dict)
        link.hold(value)
        link.write()
    elif step in ("deliver", "repeat", "drop"):
        assert isinstance(value, int)
        if link.under_way:
            frame = link.under_way[value % len(link.under_way)]
            if step != "repeat":
                link.under_way.remove(frame)
            if step != "drop":
                link.deliver(frame)
    elif step == "reconnect":
        link.reconnect(keeps=bool(value))
    elif step in ("restart", "scope"):
        state = {key: msgspec.json.decode(row) for key, (_, row) in link.channel._rows.items()}
        link.channel = link._opened()
        link.hold(value if isinstance(value, dict) else state)
        link.client = link.client if step == "restart" else Follower("t")  # what was held of another scope is forgotten
        link.reconnect(keeps=step == "restart")
    elif step == "age":
        link.now += 400_000  # longer than the ring remembers


@given(st.lists(STEPS, max_size=40))
@settings(max_examples=10_000 if os.environ.get("CADASTRE_TEST_FULL") else 400, deadline=None)
def test_whatever_happens_to_frames_the_client_ends_with_what_the_server_holds(steps: list[tuple[str, object]]) -> None:
    link = Link()
    for step, value in steps:
        play(link, step, value)
    link.reconnect(keeps=True)  # what a heartbeat whose head is another, or a broken socket, makes a client do
    while link.under_way:
        link.deliver(link.under_way.pop(0))
    assert link.client.state == {key: msgspec.json.decode(row) for key, (_, row) in link.channel._rows.items()}
    assert (link.client.epoch, link.client.seq) == (link.channel.epoch, link.channel.seq)
