"""The second stage of dedupe: pooled records in, clients out. Owns the match pools of the partitions it was given.

A batch is decided and applied under a journal: whatever raises leaves the state as it was. Only what differs from what
was last said is said again, a merge with all the ids that it ends in one go, survivors first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.codec import UNREADABLE, client, cloudevent, pooled_record, rfc3339
from schemas.events import Client, EndedClient, LiveClient, Member, PooledRecord, RecordKey
from schemas.reasons import Reason
from schemas.reference import Engine
from schemas.topics import DEDUPED, MAX_VALUE, POOLED
from services.dedupe import kept_keys
from services.dedupe.journal import Journal
from services.dedupe.kept_keys import packed, unpacked
from services.dedupe.neighbours import Scoring
from services.dedupe.pool_state import Pool
from services.dedupe.resolver import Arrivals, Verdict, resolve
from services.dedupe.rules import Rules
from services.dedupe.survivorship import survive
from services.stream.outcome import Effects, Incoming, Output, Rejection, StateKey

_SOURCE = "cadastre/dedupe"
_RECORD_MAX = (MAX_VALUE - 65_536) // 2  # a client of one says each field twice, and what it is near to

PoolKey = tuple[int, str]  # partition, pool


class Resolver:
    """The handler of `pooled`. `touched` and `restored` raise `EngineMismatch` where this build cannot run the
    active engine."""

    topic = POOLED.name
    state_topics = (DEDUPED.name,)

    def __init__(self, engine: Engine | None = None, scoring: Scoring | None = None) -> None:
        self._rules = Rules(engine)
        self._scoring = scoring or Scoring()
        self._restoring: dict[int, dict[str, tuple[bytes, bytes | None]]] = {}  # partition → client id → value, keys
        self._pools: dict[int, dict[str, Pool]] = {}
        self._reached: set[RecordKey] = set()
        self._all_reached = False

    def restore(self, message: Incoming) -> None:
        values = self._restoring.setdefault(message.partition, {})
        if message.value is None:
            values.pop(message.key, None)
        else:
            values[message.key] = message.value, _header(message)

    @property
    def mark(self) -> str:
        """The active engine's name."""
        return self._rules.engine.name if self._rules.has_engine else ""

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        """Index what was last said. Nothing is scored.

        To be decided again: clients said under another engine, but where the mark tells that they came out the same
        under this one; clients whose golden record comes out otherwise under
        today's ranks, and every record that a decision names, since what a decision did can't be read off a value.
        """
        self._rules.check()
        pools = self._pools[partition] = {}
        doubtful: set[RecordKey] = set()
        for client_id, (value, kept) in self._restoring.pop(partition, {}).items():
            said = client(value)
            pool = pools.get(said.pool)
            if pool is None:
                pool = pools[said.pool] = Pool(said.pool, self._scoring)
            keys = unpacked(kept, len(said.members)) if isinstance(said, LiveClient) else None
            pool.restore(client_id, value, said, keys)
            if isinstance(said, LiveClient) and self._is_doubtful(said, resolved=mark == self.mark):
                doubtful.add(said.members[0].record)  # the others of a client are decided with it
        if self._rules.has_engine:
            doubtful.update(self._held(partition, self._rules.decisions.named()))
        return [StateKey(partition, record) for record in sorted(doubtful)]

    def drop(self, partition: int) -> None:
        self._restoring.pop(partition, None)
        self._pools.pop(partition, None)

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        arrivals: dict[PoolKey, Arrivals] = {}
        traces: dict[RecordKey, bytes] = {}
        for message in batch:
            pooled = _read(message, effects)
            if pooled is not None:
                _arrive(arrivals.setdefault((message.partition, pooled.pool), Arrivals()), pooled)
                effects.count(message.partition, "resolved")
                traces.update((pooled.key, value) for name, value in message.headers if name == "traceparent")
        self._resolve(arrivals, traces, now, effects)
        return effects

    def learn(self, message: Incoming) -> None:
        reach = self._rules.learn(message.key, message.value)
        if reach.rescored:
            for pool in self._held_pools():
                pool.neighbourhood.forget_scores()
        if self._pools:
            self._reached.update(reach.records)
            self._all_reached |= reach.everybody

    def touched(self, now: datetime) -> Sequence[StateKey]:
        """The records whose clients the statements learned since the last call may change."""
        self._rules.check()
        reached, everybody = self._reached, self._all_reached
        self._reached, self._all_reached = set(), False
        keys: list[StateKey] = []
        for partition, pools in sorted(self._pools.items()):
            if everybody:
                records = [record for pool in pools.values() for record in pool.one_of_each()]
            else:
                records = list(self._held(partition, reached))
            keys += [StateKey(partition, record) for record in sorted(records)]
        return keys

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        effects = Effects()
        arrivals: dict[PoolKey, Arrivals] = {}
        for key in keys:
            for name, pool in self._pools.get(key.partition, {}).items():
                if key.key in pool.home:
                    arrivals.setdefault((key.partition, name), Arrivals()).again.add(key.key)
        self._resolve(arrivals, {}, now, effects)
        return effects

    def next_moment(self) -> datetime | None:
        return None

    def _resolve(
        self, arrivals: dict[PoolKey, Arrivals], traces: dict[RecordKey, bytes], now: datetime, effects: Effects
    ) -> None:
        time = rfc3339(now)
        with Journal() as journal:
            for (partition, name), arrived in arrivals.items():
                pools = self._pools.setdefault(partition, {})
                if name not in pools:
                    journal.put(pools, name, Pool(name, self._scoring))
                pool = pools[name]
                for verdict in resolve(pool, arrived, self._rules, journal):
                    output = _output(verdict, partition, time, _cause(verdict.value, arrived, traces))
                    keys = packed(pool.keys(verdict.value)) if isinstance(verdict.value, LiveClient) else None
                    output.headers.extend([(kept_keys.NAME, keys)] if keys is not None else [])
                    effects.outputs.append(output)

    def _is_doubtful(self, said: LiveClient, *, resolved: bool) -> bool:
        if not self._rules.has_engine:
            return False  # the engine, once learned, touches everybody
        if said.engine != self._rules.engine.name and not resolved:
            return True
        return len(said.members) > 1 and survive(said.members, self._rules.ranks) != (said.golden, said.provenance)

    def _held(self, partition: int, records: set[RecordKey] | list[RecordKey]) -> Iterator[RecordKey]:
        homes = [pool.home for pool in self._pools[partition].values()]
        return (record for record in records if any(record in home for home in homes))

    def _held_pools(self) -> Iterator[Pool]:
        return (pool for pools in self._pools.values() for pool in pools.values())


