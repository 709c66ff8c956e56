"""A resolver without Kafka: what it says is kept as its topic would, so that it can be restarted from that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from schemas.codec import canonical, client, encode
from schemas.events import Client, ClientFields, EndedClient, LiveClient, PooledRecord, RecordState, Stamp
from schemas.reference import Engine, MatchDecision, Source
from services.dedupe.matching import ENGINE_CODE, TOKENS
from services.dedupe.neighbours import Scoring
from services.dedupe.resolve_handler import Resolver
from services.stream.outcome import Effects, Incoming, Output, StateKey

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PARTITION = 3
ENGINE = Engine(code=ENGINE_CODE, tokens=TOKENS, cap=64, threshold=85)


def record(
    key: str, fields: ClientFields, at: int = 0, pool: str = "US", stamps: dict[str, Stamp] | None = None
) -> PooledRecord:
    """A record whose fields were all set `at` seconds after the epoch of these tests."""
    base = Stamp(NOW + timedelta(seconds=at), 0, f"{key}@{at}")
    state = RecordState(record=key, fields=fields, base=base, stamps=stamps or {}, pool=pool)
    return PooledRecord(key=key, pool=pool, record=state)


def gone(key: str, pool: str = "US", moved_to: str | None = None) -> PooledRecord:
    return PooledRecord(key=key, pool=pool, moved_to=moved_to)


def decision(low: str, high: str, verdict: str, at: int = 0) -> MatchDecision:
    return MatchDecision(
        low=low,
        high=high,
        verdict=verdict,  # type: ignore[arg-type]
        author="ann",
        at=NOW + timedelta(seconds=at),
    )


def incoming(topic: str, key: str, value: bytes | None, trace: str = "") -> Incoming:
    return Incoming(topic, PARTITION, 0, 0, key, value, [("traceparent", trace.encode())] if trace else [])


class Stage:
    """A resolver of one partition, and all it has said."""

    def __init__(self, engine: Engine | None = ENGINE, scoring: Scoring | None = None) -> None:
        self.said: list[Output] = []
        self._statements: list[Incoming] = []
        self._engine = engine
        self._scoring = scoring
        self.resolver = self._start()

    def send(self, *records: PooledRecord) -> list[Client]:
        """One batch. Returns what was said of clients, in order."""
        return self._taken(self.resolver.handle([incoming("pooled", r.key, encode(r)) for r in records], NOW))

    def learn(self, *statements: MatchDecision | Source | Engine) -> list[Client]:
        """Statements of `reference`, and all that is said because of them."""
        for statement in statements:
            message = incoming("reference", statement.key, encode(statement))
            self._statements.append(message)
            self.resolver.learn(message)
        return self.re_examine(self.resolver.touched(NOW))

    def re_examine(self, keys: Sequence[StateKey]) -> list[Client]:
        return self._taken(self.resolver.re_examine(keys, NOW))

    def restart(self) -> list[Client]:
        """A new resolver, restored from what the last one said. Returns what it says because of it."""
        return self.re_examine(self.restored(""))

    def restored(self, mark: str) -> Sequence[StateKey]:
        """A new resolver, restored; what it wants to decide again where the partition was marked so."""
        self.resolver = self._start()
        for output in self.said:
            self.resolver.restore(Incoming("deduped", PARTITION, 0, 0, output.key, output.value, output.headers))
        return self.resolver.restored(PARTITION, NOW, mark)

    def last(self) -> dict[str, Client]:
        return {output.key: client(output.value or b"") for output in self.said}

    def live(self) -> dict[str, LiveClient]:
        return {key: value for key, value in self.last().items() if isinstance(value, LiveClient)}

    def ended(self) -> dict[str, EndedClient]:
        return {key: value for key, value in self.last().items() if isinstance(value, EndedClient)}

    def state(self) -> dict[str, bytes]:
        """What a state hash would be made of, with the members' stamps."""
        told = {key: canonical(value, stamps=True) for key, value in self.last().items()}
        return {key: value for key, value in told.items() if value is not None}

    def groups(self) -> set[tuple[str, ...]]:
        return {tuple(member.record for member in value.members) for value in self.live().values()}

    def holder(self, key: str) -> LiveClient:
        [found] = [value for value in self.live().values() if key in (member.record for member in value.members)]
        return found

    def _start(self) -> Resolver:
        resolver = Resolver(self._engine, self._scoring)
        for statement in self._statements:
            resolver.learn(statement)
        if not self.said:
            resolver.restored(PARTITION, NOW, "")
        return resolver

    def _taken(self, effects: Effects) -> list[Client]:
        assert effects.rejections == []
        self.said += effects.outputs
        return [client(output.value or b"") for output in effects.outputs]


def from_scratch(records: Iterable[PooledRecord], *statements: MatchDecision | Source | Engine) -> dict[str, bytes]:
    """The state of a stage that took the live records as one batch and nothing before."""
    stage = Stage()
    stage.learn(*statements)
    stage.send(*records)
    return stage.state()
