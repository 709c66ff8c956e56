"""How good a resolution is against the truth, by closed pairs.

A pair is two records in one client. Closed means that all pairs of a client count, not only those that were scored:
closure is where precision dies. Source: Menestrina, Whang & Garcia-Molina, "Evaluating entity resolution results",
VLDB 2010.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    precision: float
    recall: float


def closed_pairs(clients: Mapping[str, str], truth: Mapping[str, str]) -> Quality:
    """Both map a record to its client or its true entity; only records in both are judged."""
    judged = clients.keys() & truth.keys()
    found = _pairs(clients[record] for record in judged)
    true = _pairs(truth[record] for record in judged)
    right = _pairs((clients[record], truth[record]) for record in judged)
    return Quality(right / found if found else 1.0, right / true if true else 1.0)


def _pairs(groups: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())
