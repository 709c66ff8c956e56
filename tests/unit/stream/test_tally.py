"""How long records took is kept in counts that add up, each at most a quarter above the truth."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.stream.tally import Tally, took_under


@given(st.integers(min_value=0, max_value=10**10))
def test_a_duration_is_counted_below_a_bound_at_most_a_quarter_above_it(milliseconds: int) -> None:
    bound = took_under(milliseconds)
    assert milliseconds < bound <= milliseconds + 1 + milliseconds // 4


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=2))
def test_longer_durations_are_never_counted_below_shorter_ones(durations: list[int]) -> None:
    assert [took_under(one) for one in sorted(durations)] == sorted(map(took_under, durations))


def test_a_broker_whose_clock_is_ahead_makes_no_duration_negative() -> None:
    tally = Tally()
    tally.time(Counter({1_000: 3, 1_050: 2}), 1_020)
    assert tally.took == {24: 3, 1: 2}