def _header(message: Incoming) -> bytes | None:
    return next((value for name, value in message.headers if name == kept_keys.NAME), None)


def _read(message: Incoming, effects: Effects) -> PooledRecord | None:
    """The message's record; one that can't be taken goes to `effects` as a rejection."""
    value = message.value or b""
    if len(value) > _RECORD_MAX:
        detail = (
            f"value: {len(value)} bytes are more than {_RECORD_MAX}, a client of it alone would not fit; shorten it"
        )
        effects.rejections.append(Rejection(message, Reason.TOO_LARGE, detail))
        return None
    try:
        return pooled_record(value)
    except UNREADABLE as problem:
        effects.rejections.append(Rejection(message, Reason.MALFORMED, f"value: {problem}; send a pooled record"))
        return None


def _arrive(arrivals: Arrivals, pooled: PooledRecord) -> None:
    """The last word on a record counts; that it is to be said again is not taken back by a later one."""
    state = pooled.record
    if pooled.touch:
        arrivals.touched.add(pooled.key)
    arrivals.moved.pop(pooled.key, None)
    if state is not None:
        arrivals.members[pooled.key] = Member(
            record=pooled.key, fields=state.fields, base=state.base, stamps=state.stamps
        )
        return
    arrivals.members[pooled.key] = None
    if pooled.moved_to is not None:
        arrivals.moved[pooled.key] = pooled.moved_to


def _cause(value: Client, arrivals: Arrivals, traces: dict[RecordKey, bytes]) -> bytes | None:
    """The trace of the one record that made the client what it is, none where several did."""
    if not traces or not isinstance(value, LiveClient):
        return None
    arrived = [member.record for member in value.members if member.record in arrivals.members]
    return traces.get(arrived[0]) if len(arrived) == 1 else None


def _output(
    verdict: Verdict[LiveClient] | Verdict[EndedClient], partition: int, time: str, traceparent: bytes | None
) -> Output:
    value = verdict.value
    headers = cloudevent(DEDUPED.event_type, f"{value.client_id}:{value.version}", _SOURCE, time, traceparent)
    return Output(DEDUPED.name, value.client_id, verdict.payload, partition, headers)
