"""The dashboard's figures and the day behind them."""

from __future__ import annotations

from pathlib import Path

from services.api.figures import HOURS, Day, figures
from services.api.scope import EVERYTHING
from tests.support.api_view import NOW, api_over, assigned, live


def test_moves_in_24_hours_are_those_of_this_hour_and_the_23_before_it() -> None:
    day = Day(hour=500_000, capacities={})
    for back in range(2 * HOURS):
        day.moves[day.hour - back] = 1 if back < HOURS else 1_000
    told = {figure.key: figure for figure in figures(day)}
    assert told["moves_24h"].value == HOURS == len(told["moves_24h"].points)
    assert len(told["clients"].points) == HOURS + 1, "the present, and 24 hours before it"


def test_what_moved_between_territories_comes_before_the_many_who_only_came(tmp_path: Path) -> None:
    api = api_over(tmp_path)
    came = [f"c_{n}" for n in range(5)]
    api.put(*(value for one in came for value in (live(one), assigned(one, "t-west", "ann"))))
    api.put(assigned("c_0", "t-coast", "cat", 2), assigned("c_1", None, None, 2))
    told = api.parts.places.moves.flows(EVERYTHING, NOW, None)
    ends = [(flow.origin and flow.origin.id, flow.target and flow.target.id, flow.clients) for flow in told]
    assert ends == [("t-west", "t-coast", 1), (None, "t-west", 5), ("t-west", None, 1)]
    api.close()
