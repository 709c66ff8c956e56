"""When pulse gives up: a partition holds messages for it, and it takes none."""

from __future__ import annotations

from collections.abc import Mapping

from services.api.pulse_stalls import STALLED_S, Standings, stalled, standings

Looks = list[tuple[float, Mapping[int, int], Mapping[int, int]]]


def after(looks: Looks) -> list[int]:
    """What is stalled at the last of these looks: when, the last message taken and the end of each partition."""
    found: Standings = {}
    for now, taken, ends in looks:
        found = standings(found, taken, ends, now)
    return stalled(found, looks[-1][0])


def test_a_partition_that_is_ahead_of_what_was_taken_for_too_long_is_stalled() -> None:
    assert after([(0, {0: 4}, {0: 6}), (STALLED_S - 1, {0: 4}, {0: 6})]) == []
    assert after([(0, {0: 4}, {0: 6}), (STALLED_S, {0: 4}, {0: 9})]) == [0]


def test_a_partition_that_is_read_on_is_not_stalled_however_far_behind_it_is() -> None:
    assert after([(0, {0: 4}, {0: 600}), (STALLED_S - 1, {0: 5}, {0: 700}), (STALLED_S + 1, {0: 5}, {0: 800})]) == []


def test_a_partition_that_was_at_its_end_counts_from_when_it_fell_behind() -> None:
    looks: Looks = [(0, {0: 4}, {0: 6}), (30, {0: 5}, {0: 6}), (STALLED_S, {0: 5}, {0: 7})]
    assert after(looks) == []
    assert after([*looks, (2 * STALLED_S, {0: 5}, {0: 7})]) == [0]


def test_a_partition_of_which_nothing_came_since_it_was_given_is_not_stalled() -> None:
    assert after([(0, {}, {0: 600}), (10 * STALLED_S, {}, {0: 600})]) == []


def test_a_partition_that_grows_while_nothing_of_it_was_ever_taken_is_stalled_and_no_other() -> None:
    looks: Looks = [(0, {1: 9}, {0: 600, 1: 10}), (1, {1: 10}, {0: 601, 1: 11})]
    assert after([*looks, (1 + STALLED_S, {1: 70}, {0: 660, 1: 71})]) == [0]


def test_a_partition_that_was_taken_away_begins_anew() -> None:
    looks: Looks = [(0, {0: 4}, {0: 6}), (30, {}, {}), (STALLED_S, {}, {0: 6})]
    assert after(looks) == []
