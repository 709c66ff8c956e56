"""Rule sets: versioned documents that anybody can read, and the schedule that says which one holds from when."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from schemas.events import UtcTime

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Scalar = str | int | float | bool


class Condition(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"in_": "in", "not_": "not"},
):
    """A node of a rule's tree: exactly one of all, any, not, or a `field` with exactly one test."""

    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Condition | None = None
    field: str | None = None
    equals: Scalar | None = None
    in_: tuple[Scalar, ...] | None = None
    between: tuple[float | None, float | None] | None = None  # low ≤ value < high; null is open
    prefix: str | None = None
    contains: str | None = None
    exists: bool | None = None


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Lower priority numbers are tried first; ties go by rule id."""

    id: Id
    priority: int
    territory: Id
    when: Condition
    description: str = ""
    effective_from: UtcTime | None = None
    effective_until: UtcTime | None = None


class Tier(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A client is of the first tier whose condition holds; the last should hold for everybody."""

    id: Id
    when: Condition


class Segment(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    id: Id
    when: Condition


class RuleSet(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="rules",
):
    """One immutable version of the rules: `rules:<set>:<number>`."""

    set: Id
    number: Annotated[int, Meta(ge=1)]
    tiers: tuple[Tier, ...] = ()
    segments: tuple[Segment, ...] = ()
    rules: tuple[Rule, ...] = ()
    inherit_from_parent: bool = False
    default_territory: Id | None = None
    currency: str = "USD"  # what aum and revenue are converted to before a condition reads them

    @property
    def key(self) -> str:
        return f"rules:{self.set}:{self.number}"


class Scheduled(Struct, frozen=True):
    effective_from: UtcTime
    number: int


class Activation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="activation"):
    """Which number of a rule set holds from when. The latest `effective_from` that has passed decides."""

    set: Id
    schedule: tuple[Scheduled, ...]

    @property
    def key(self) -> str:
        return f"activation:{self.set}"
