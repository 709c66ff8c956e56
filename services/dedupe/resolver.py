"""Resolves a batch of one pool: changed records in, the clients that differ from what was last said out.

Only what a change can reach is looked at: the changed records, their neighbours before and after, and everything in
one component or one last-said client with these. The result is a function of the pool's live records, the decisions,
the source ranks and the engine: batch size, order and restarts don't show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec.structs import replace

from schemas.codec import encode
from schemas.events import EndedClient, LiveClient, Member, MovedRecord, RecordKey
from services.dedupe.client_value import Apart, draft, fits, following, possible_edges
from services.dedupe.clustering import MAX_MEMBERS, Cluster, Link, Standing, connected, refine, settle
from services.dedupe.decisions import Pair
from services.dedupe.identity import founder
from services.dedupe.journal import Journal
from services.dedupe.matching import PairScore, features
from services.dedupe.neighbours import Near
from services.dedupe.pool_state import Pool
from services.dedupe.rules import Rules


@dataclass(slots=True)
class Arrivals:
    """A batch as it concerns one pool: the last state of each record (None: gone), and what else was asked."""

    members: dict[RecordKey, Member | None] = field(default_factory=dict)
    moved: dict[RecordKey, str] = field(default_factory=dict)  # record → the pool that it left for
    touched: set[RecordKey] = field(default_factory=set)  # to be said again, changed or not
    again: set[RecordKey] = field(default_factory=set)  # to be decided again


Said = TypeVar("Said", LiveClient, EndedClient)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Said]):
    """What became of a client: its value, encoded, and whether it differs from what was last said."""

    value: Said
    payload: bytes
    news: bool


Verdicts = list[Verdict[LiveClient] | Verdict[EndedClient]]


def resolve(pool: Pool, arrivals: Arrivals, rules: Rules, journal: Journal) -> Verdicts:
    """What there is to say, live clients before ended ones, each by id. The pool is changed under the journal.

    Raises `ClientTooLarge`.
    """
    return _Resolution(pool, arrivals, rules, journal).run()


class ClientTooLarge(ValueError):
    """Records that people decided to be one client don't fit into one message together."""


