"""Windows of heartbeats: what they add up to, when they are news, and what may be forgotten after which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import faust
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import Heartbeat, Window
from services.api.pulse_settings import PulseSettings
from services.api.windows import SILENT_S, Windows

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(100, 15_000), st.booleans()), max_size=40)
LATEST_MS = 30_000  # a heartbeat comes to the log so late at most
Windowed = dict[tuple[str, datetime], int]


def beat(key: str, ms: int, n: int = 1) -> Heartbeat:
    return Heartbeat(
        stage=key,
        replica="0",
        at=START + timedelta(milliseconds=ms),
        state="running",
        caught_up=True,
        lag=n,
        re_examining=0,
        positions={},
        decided={"raw.applied": n},
    )


def hold(held: dict[tuple[str, datetime], Window], news: list[Window]) -> None:
    """As a reader does."""
    for one in news:
        key = (one.stage, one.start)
        if key not in held or held[key].beats < one.beats:
            held[key] = one


@given(STEPS, st.integers(0, 40))
def test_whoever_goes_on_behind_what_was_settled_comes_to_the_same_windows(
    steps: list[tuple[str, int, bool]], ends_after: int
) -> None:
    clocks = dict.fromkeys("abc", 0)
    log: list[tuple[str, Heartbeat, float]] = []
    for i, (key, passes_ms, _) in enumerate(steps):
        clocks[key] = max(clocks[key] + passes_ms, max(clocks.values()) - LATEST_MS)
        log.append((key, beat(key, clocks[key], i), max(clocks.values()) / 1_000))
    held: dict[tuple[str, datetime], Window] = {}
    committed = 0
    first: Windows[int] = Windows()
    for offset, (key, one, appended) in enumerate(log[:ends_after]):
        first.take(key, one, appended, offset)
        if steps[offset][2]:
            hold(held, first.news())
            settled = first.settled()
            assert settled == list(range(committed, committed + len(settled))), "in the order of the log"
            committed += len(settled)
    second: Windows[int] = Windows()
    for offset, (key, one, appended) in enumerate(log[committed:], committed):
        second.take(key, one, appended, offset)
    hold(held, second.news())
    expected: Windowed = {}
    for key, one, _ in log:
        start = START + timedelta(seconds=(one.at - START).total_seconds() // 10 * 10)
        expected[key, start] = expected.get((key, start), 0) + one.lag
    assert {key: one.decided["raw.applied"] for key, one in held.items()} == expected


def test_a_heartbeat_that_comes_twice_counts_once_and_is_settled_with_its_window() -> None:
    windows: Windows[int] = Windows()
    for offset, ms in enumerate((1_000, 2_000, 2_000, 1_000)):
        windows.take("a", beat("a", ms), ms / 1_000, offset)
    (window,) = windows.news()
    assert (window.beats, window.decided) == (2, {"raw.applied": 2})
    assert windows.settled() == []
    windows.take("a", beat("a", 10_000), 10.0, 4)
    windows.news()
    assert windows.settled() == [0, 1, 2, 3]


def test_a_window_that_ends_between_its_news_and_their_word_is_not_lost() -> None:
    windows: Windows[int] = Windows()
    windows.take("a", beat("a", 1_000), 1.0, 0)
    windows.news()
    windows.take("a", beat("a", 2_000), 2.0, 1)
    windows.take("a", beat("a", 10_000), 10.0, 2)
    assert windows.settled() == [], "it has grown since"
    assert sorted(one.beats for one in windows.news()) == [1, 2]
    assert windows.settled() == [0, 1]


def test_a_replica_that_is_gone_holds_nothing_up() -> None:
    windows: Windows[int] = Windows()
    windows.take("gone", beat("gone", 1_000), 1.0, 0)
    windows.take("a", beat("a", 1_000), 1.0, 1)
    windows.take("a", beat("a", int(SILENT_S * 1_000) + 12_000), SILENT_S + 12, 2)
    windows.news()
    assert windows.settled() == [0, 1]


def test_pulse_s_client_is_told_what_the_others_are_and_refuses_what_it_cannot_do() -> None:
    plain = PulseSettings(bootstrap="one:9092, two:9092")
    assert (plain.brokers(), plain.credentials()) == ("kafka://one:9092;kafka://two:9092", None)
    sasl = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "u",
        "sasl.password": "p",
    }
    found = PulseSettings(kafka=sasl).credentials()
    assert isinstance(found, faust.SASLCredentials)
    assert (found.username, found.password, found.mechanism.value) == ("u", "p", "SCRAM-SHA-512")
    assert found.ssl_context is not None
    assert isinstance(PulseSettings(kafka={"security.protocol": "ssl"}).credentials(), faust.SSLCredentials)
    with pytest.raises(ValidationError, match=r"pulse does not know ssl\.key\.location"):
        PulseSettings(kafka={"ssl.key.location": "key.pem"})
