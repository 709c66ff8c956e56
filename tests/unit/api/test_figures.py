"""The dashboard's figures and the day behind them."""

from __future__ import annotations

from services.api.figures import HOURS, Day, figures


def test_moves_in_24_hours_are_those_of_this_hour_and_the_23_before_it() -> None:
    day = Day(hour=500_000, capacities={})
    for back in range(2 * HOURS):
        day.moves[day.hour - back] = 1 if back < HOURS else 1_000
    told = {figure.key: figure for figure in figures(day)}
    assert told["moves_24h"].value == HOURS == len(told["moves_24h"].points)
    assert len(told["clients"].points) == HOURS + 1, "the present, and 24 hours before it"
