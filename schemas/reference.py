"""What people decide and own: territories, advisors, rule sets, lists, overrides, match decisions, the engine.

Every statement is one message on `reference`, keyed `kind:id`, so that two people who edit different things never
overwrite each other. Rule sets are immutable; overrides and decisions are never deleted, so that an undo is seen by
whoever was down.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.events import RecordKey, UtcTime
from schemas.rules import Activation, Id, RuleSet


class Region(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="region",
):
    id: Id
    name: str
    parent: Id | None = None

    @property
    def key(self) -> str:
        return f"region:{self.id}"


class Territory(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="territory",
):
    id: Id
    name: str
    region: Id

    @property
    def key(self) -> str:
        return f"territory:{self.id}"


class Advisor(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="advisor",
):
    """`capacity` is a number of clients: the weight in choosing, and the bound that raises an alarm."""

    id: Id
    name: str
    territories: tuple[Id, ...]
    capacity: Annotated[int, Meta(ge=1)]
    active: bool = True

    @property
    def key(self) -> str:
        return f"advisor:{self.id}"


class NamedList(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="list",
):
    """Named accounts of a territory: a whitelist sends them there, a blacklist keeps them out."""

    id: Id
    name: str
    purpose: Literal["whitelist", "blacklist"]
    territory: Id

    @property
    def key(self) -> str:
        return f"list:{self.id}"


class ListEntry(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="entry",
):
    list: Id
    record: RecordKey
    author: str
    at: UtcTime
    effective_from: UtcTime | None = None
    effective_until: UtcTime | None = None

    @property
    def key(self) -> str:
        return f"entry:{self.list}:{self.record}"


class Override(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="override",
):
    """A person's decision for the client that holds `record`; what it leaves out, the rules decide.

    `command` names the request that said it, so that any replica of the api knows that request when it comes again.
    """

    record: RecordKey
    author: str
    at: UtcTime
    reason: str
    territory: Id | None = None
    advisor: Id | None = None
    tier: Id | None = None
    effective_from: UtcTime | None = None
    expires_at: UtcTime | None = None
    ended: bool = False
    command: str | None = None

    @property
    def key(self) -> str:
        return f"override:{self.record}"


class MatchDecision(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="decision",
):
    """A person's word on a pair of records, `low` < `high`. `command`: as of an override."""

    low: RecordKey
    high: RecordKey
    verdict: Literal["same", "different", "withdrawn"]
    author: str
    at: UtcTime
    reason: str = ""
    command: str | None = None

    @property
    def key(self) -> str:
        return f"decision:{self.low}|{self.high}"


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="rate"):
    """What one unit of `currency` is worth in US dollars, as a decimal string."""

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    usd: Annotated[str, Meta(pattern=r"^\d{1,12}(\.\d{1,12})?$")]

    @property
    def key(self) -> str:
        return f"rate:{self.currency}"


class Source(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="source",
):
    """A CRM. Survivorship trusts a lower rank first; a source that is not named ranks last."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    rank: Annotated[int, Meta(ge=0, le=1_000_000)]

    @property
    def key(self) -> str:
        return f"source:{self.id}"


class Engine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="engine"):
    """What resolves: a process whose code or tokens differ does not join."""

    code: int
    tokens: int
    cap: Annotated[int, Meta(ge=2, le=100_000)]
    threshold: Annotated[int, Meta(ge=60, le=100)]
    grain: Literal["entity", "site"] = "entity"

    @property
    def key(self) -> str:
        return "engine:active"

    @property
    def name(self) -> str:
        return f"{self.code}.{self.tokens}.{self.cap}.{self.threshold}.{self.grain}"


class Resume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="resume"):
    """Somebody's word that a stage whose brake has tripped goes on: rejections below these offsets don't count."""

    stage: str
    below: dict[str, dict[int, int]]  # topic → partition → offset
    author: str
    at: UtcTime

    @property
    def key(self) -> str:
        return f"resume:{self.stage}"


Reference = (
    RuleSet
    | Activation
    | Region
    | Territory
    | Advisor
    | NamedList
    | ListEntry
    | Override
    | MatchDecision
    | Rate
    | Source
    | Engine
    | Resume
)
