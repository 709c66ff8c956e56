"""Why: the evidence of a pair of records, and the steps that led to a territory or away from another."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from services.api.answers import Ref


class EvidenceBar(Struct, frozen=True):
    """One step of a pair's waterfall. `weight` is in hundredths of a bit; `low` and `high` are what was compared."""

    field: str
    level: str
    weight: int
    low: str | None
    high: str | None


class DecisionView(Struct, frozen=True, kw_only=True):
    """A person's word on a pair. `version` is what the next word's If-Match names, quoted; null where none stands."""

    low: str
    high: str
    verdict: Literal["same", "different", "withdrawn"] | None
    author: str | None
    at: datetime | None
    reason: str | None
    version: str


class PairRecord(Struct, frozen=True):
    record: str
    name: str
    client: Ref


class PairView(Struct, frozen=True, kw_only=True):
    """`weight` = `prior` + the weights of the evidence. At `threshold_weight` and above a pair is a match."""

    low: PairRecord
    high: PairRecord
    weight: int
    prior: int
    threshold_weight: int
    confidence: float
    verdict: Literal["match", "possible", "different", "forbidden"]
    evidence: tuple[EvidenceBar, ...]
    decision: DecisionView


class Evidence(Struct, frozen=True):
    """`accepted` hold the client together, strongest first; `possible` are its strongest pairs with other clients;
    `different` are pairs that people keep apart, latest word first."""

    threshold: int
    accepted: tuple[PairView, ...]
    possible: tuple[PairView, ...]
    different: tuple[PairView, ...]


class ConditionView(Struct, frozen=True):
    text: str
    holds: bool


class RuleView(Struct, frozen=True, kw_only=True):
    """A rule as it stands for this client. `barred`: a blacklist keeps the client out of the rule's territory."""

    id: str
    priority: int
    territory: Ref
    holds: bool
    decided: bool
    barred: bool
    conditions: tuple[ConditionView, ...]


StepName = Literal["override", "whitelist", "rule", "parent", "default", "unassigned"]


class StepView(Struct, frozen=True):
    """`decided`: this step settled it. `passed`: it had nothing to say. `unreached`: an earlier step settled it."""

    step: StepName
    outcome: Literal["decided", "passed", "unreached"]
    territory: Ref | None


class Explanation(Struct, frozen=True, kw_only=True):
    """Computed now, by the functions that decide. `rules` in the order in which they are tried, in scope only."""

    rule_set: str | None
    number: int | None
    decided_by: str
    territory: Ref | None
    steps: tuple[StepView, ...]
    rules: tuple[RuleView, ...]


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One assignment as the warehouse keeps it; `effective_to` is null for the one that holds."""

    territory: Ref
    region: Ref | None
    advisor: Ref | None
    tier: str | None
    segment: str | None
    decided_by: str | None
    effective_from: datetime
    effective_to: datetime | None


class FieldChange(Struct, frozen=True):
    """What a field was and became; null where it was not said."""

    field: str
    before: str | None
    after: str | None


class HistoryVersion(Struct, frozen=True, kw_only=True):
    """One golden record as the warehouse keeps it, and how it differs from the one before it in this list; the oldest
    from nothing. `valid_to` is null for the one that holds."""

    status: Literal["live", "ended"]
    valid_from: datetime
    valid_to: datetime | None
    changes: tuple[FieldChange, ...]


class History(Struct, frozen=True, kw_only=True):
    """The newest 500 assignments and golden records that the warehouse has of a client, newest first; of a leader's
    regions, what was while it was in them. `watermark`: up to when the warehouse knows about this client.
    `loaded_at`: when it was last loaded, told to who sees all. `complete`: what the api shows now is among it."""

    watermark: datetime | None
    loaded_at: datetime | None
    complete: bool
    entries: tuple[HistoryEntry, ...]
    versions: tuple[HistoryVersion, ...]
