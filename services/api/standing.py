"""How things stand: the dashboard's figures, who is asking, whether the view is whole, what a command came to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from services.api.answers import AdvisorRow, Count, Flow, Ref, TerritoryRow
from services.api.explained import DecisionView

FigureKey = Literal["clients", "aum_usd", "assigned_percent", "moves_24h", "advisors_over_capacity", "balance_percent"]


class Point(Struct, frozen=True):
    at: datetime
    value: float


class Figure(Struct, frozen=True):
    """One number with the last 24 hours behind it, a point an hour, the present last. `moves_24h` adds up its points:
    this hour and the 23 before it."""

    key: FigureKey
    value: float
    points: tuple[Point, ...]


class Balance(Struct, frozen=True, kw_only=True):
    """`index` is Jain's fairness of the advisors' loads in the reader's scope: 1 where all carry the same."""

    index: float
    mean_load: float
    over: tuple[AdvisorRow, ...]
    under: tuple[AdvisorRow, ...]


class Stats(Struct, frozen=True, kw_only=True):
    """`as_of`: when the last change in the reader's scope was appended to the log."""

    as_of: datetime | None
    figures: tuple[Figure, ...]
    territories: tuple[TerritoryRow, ...]
    tiers: tuple[Count, ...]
    segments: tuple[Count, ...]
    balance: Balance
    flows: tuple[Flow, ...]


class StageView(Struct, frozen=True, kw_only=True):
    stage: str
    replica: str
    state: str
    caught_up: bool
    lag: int
    rate_per_s: float
    at: datetime


class PulsePoint(Struct, frozen=True, kw_only=True):
    """What a stage did in one window. p50 and p99 are of the time from a record's append to its commit, at most a
    quarter too high; null where nothing was committed. `lag` is the most in it."""

    start: datetime
    records: int
    rejected: int
    p50_ms: int | None
    p99_ms: int | None
    lag: int


class StagePulse(Struct, frozen=True, kw_only=True):
    """One stage with all of its replicas: the last window that has ended, and all that were asked for."""

    stage: str
    replicas: int
    records_per_s: float
    rejected_per_s: float
    p50_ms: int | None
    p99_ms: int | None
    lag: int
    points: tuple[PulsePoint, ...]


class Moved(Struct, frozen=True):
    """Clients that came to a territory and that left it, in the time that was asked for."""

    territory: Ref
    arrived: int
    left: int


class Pulse(Struct, frozen=True, kw_only=True):
    """The pipeline strip. `as_of`: the last heartbeat in it; null before the first. Where it is old, pulse is down,
    and this strip alone is stale. `stages` is told to who may see the pipeline, `moves` to who may see clients."""

    as_of: datetime | None
    window_s: int
    stages: tuple[StagePulse, ...] | None
    moves: tuple[Moved, ...] | None


class Health(Struct, frozen=True, kw_only=True):
    """`stages` is told to those who may see the pipeline, and null else."""

    status: Literal["rebuilding", "live"]
    progress_percent: float
    stages: tuple[StageView, ...] | None
    unreadable: int | None


class Me(Struct, frozen=True, kw_only=True):
    """`regions` is null for who sees all."""

    subject: str
    name: str
    role: Literal["leader", "analyst", "engineer", "operator"]
    regions: tuple[Ref, ...] | None
    permissions: tuple[str, ...]
    expires_at: datetime


class SignIn(Struct, frozen=True):
    """Where tokens come from. `local`: the issuer is Cadastre's own, for one machine; its /users may be chosen from.
    `client_id`: as whom the page signs people in there, by an authorization code with PKCE."""

    issuer: str
    audience: str
    local: bool
    client_id: str


class Ticket(Struct, frozen=True):
    ticket: str
    expires_in: int


class Found(Struct, frozen=True):
    """What a few typed letters find, for the palette."""

    clients: tuple[Ref, ...]
    territories: tuple[Ref, ...]
    advisors: tuple[Ref, ...]


class OverrideAccepted(Struct, frozen=True):
    """Kafka has the statement; the client shows its effect when assign has decided, usually within a second."""

    record: str
    at: datetime


class DecisionAccepted(Struct, frozen=True):
    """`undo` is the verdict that brings back what stood before."""

    decision: DecisionView
    undo: Literal["same", "different", "withdrawn"]


class FieldError(Struct, frozen=True):
    pointer: str
    code: str
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `errors` names each faulty parameter or member."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[FieldError, ...] = ()
