"""Cuts a component of linked records into clusters, each of which can be one client.

Method: agglomeration over the edges, strongest first, as Kruskal's, with unions refused where they would join what must
not be one. The result is a function of the records, their scores and the decisions; nothing depends on arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from schemas.events import RecordKey
from schemas.reference import MatchDecision
from services.dedupe.matching import PairScore, weight_of

MAX_MEMBERS = 200  # of one client: beyond it nobody checks a merge, and a value nears its largest size
AVERAGE_SHARE = 80  # per cent of what one pair needs: what all cross pairs of a union must reach on average
_CLAMP = 1000  # what one pair may say in an average: one shared id must not outvote a whole cluster

Pair = tuple[RecordKey, RecordKey]  # low < high
Scores = Callable[[Sequence[Pair]], Sequence[PairScore]]


class Link(Struct, frozen=True):
    """A pair that may join two clusters, `low` < `high`."""

    low: RecordKey
    high: RecordKey
    score: PairScore


class Accepted(Struct, frozen=True):
    """A union that was made: by a link, or by a person's decision."""

    low: RecordKey
    high: RecordKey
    score: PairScore
    decided: bool = False


@dataclass(slots=True)
class Cluster:
    """`members` sorted; `accepted` the unions that made it (members - 1), strongest first; decisions before links."""

    members: list[RecordKey]
    accepted: list[Accepted] = field(default_factory=list)
    oversized: bool = False  # links were dropped, or a union refused, for size alone


@dataclass(frozen=True, slots=True)
class Standing:
    """What people decided about a component, contradictions settled: the later by author's time stands."""

    same: tuple[Pair, ...] = ()
    different: frozenset[Pair] = frozenset()
    set_aside: tuple[MatchDecision, ...] = ()


def settle(decisions: Iterable[MatchDecision]) -> Standing:
    """Latest first; whatever contradicts what already stands is set aside. Ties go by pair."""
    groups: dict[RecordKey, set[RecordKey]] = {}
    same: list[Pair] = []
    different: set[Pair] = set()
    set_aside: list[MatchDecision] = []
    for decision in sorted(decisions, key=lambda d: (-_moment(d.at), d.low, d.high)):
        low = groups.setdefault(decision.low, {decision.low})
        high = groups.setdefault(decision.high, {decision.high})
        if decision.verdict == "same" and not _parted(low, high, different):
            same.append((decision.low, decision.high))
            merged = low | high
            groups.update(dict.fromkeys(merged, merged))
        elif decision.verdict == "different" and low is not high:
            different.add((decision.low, decision.high))
        elif decision.verdict != "withdrawn":
            set_aside.append(decision)
    return Standing(tuple(same), frozenset(different), tuple(set_aside))


def refine(
    members: Iterable[RecordKey],
    links: Iterable[Link],
    scores: Scores,
    standing: Standing,
    threshold: int,
    most: int = MAX_MEMBERS,
) -> list[Cluster]:
    """The clusters of one component, by smallest member.

    `scores` gives the score of any pairs (`low` < `high`): cross pairs without a link count as well. `threshold` is
    a confidence in percent. `most` bounds the members of a cluster; people's decisions are kept whatever the bound.
    """
    found: list[Cluster] = []
    average = weight_of(threshold) * AVERAGE_SHARE // 100
    for part in _cut_to_size(_Part(sorted(members), list(links), list(standing.same)), most):
        refining = _Refining(part.members, scores, standing.different, average, most)
        refining.join_decided(part.decided)
        for link in sorted(part.links, key=lambda link: (-link.score.weight, link.low, link.high)):
            refining.join(link)
        for cluster in refining.clusters():
            cluster.oversized |= part.cut
            found.append(cluster)
    return sorted(found, key=lambda cluster: cluster.members)


@dataclass(frozen=True, slots=True)
class _Part:
    """What is refined in one go: `decided` are its must-links. `cut`: links of it were dropped for its size."""

    members: list[RecordKey]
    links: list[Link]
    decided: list[Pair]
    cut: bool = False


