"""The six figures of the dashboard, each with its day: the present, less what came since. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.api.standing import Figure, FigureKey, Point

HOURS = 24


@dataclass(slots=True)
class Day:
    """What is in scope now, and by how much each hour (Unix hours) changed it."""

    hour: int
    capacities: Mapping[str, int]  # active advisor → capacity
    clients: int = 0
    assigned: int = 0
    cents: int = 0
    by_advisor: dict[str, int] = field(default_factory=dict)
    moves: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    d_clients: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    d_assigned: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    d_cents: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    d_advisor: defaultdict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


def fairness(loads: Sequence[float]) -> float:
    """Jain's index: (Σx)² / (n Σx²), 1 where all are equal, 1/n where one has all (Jain, Chiu and Hawe, 1984)."""
    squares = sum(x * x for x in loads)
    return sum(loads) ** 2 / (len(loads) * squares) if squares else 1.0


def figures(day: Day) -> tuple[Figure, ...]:
    series: dict[FigureKey, list[Point]] = defaultdict(list)
    clients, assigned, cents = day.clients, day.assigned, day.cents
    held = {advisor: day.by_advisor.get(advisor, 0) for advisor in day.capacities}
    for back in range(HOURS + 1):
        hour = day.hour - back
        at = datetime.fromtimestamp((hour + 1) * 3_600, UTC)
        loads = [n / day.capacities[advisor] for advisor, n in held.items()]
        values: dict[FigureKey, float] = {
            "clients": clients,
            "aum_usd": cents / 100,
            "assigned_percent": round(100 * assigned / clients, 2) if clients else 0.0,
            "moves_24h": day.moves[hour],
            "advisors_over_capacity": sum(n > day.capacities[advisor] for advisor, n in held.items()),
            "balance_percent": round(100 * fairness(loads), 2) if loads else 100.0,
        }
        for key, value in values.items():
            series[key].append(Point(at, value))
        clients -= day.d_clients[hour]
        assigned -= day.d_assigned[hour]
        cents -= day.d_cents[hour]
        for advisor, n in day.d_advisor[hour].items():
            if advisor in held:
                held[advisor] -= n
    told = []
    for key, points in series.items():
        value, shown = points[0].value, points
        if key == "moves_24h":
            shown = points[:HOURS]  # each is an hour and no moment: of moments, 24 hours have one more
            value = float(sum(point.value for point in shown))
        told.append(Figure(key, value, tuple(reversed(shown))))
    return tuple(told)
