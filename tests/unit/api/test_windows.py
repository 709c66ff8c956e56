"""Windows of heartbeats: what they add up to, when they are news, and what may be forgotten after which."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import faust
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import Heartbeat, Window
from services.api.pulse_settings import PulseSettings
from services.api.windows import Windows

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EPOCH = START.timestamp()
STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(100, 15_000), st.booleans()), max_size=40)
OFF_MS = {"a": 0, "b": 30_000, "c": -7_200_000}  # how far the stages' own clocks are off
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
@settings(max_examples=5_000 if os.environ.get("CADASTRE_TEST_FULL") else 100, deadline=None)
def test_whoever_goes_on_behind_what_was_settled_comes_to_the_same_windows(
    steps: list[tuple[str, int, bool]], ends_after: int
) -> None:
    log: list[tuple[str, Heartbeat, float]] = []
    ms = 0
    for i, (key, passes_ms, _) in enumerate(steps):
        ms += passes_ms
        log.append((key, beat(key, ms + OFF_MS[key], i), EPOCH + ms / 1_000))
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
    for key, one, appended in log:
        start = datetime.fromtimestamp(appended // 10 * 10, UTC)
        expected[key, start] = expected.get((key, start), 0) + one.lag
    assert {key: one.decided["raw.applied"] for key, one in held.items()} == expected


def test_a_heartbeat_that_comes_twice_counts_once_and_is_settled_with_its_window() -> None:
    windows: Windows[int] = Windows()
    for offset, ms in enumerate((1_000, 2_000, 2_000, 1_000)):
        windows.take("a", beat("a", ms), EPOCH + offset, offset)
    (window,) = windows.news()
    assert (window.beats, window.decided) == (2, {"raw.applied": 2})
    assert windows.settled() == []
    windows.take("a", beat("a", 10_000), EPOCH + 10, 4)
    windows.news()
    assert windows.settled() == [0, 1, 2, 3]


def test_a_window_that_ends_between_its_news_and_their_word_is_not_lost() -> None:
    windows: Windows[int] = Windows()
    windows.take("a", beat("a", 1_000), EPOCH + 1, 0)
    windows.news()
    windows.take("a", beat("a", 2_000), EPOCH + 2, 1)
    windows.take("a", beat("a", 10_000), EPOCH + 10, 2)
    assert windows.settled() == [], "it has grown since"
    assert sorted(one.beats for one in windows.news()) == [1, 2]
    assert windows.settled() == [0, 1]


def test_a_replica_that_is_gone_holds_nothing_up() -> None:
    windows: Windows[int] = Windows()
    windows.take("gone", beat("gone", 1_000), EPOCH + 1, 0)
    windows.take("a", beat("a", 1_000), EPOCH + 1, 1)
    windows.take("a", beat("a", 12_000), EPOCH + 12, 2)
    windows.news()
    assert windows.settled() == [0, 1]


def test_a_stage_whose_clock_is_hours_ahead_or_is_set_back_stands_in_the_windows_of_all_others() -> None:
    windows: Windows[int] = Windows()
    hours_ms = 7_200_000
    for offset, (key, ms) in enumerate((("a", 1_000), ("ahead", hours_ms), ("a", 11_000), ("ahead", 500))):
        windows.take(key, beat(key, ms), EPOCH + 4 * offset, offset)
    told = [(one.stage, (one.start - START).seconds, (one.at - START).seconds, one.beats) for one in windows.news()]
    assert told == [("a", 0, 8, 2), ("ahead", 0, 4, 1), ("ahead", 10, 12, 1)]


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
