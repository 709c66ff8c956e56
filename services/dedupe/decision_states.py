"""How each of people's match decisions stands: what the resolver does with it, told of all of them at once.

Decisions meet only inside a pool, along chains of *same*, so that settling a whole pool sets aside exactly what
settling each of its components does. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Literal

from schemas.events import RecordKey
from schemas.reference import MatchDecision
from services.dedupe.clustering import settle

State = Literal["holds", "dormant", "contradicted", "withdrawn"]


def states(
    decisions: Iterable[MatchDecision], pools_of: Mapping[RecordKey, Set[str]]
) -> list[tuple[MatchDecision, State]]:
    """By pair. `pools_of`: the pools that hold a record; two records are in one pool, or their decision is dormant."""
    told: list[tuple[MatchDecision, State]] = []
    by_pool: dict[str, list[MatchDecision]] = {}
    for decision in decisions:
        shared = pools_of.get(decision.low, frozenset()) & pools_of.get(decision.high, frozenset())
        if decision.verdict == "withdrawn":
            told.append((decision, "withdrawn"))
        elif not shared:
            told.append((decision, "dormant"))
        else:
            by_pool.setdefault(min(shared), []).append(decision)
    for held in by_pool.values():
        set_aside = set(settle(held).set_aside)
        told += [(decision, "contradicted" if decision in set_aside else "holds") for decision in held]
    return sorted(told, key=lambda one: (one[0].low, one[0].high))