def _cut_to_size(whole: _Part, most: int) -> Iterator[_Part]:
    """Parts of at most `most` members, the weakest links dropped until they are: so cross pairs stay countable.

    Where all links weigh the same, none is weakest: such a part stays, and its clusters are bounded one by one.
    """
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        weights = {link.score.weight for link in part.links}
        if len(part.members) <= most or len(weights) < 2:
            yield part
            continue
        weakest = min(weights)
        kept = [link for link in part.links if link.score.weight > weakest]
        for members in connected(part.members, [*((link.low, link.high) for link in kept), *part.decided]):
            inside = set(members)
            links = [link for link in kept if link.low in inside]
            waiting.append(_Part(members, links, [pair for pair in part.decided if pair[0] in inside], True))


def connected(members: Iterable[RecordKey], pairs: Iterable[Pair]) -> list[list[RecordKey]]:
    """The components of a graph, each sorted, by smallest member."""
    part_of = {record: [record] for record in members}
    for low, high in pairs:
        left, right = part_of[low], part_of[high]
        if left is not right:
            smaller, larger = sorted((left, right), key=len)
            larger += smaller
            part_of.update(dict.fromkeys(smaller, larger))
    parts = {id(part): part for part in part_of.values()}
    return sorted(sorted(part) for part in parts.values())


class _Refining:
    """The clusters as they grow: every member points to its cluster."""

    def __init__(self, members: list[RecordKey], scores: Scores, apart: Set[Pair], average: int, most: int) -> None:
        self._of = {record: Cluster([record]) for record in members}
        self._scores = scores
        self._apart = apart
        self._average = average
        self._most = most
        self._known: dict[Pair, PairScore] = {}
        self._refused: set[frozenset[tuple[RecordKey, int]]] = set()

    def join_decided(self, decided: Iterable[Pair]) -> None:
        for low, high in decided:
            if self._of[low] is not self._of[high]:
                [score] = self._scored([(low, high)])
                self._merge(Accepted(low, high, score, decided=True))

    def join(self, link: Link) -> None:
        left, right = self._of[link.low], self._of[link.high]
        if left is right:
            return
        if len(left.members) + len(right.members) > self._most:
            left.oversized = right.oversized = True
            return
        if (attempt := _attempt(left, right)) in self._refused:
            return
        self._known[link.low, link.high] = link.score
        if self._may_join(left.members, right.members):
            self._merge(Accepted(link.low, link.high, link.score))
        else:
            self._refused.add(attempt)

    def clusters(self) -> list[Cluster]:
        return [cluster for record, cluster in sorted(self._of.items()) if record == cluster.members[0]]

    def _may_join(self, left: list[RecordKey], right: list[RecordKey]) -> bool:
        pairs = [(min(a, b), max(a, b)) for a in left for b in right]
        if not self._apart.isdisjoint(pairs):
            return False
        scores = self._scored(pairs)
        if any(score.forbidden for score in scores):
            return False
        return sum(map(_voice, scores)) >= self._average * len(scores)

    def _scored(self, pairs: list[Pair]) -> list[PairScore]:
        unknown = [pair for pair in pairs if pair not in self._known]
        if unknown:
            self._known.update(zip(unknown, self._scores(unknown), strict=True))
        return [self._known[pair] for pair in pairs]

    def _merge(self, union: Accepted) -> None:
        left, right = self._of[union.low], self._of[union.high]
        merged = Cluster(
            sorted(left.members + right.members),
            [*left.accepted, *right.accepted, union],
            left.oversized or right.oversized,
        )
        self._of.update(dict.fromkeys(merged.members, merged))


def _attempt(left: Cluster, right: Cluster) -> frozenset[tuple[RecordKey, int]]:
    """Two clusters as they are now: they only grow, so that the smallest member and the size tell them."""
    return frozenset((cluster.members[0], len(cluster.members)) for cluster in (left, right))


def _voice(score: PairScore) -> int:
    """What a pair says in an average. A capped one never speaks for a union: it would get past its cap by a bridge."""
    return max(-_CLAMP, min(0 if score.capped else _CLAMP, score.weight))


def _parted(low: set[RecordKey], high: set[RecordKey], different: set[Pair]) -> bool:
    """Whether a standing decision keeps one of `low` and one of `high` apart."""
    return any((a in low and b in high) or (a in high and b in low) for a, b in different)


def _moment(at: datetime) -> float:
    return at.timestamp()