class _Resolution:
    def __init__(self, pool: Pool, arrivals: Arrivals, rules: Rules, journal: Journal) -> None:
        self._pool = pool
        self._arrivals = arrivals
        self._rules = rules
        self._journal = journal
        self._fresh: set[RecordKey] = set()
        self._near: dict[RecordKey, Near] = {}
        self._linked_to: dict[RecordKey, list[RecordKey]] = {}
        self._before: dict[str, LiveClient] = {}  # the clients of the region, as last said
        self._members: dict[RecordKey, Member] = {}
        self._now: set[str] = set()  # the clients of the region as they are now

    def run(self) -> Verdicts:
        region = self._region(self._take())
        verdicts = [verdict for component in self._components(region) for verdict in self._clients(component)]
        verdicts.sort(key=lambda verdict: verdict.value.client_id)
        self._settle(verdicts)
        return [*(verdict for verdict in verdicts if verdict.news), *self._endings()]

    def _take(self) -> set[RecordKey]:
        """Apply the arrivals to the index. Returns where to start looking."""
        arrived = self._arrivals.members
        changes = {}
        seeds = set(arrived) | self._arrivals.touched | self._arrivals.again
        hood = self._pool.neighbourhood
        for record, member in arrived.items():
            new = features(record, member.fields) if member is not None else None
            old = hood.features(record) if record in hood else None
            if new != old:
                changes[record] = new
                if new is not None:
                    self._fresh.add(record)
        if changes:
            seeds |= hood.change(changes, self._rules.engine, self._journal)
        for record in list(seeds):
            seeds.update(self._companions(record))
        self._members.update((record, member) for record, member in arrived.items() if member is not None)
        return seeds

    def _region(self, seeds: set[RecordKey]) -> set[RecordKey]:
        """All that is linked to the seeds or was one client with what is: closed under both.

        The new neighbours of what changed are in it too, since they name the pair as a possible match.
        """
        hood, rules = self._pool.neighbourhood, self._rules
        changed = frozenset(self._fresh)
        region: set[RecordKey] = set()
        frontier = {record for record in seeds if record in hood}
        while frontier:
            region |= frontier
            self._near.update(hood.near(frontier, self._fresh, rules.engine, self._journal))
            reached: set[RecordKey] = set()
            for record in frontier:
                reached.update(self._near[record] if record in changed else ())
                reached.update(self._linked(record))
                reached.update(self._companions(record))
            frontier = {record for record in reached if record in hood} - region
        return region

    def _linked(self, record: RecordKey) -> list[RecordKey]:
        """Asked for once the record was looked at, and then again for its component."""
        linked = self._linked_to.get(record)
        if linked is None:
            threshold = self._rules.engine.threshold
            linked = [other for other, score in self._near[record].items() if score.links(threshold)]
            linked += self._rules.decisions.joined_to(record)
            self._linked_to[record] = linked
        return linked

    def _companions(self, record: RecordKey) -> Iterable[RecordKey]:
        """The members of the client that last held the record."""
        client_id = self._pool.home.get(record)
        if client_id is None:
            return ()
        known = client_id in self._before
        client = self._last_word(client_id)
        assert client is not None, f"{record} is at home in {client_id}, which isn't live"
        if not known:
            for member in client.members:
                self._members.setdefault(member.record, member)
        return [member.record for member in client.members]

    def _components(self, region: set[RecordKey]) -> list[list[RecordKey]]:
        """What is linked, directly or through others. A pool's partner in a decision may be in another pool."""
        return connected(
            region, ((record, other) for record in region for other in self._linked(record) if other in region)
        )

    def _clients(self, component: list[RecordKey]) -> list[Verdict[LiveClient]]:
        """The component as clients, each of which fits into a message."""
        if len(component) == 1:
            return [self._verdict(Cluster(component), self._rules.decisions.parted)]
        standing = settle(self._rules.decisions.among(set(component)))
        apart = self._apart(set(component), standing)
        links = list(self._links(component))
        threshold, most = self._rules.engine.threshold, MAX_MEMBERS
        while True:
            clusters = refine(component, links, self._scores, standing, threshold, most)
            verdicts = [self._verdict(cluster, apart) for cluster in clusters]
            too_large = [len(v.value.members) for v in verdicts if not fits(v.value, len(v.payload))]
            if not too_large:
                return verdicts
            if most == 1:
                raise ClientTooLarge(f"pool {self._pool.name}: {max(too_large)} records decided the same are too large")
            most = max(1, min(most - 1, max(too_large) // 2))

    def _apart(self, component: set[RecordKey], standing: Standing) -> Apart:
        """Who was decided different: inside the component only what stands, since a decision may be set aside."""

        def apart(low: RecordKey, high: RecordKey) -> bool:
            if low in component and high in component:
                return (low, high) in standing.different
            return self._rules.decisions.parted(low, high)

        return apart

    def _links(self, component: list[RecordKey]) -> Iterator[Link]:
        threshold = self._rules.engine.threshold
        for low in component:
            for high, score in self._near[low].items():
                if low < high and score.links(threshold):
                    yield Link(low, high, score)

    def _scores(self, pairs: Sequence[Pair]) -> Sequence[PairScore]:
        return self._pool.neighbourhood.scores(pairs, self._rules.engine)

    def _verdict(self, cluster: Cluster, apart: Apart) -> Verdict[LiveClient]:
        pool, rules = self._pool, self._rules
        members = [self._members[record] for record in cluster.members]
        possible = possible_edges(cluster.members, self._near, apart)
        now = draft(pool.name, rules.engine.name, cluster, members, possible, rules.ranks)
        before = self._last_word(now.client_id)
        home = pool.home.get(founder(members))
        split_from = home if home != now.client_id else None
        value = following(before, now, pool.ended.get(now.client_id, 0), split_from)
        if not self._arrivals.touched.isdisjoint(cluster.members):
            value = replace(value, version=value.version + (value is before), touch=True)
        return Verdict(value, pool.said[value.client_id] if value is before else encode(value), value is not before)

    def _last_word(self, client_id: str) -> LiveClient | None:
        if client_id not in self._before and (client := self._pool.last_word(client_id)) is not None:
            self._before[client_id] = client
        return self._before.get(client_id)

    def _settle(self, verdicts: list[Verdict[LiveClient]]) -> None:
        """Make what is said now the last word; the ids that nobody bears any more stay in `_before` only."""
        pool, journal = self._pool, self._journal
        for record, member in self._arrivals.members.items():
            if member is None:
                journal.drop(pool.home, record)
        for verdict in verdicts:
            client_id = verdict.value.client_id
            self._now.add(client_id)
            if verdict.news:
                journal.put(pool.said, client_id, verdict.payload)
                journal.drop(pool.ended, client_id)
            for member in verdict.value.members:
                if pool.home.get(member.record) != client_id:
                    journal.put(pool.home, member.record, client_id)

    def _endings(self) -> list[Verdict[EndedClient]]:
        return [self._end(client) for client_id, client in sorted(self._before.items()) if client_id not in self._now]

    def _end(self, client: LiveClient) -> Verdict[EndedClient]:
        pool, moved = self._pool, self._arrivals.moved
        records = [member.record for member in client.members]
        value = EndedClient(
            client_id=client.client_id,
            version=client.version + 1,
            engine=self._rules.engine.name,
            pool=pool.name,
            into=tuple(sorted({pool.home[record] for record in records if record in pool.home})),
            moved=tuple(MovedRecord(record, moved[record]) for record in records if record in moved),
        )
        self._journal.drop(pool.said, client.client_id)
        self._journal.put(pool.ended, client.client_id, value.version)
        return Verdict(value, encode(value), news=True)
