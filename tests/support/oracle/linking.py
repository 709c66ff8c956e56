"""Which records of a pool are near each other: everything that shares a key within the cap is scored, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from schemas.events import Member, RecordKey
from schemas.reference import Engine
from services.dedupe.matching import POSSIBLE_WEIGHT, PairScore, blocking_keys, features, score_pairs, weight_of

Pair = tuple[RecordKey, RecordKey]  # low, high


class Nearness:
    """`near`: the pairs that are at least possible matches; `links`: those of them that may join two records."""

    def __init__(self, records: Sequence[Member], engine: Engine) -> None:
        self._grain = engine.grain
        self._features = {member.record: features(member.record, member.fields) for member in records}
        self._scores: dict[Pair, PairScore] = {}
        pairs = self._blocked(engine.cap)
        scores = dict(zip(pairs, self.scores(pairs), strict=True))
        self.near = {pair: score for pair, score in scores.items() if score.weight >= POSSIBLE_WEIGHT}
        least = weight_of(engine.threshold)
        self.links = [pair for pair, score in self.near.items() if _joins(score, least)]

    def scores(self, pairs: Sequence[Pair]) -> list[PairScore]:
        """Of any pairs, whether or not they share a key."""
        unknown = [pair for pair in pairs if pair not in self._scores]
        found = score_pairs([(self._features[low], self._features[high]) for low, high in unknown], self._grain)
        self._scores.update(zip(unknown, found, strict=True))
        return [self._scores[pair] for pair in pairs]

    def _blocked(self, cap: int) -> list[Pair]:
        holders: defaultdict[int, list[RecordKey]] = defaultdict(list)
        for record, of_record in self._features.items():
            for key in blocking_keys(of_record):
                holders[key].append(record)
        return sorted({pair for held in holders.values() if len(held) <= cap for pair in combinations(sorted(held), 2)})


def _joins(score: PairScore, least: int) -> bool:
    return score.weight >= least and not score.forbidden and not score.capped
