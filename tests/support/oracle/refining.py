"""A component into clusters: every union is weighed over all pairs that it would bring together, counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.events import RecordKey
from services.dedupe.matching import PairScore, weight_of
from tests.support.oracle.components import Standing
from tests.support.oracle.linking import Nearness, Pair

# Written down again on purpose: a change of the rules must be made in both places.
MEMBERS_MAX = 200
_SHARE = 80  # per cent of the threshold's weight, rounded down, that the pairs of a union must reach on average
_SAYS_AT_MOST = 1000  # what a single pair adds to the average or takes from it


@dataclass(frozen=True, slots=True)
class Union:
    pair: Pair
    score: PairScore
    decided: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """Members sorted. `oversized`: a union with one of them was refused for its size."""

    members: list[RecordKey]
    unions: list[Union]
    oversized: bool


class Refinement:
    """`most` bounds the members of a cluster that links make; decisions are followed whatever it says."""

    def __init__(self, component: Sequence[RecordKey], nearness: Nearness, standing: Standing, threshold: int) -> None:
        self._component = component
        self._nearness = nearness
        self._standing = standing
        self._average = weight_of(threshold) * _SHARE // 100
        inside = set(component)
        scored = ((pair, nearness.near[pair]) for pair in nearness.links if pair[0] in inside)
        self._links = sorted(scored, key=lambda link: (-link[1].weight, link[0]))

    def clusters(self, most: int) -> list[Cluster]:
        together = {record: frozenset((record,)) for record in self._component}
        unions: list[Union] = []
        refused: set[RecordKey] = set()
        for pair in self._standing.same:
            if together[pair[0]] != together[pair[1]]:
                unions.append(Union(pair, self._nearness.scores([pair])[0], decided=True))
                _unite(together, pair)
        for pair, score in self._links:
            left, right = together[pair[0]], together[pair[1]]
            if left == right:
                continue
            if len(left) + len(right) > most:
                refused |= left | right
            elif self._may_be_one(left, right):
                unions.append(Union(pair, score, decided=False))
                _unite(together, pair)
        return [
            Cluster(sorted(one), [union for union in unions if union.pair[0] in one], not one.isdisjoint(refused))
            for one in sorted(set(together.values()), key=min)
        ]

    def _may_be_one(self, left: frozenset[RecordKey], right: frozenset[RecordKey]) -> bool:
        pairs = [(min(a, b), max(a, b)) for a in left for b in right]
        scores = self._nearness.scores(pairs)
        if any(pair in self._standing.different for pair in pairs) or any(score.forbidden for score in scores):
            return False
        return sum(map(_said, scores)) >= self._average * len(scores)


def _said(score: PairScore) -> int:
    """For the union, or against it. A capped pair never speaks for one."""
    if score.capped and score.weight > 0:
        return 0
    return sorted((-_SAYS_AT_MOST, score.weight, _SAYS_AT_MOST))[1]


def _unite(together: dict[RecordKey, frozenset[RecordKey]], pair: Pair) -> None:
    one = together[pair[0]] | together[pair[1]]
    for record in one:
        together[record] = one
