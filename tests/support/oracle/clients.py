"""Records into clients, pool by pool: near pairs, components, clusters, and all that a client says of itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemas.codec import encode
from schemas.events import Edge, LiveClient, Member, RecordKey
from schemas.reference import Engine, MatchDecision, Reference, Source
from services.dedupe.matching import PairScore, evidence_of
from services.dedupe.pool import match_pool
from tests.support.oracle.components import components, settled
from tests.support.oracle.golden import golden_record, id_of
from tests.support.oracle.linking import Nearness, Pair
from tests.support.oracle.refining import MEMBERS_MAX, Cluster, Refinement, Union

_POSSIBLE_MAX = 20
_BYTES_MAX = 1_048_576 - 1_024  # of a client's value: what a message holds, without room for its history


def clients_of(records: Iterable[Member], statements: Iterable[Reference]) -> dict[str, LiveClient]:
    """By client id. Raises `ValueError` where no engine is active."""
    statements = list(statements)
    engine = next((one for one in statements if isinstance(one, Engine)), None)
    if engine is None:
        raise ValueError("no engine is active: add an Engine to the reference")
    decisions = [one for one in statements if isinstance(one, MatchDecision) and one.verdict != "withdrawn"]
    ranks = {one.id: one.rank for one in statements if isinstance(one, Source)}
    pools: defaultdict[str, list[Member]] = defaultdict(list)
    for record in records:
        pools[match_pool(record.fields)].append(record)
    clients = [
        client for name, members in sorted(pools.items()) for client in _Pool(name, members, engine, decisions, ranks)
    ]
    by_id = {client.client_id: client for client in clients}
    assert len(by_id) == len(clients), "two clients have one id"
    return by_id


class _Pool:
    def __init__(
        self,
        name: str,
        members: Sequence[Member],
        engine: Engine,
        decisions: Sequence[MatchDecision],
        ranks: Mapping[str, int],
    ) -> None:
        self._name = name
        self._engine = engine
        self._ranks = ranks
        self._members = {member.record: member for member in members}
        self._nearness = Nearness(members, engine)
        self._decisions = [one for one in decisions if {one.low, one.high} <= self._members.keys()]
        self._apart = {(one.low, one.high) for one in self._decisions if one.verdict == "different"}
        self._near_of: defaultdict[RecordKey, list[Pair]] = defaultdict(list)
        for pair in self._nearness.near:
            for record in pair:
                self._near_of[record].append(pair)

    def __iter__(self) -> Iterator[LiveClient]:
        joined = [(one.low, one.high) for one in self._decisions if one.verdict == "same"]
        for component in components(self._members, [*self._nearness.links, *joined]):
            yield from self._clients(component)

    def _clients(self, component: list[RecordKey]) -> list[LiveClient]:
        """Refined with an ever lower bound until every client fits into a message."""
        standing = settled(self._decisions, component)
        refinement = Refinement(component, self._nearness, standing, self._engine.threshold)
        apart = (self._apart - {pair for pair in self._apart if set(pair) <= set(component)}) | standing.different
        most = MEMBERS_MAX
        while True:
            clients = [self._client(cluster, apart) for cluster in refinement.clusters(most)]
            too_large = [len(client.members) for client in clients if len(encode(client)) > _BYTES_MAX]
            if not too_large or len(component) == 1:
                return clients
            if most == 1:
                raise ValueError(f"{max(too_large)} records that were decided the same don't fit into one message")
            most = max(1, min(most - 1, max(too_large) // 2))

    def _client(self, cluster: Cluster, apart: set[Pair]) -> LiveClient:
        members = tuple(self._members[record] for record in cluster.members)
        golden, provenance = golden_record(members, self._ranks)
        edges = sorted(map(_accepted, cluster.unions), key=_strongest_first)
        return LiveClient(
            client_id=id_of(self._name, members),
            version=0,
            engine=self._engine.name,
            pool=self._name,
            golden=golden,
            provenance=provenance,
            members=members,
            confidence=min((edge.confidence for edge in edges), default=100.0),
            edges=tuple(edges),
            possible=tuple(self._possible(cluster, apart)),
            oversized=cluster.oversized,
        )

    def _possible(self, cluster: Cluster, apart: set[Pair]) -> list[Edge]:
        inside = set(cluster.members)
        pairs = {pair for record in inside for pair in self._near_of[record] if not inside.issuperset(pair)} - apart
        edges = (_edge(pair, self._nearness.near[pair]) for pair in pairs)
        return sorted(edges, key=_strongest_first)[:_POSSIBLE_MAX]


def _edge(pair: Pair, score: PairScore) -> Edge:
    return Edge(*pair, score.weight, score.confidence, score.evidence)


def _accepted(union: Union) -> Edge:
    if not union.decided:
        return _edge(union.pair, union.score)
    evidence = (evidence_of("decision", "exact", 0), *union.score.evidence)
    return Edge(*union.pair, union.score.weight, 100.0, evidence)


def _strongest_first(edge: Edge) -> tuple[int, RecordKey, RecordKey]:
    return (-edge.weight, edge.low, edge.high)
