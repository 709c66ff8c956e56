"""What is said of a client: its value, whether that is news, and whether it fits into a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest

from msgspec.structs import replace

from schemas.codec import canonical, encode
from schemas.events import Edge, LiveClient, Member, RecordKey
from schemas.topics import MAX_VALUE
from services.dedupe.clustering import Accepted, Cluster
from services.dedupe.identity import client_id, founder
from services.dedupe.matching import PairScore, evidence_of
from services.dedupe.survivorship import Ranks, survive

MOST_POSSIBLE = 20  # what a person can review; `explain` has the rest
_BYTES_MAX = MAX_VALUE - 1024  # a draft lacks a version's digits and the client that it split from
_CERTAIN = 100.0

Near = Mapping[RecordKey, PairScore]
Apart = Callable[[RecordKey, RecordKey], bool]  # decided different, `low` < `high`


def draft(
    pool: str,
    engine: str,
    cluster: Cluster,
    members: Sequence[Member],
    possible: Sequence[Edge],
    ranks: Ranks,
) -> LiveClient:
    """The client without its history (version 0). `members` are the cluster's, by record key."""
    golden, provenance = survive(members, ranks)
    edges = sorted(map(_accepted, cluster.accepted), key=_strongest_first)
    return LiveClient(
        client_id=client_id(pool, founder(members)),
        version=0,
        engine=engine,
        pool=pool,
        golden=golden,
        provenance=provenance,
        members=tuple(members),
        confidence=min((edge.confidence for edge in edges), default=_CERTAIN),
        edges=tuple(edges),
        possible=tuple(possible),
        oversized=cluster.oversized,
    )


def possible_edges(cluster: Sequence[RecordKey], near: Mapping[RecordKey, Near], apart: Apart) -> list[Edge]:
    """The strongest pairs with records of other clients, those that people parted left out."""
    inside = set(cluster)
    edges = [
        _edge(*((record, other) if record < other else (other, record)), score)
        for record in cluster
        for other, score in near[record].items()
        if other not in inside and not apart(min(record, other), max(record, other))
    ]
    return edges and nsmallest(MOST_POSSIBLE, edges, key=_strongest_first)


def following(before: LiveClient | None, now: LiveClient, last_version: int, split_from: str | None) -> LiveClient:
    """`now` with its history; `before` itself where it says the same, whichever engine said it."""
    if before is not None:
        last_version = before.version
        same = replace(
            now, version=last_version, engine=before.engine, split_from=before.split_from, touch=before.touch
        )
        # Equal values may still be spelled apart (a moment in another zone), and the spelling is part of the state.
        if same == before and (encode(same) == encode(before) or _spelled(same) == _spelled(before)):
            return before
    return replace(now, version=last_version + 1, split_from=split_from)


def fits(value: LiveClient, size: int) -> bool:
    """Whether the client fits into a message, whatever its history. `size` is that of its encoded value."""
    if size <= MAX_VALUE // 2:
        return True
    return len(encode(replace(value, version=0, split_from=None, touch=False))) <= _BYTES_MAX


def _spelled(value: LiveClient) -> bytes | None:
    return canonical(value, stamps=True)


def _edge(low: RecordKey, high: RecordKey, score: PairScore) -> Edge:
    return Edge(low, high, score.weight, score.confidence, score.evidence)


def _accepted(union: Accepted) -> Edge:
    score = union.score
    if not union.decided:
        return _edge(union.low, union.high, score)
    return Edge(union.low, union.high, score.weight, _CERTAIN, (evidence_of("decision", "exact", 0), *score.evidence))


def _strongest_first(edge: Edge) -> tuple[int, RecordKey, RecordKey]:
    return (-edge.weight, edge.low, edge.high)
