"""What is decided elsewhere and holds for every pool: the engine, the sources' ranks, people's match decisions."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.codec import UNREADABLE, reference
from schemas.events import RecordKey
from schemas.reference import Engine, MatchDecision, Source
from services.dedupe.decisions import Decisions
from services.dedupe.matching import ENGINE_CODE, TOKENS
from services.stream.outcome import Halt

_KINDS = ("engine:", "decision:", "source:")


class EngineMismatch(Halt):
    """The active engine isn't the one that this build runs, or none is active: the process must not resolve."""


class UnreadableReference(Halt):
    """A statement of a kind that the resolver needs does not decode."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose clients a statement may change: those of `records`, or everybody's, by other scores or without."""

    records: tuple[RecordKey, ...] = ()
    everybody: bool = False
    rescored: bool = False


NOBODY = Reach()


class Rules:
    """`learn` takes the statements of `reference` as they come, and passes over what it doesn't need."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._engine = engine
        self.ranks: dict[str, int] = {}  # source → rank, a lower one is trusted more
        self.decisions = Decisions()

    @property
    def has_engine(self) -> bool:
        return self._engine is not None

    @property
    def engine(self) -> Engine:
        """Raises `EngineMismatch` where none is active."""
        if self._engine is None:
            raise EngineMismatch("no engine is active: write engine:active to reference first")
        return self._engine

    def check(self) -> None:
        """Raises `EngineMismatch` where this build cannot run the active engine. To be asked once all is learned: the
        log may still hold an engine that was active before."""
        if self._engine is not None and (self._engine.code, self._engine.tokens) != (ENGINE_CODE, TOKENS):
            raise EngineMismatch(
                f"engine:active is code {self._engine.code} with tokens {self._engine.tokens}, this build has code "
                f"{ENGINE_CODE} with tokens {TOKENS}: deploy the build of the active engine, or activate this build's "
                f"with `cadastre engine set --this-build`"
            )

    def learn(self, key: str, value: bytes | None) -> Reach:
        """Raises `UnreadableReference` naming the key."""
        if not key.startswith(_KINDS):
            return NOBODY
        if value is None:
            return self._forget(key)
        try:
            statement = reference(value)
        except UNREADABLE as problem:
            raise UnreadableReference(f"reference {key}: {problem}; write it again as this build reads it") from problem
        match statement:
            case Engine():
                return self._adopt(statement)
            case Source():
                return self._rank(statement)
            case MatchDecision() if self.decisions.learn(statement):
                return Reach(records=(statement.low, statement.high))
        return NOBODY

    def _adopt(self, engine: Engine) -> Reach:
        before, self._engine = self._engine, engine
        return NOBODY if before == engine else Reach(everybody=True, rescored=True)

    def _rank(self, source: Source) -> Reach:
        before = self.ranks.get(source.id)
        self.ranks[source.id] = source.rank
        return NOBODY if before == source.rank else Reach(everybody=True)

    def _forget(self, key: str) -> Reach:
        """Only a source may be taken back: decisions are withdrawn in words, and there is always an engine."""
        known = self.ranks.pop(key.removeprefix("source:"), None) if key.startswith("source:") else None
        return NOBODY if known is None else Reach(everybody=True)
