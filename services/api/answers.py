"""What the api says of clients, territories, advisors and their figures: the shapes of answers and of live rows.

The same types go out over HTTP and over the websocket, and the OpenAPI document is generated from them. Every member
is always present, null where there is nothing to say or where the reader's scope does not cover it. Money is a decimal
string, times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.events import Conflict, Money, RuleRef

Usd = Annotated[str, Meta(pattern=r"^-?\d+\.\d{2}$", description="US dollars, a decimal string")]
Status = Literal["assigned", "unassigned", "pending", "ended"]


class Ref(Struct, frozen=True):
    """Something that has a name of its own."""

    id: str
    name: str


class Count(Struct, frozen=True):
    """How many clients have this value, and what they hold."""

    value: str
    label: str
    clients: int
    aum_usd: Usd


class ClientRow(Struct, frozen=True):
    """One client in a list. `version` is another with every change, and what a command's If-Match names, quoted."""

    id: str
    version: str
    name: str
    status: Status
    city: str | None
    country: str | None
    client_type: str | None
    industry: str | None
    aum: Money | None
    aum_usd: Usd | None
    territory: Ref | None
    region: Ref | None
    advisor: Ref | None
    tier: str | None
    segment: str | None
    decided_by: str | None
    confidence: float
    members: int
    conflicts: int
    changed_at: datetime


class ClientPage(Struct, frozen=True):
    """`total` counts all that match, `next` is the cursor of the following page."""

    items: tuple[ClientRow, ...]
    total: int
    next: str | None


class FacetValue(Struct, frozen=True):
    value: str
    label: str
    clients: int
    selected: bool


class Facet(Struct, frozen=True):
    """Counted with all filters but its own, so that another value can be chosen."""

    field: str
    values: tuple[FacetValue, ...]


class Facets(Struct, frozen=True):
    total: int
    facets: tuple[Facet, ...]


class FieldText(Struct, frozen=True):
    field: str
    text: str


class GoldenField(Struct, frozen=True):
    """A field of the golden record, and the member record that it was taken from."""

    field: str
    text: str
    record: str


class MemberView(Struct, frozen=True):
    """One CRM record of the client."""

    record: str
    source: str
    record_id: str
    fields: tuple[FieldText, ...]


class AssignmentView(Struct, frozen=True, kw_only=True):
    """Who serves the client and what decided it, as assign said."""

    territory: Ref | None
    region: Ref | None
    advisor: Ref | None
    tier: str | None
    segment: str | None
    decided_by: str
    rule: RuleRef | None
    source_record: str | None
    conditions: tuple[str, ...]
    lower: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    previous_territory: Ref | None
    previous_advisor: Ref | None
    previous_tier: str | None
    trigger: str
    effective_from: datetime


class OverrideView(Struct, frozen=True, kw_only=True):
    """A person's word on where the client that holds `record` belongs."""

    record: str
    territory: Ref | None
    advisor: Ref | None
    tier: str | None
    reason: str
    author: str
    at: datetime
    effective_from: datetime | None
    expires_at: datetime | None


class ClientDetail(Struct, frozen=True, kw_only=True):
    """Of an ended client only `client` and `into` say something."""

    client: ClientRow
    golden: tuple[GoldenField, ...]
    members: tuple[MemberView, ...]
    assignment: AssignmentView | None
    override: OverrideView | None
    parent: Ref | None
    children: int
    into: tuple[Ref, ...]


class Family(Struct, frozen=True):
    """`ancestors` from the top down to the parent; `children` by name, each with how many it has itself."""

    ancestors: tuple[Ref, ...]
    children: tuple[FamilyChild, ...]
    next: str | None


class FamilyChild(Struct, frozen=True):
    client: ClientRow
    children: int


class Placement(Struct, frozen=True):
    territory: Ref
    region: Ref
    advisor: Ref | None
    tier: str | None


MoveKind = Literal["arrived", "moved", "changed", "left"]


class MoveView(Struct, frozen=True, kw_only=True):
    """One change of an assignment. For a scope that covers one side only it is an arrival or a leaving."""

    id: str
    at: datetime
    client: Ref
    kind: MoveKind
    origin: Placement | None
    target: Placement | None
    decided_by: str | None
    aum_usd: Usd | None


class MovePage(Struct, frozen=True):
    """The last 24 hours, newest first."""

    items: tuple[MoveView, ...]
    next: str | None


class RegionRow(Struct, frozen=True, kw_only=True):
    """A region with all that lies below it. `parent` is null at the top of what the reader may see."""

    id: str
    name: str
    parent: str | None
    territories: int
    advisors: int
    capacity: int
    load: float
    clients: int
    aum_usd: Usd
    moves_in: int
    moves_out: int


class TerritoryRow(Struct, frozen=True, kw_only=True):
    """`load`: clients for each place that its advisors have. Who has n territories in the reader's scope gives each an
    n-th of their capacity, whatever they serve elsewhere."""

    id: str
    name: str
    region: Ref
    advisors: int
    capacity: int
    load: float
    clients: int
    aum_usd: Usd
    moves_in: int
    moves_out: int


class Territories(Struct, frozen=True):
    """`tiers`: those that the active rules know, in their order; an override may name one that no client has yet."""

    regions: tuple[RegionRow, ...]
    territories: tuple[TerritoryRow, ...]
    tiers: tuple[str, ...]


class AdvisorRow(Struct, frozen=True, kw_only=True):
    """`load` is clients in the reader's scope for each place of the capacity; above 1 the advisor is over capacity. Who
    also serves elsewhere carries more than it says."""

    id: str
    name: str
    active: bool
    territories: tuple[Ref, ...]
    clients: int
    capacity: int
    load: float
    over_capacity: bool
    aum_usd: Usd
    moves_in: int
    moves_out: int


class AdvisorPage(Struct, frozen=True):
    items: tuple[AdvisorRow, ...]
    total: int


class Flow(Struct, frozen=True):
    """Clients that went from one territory to another in this hour and the 23 before it; null is outside of the scope,
    or none."""

    origin: Ref | None
    target: Ref | None
    clients: int
    aum_usd: Usd


class TerritoryDetail(Struct, frozen=True, kw_only=True):
    territory: TerritoryRow
    path: tuple[Ref, ...]
    advisors: tuple[AdvisorRow, ...]
    tiers: tuple[Count, ...]
    segments: tuple[Count, ...]
    client_types: tuple[Count, ...]
    countries: tuple[Count, ...]
    flows: tuple[Flow, ...]


class AdvisorDetail(Struct, frozen=True, kw_only=True):
    advisor: AdvisorRow
    by_territory: tuple[Count, ...]
    tiers: tuple[Count, ...]
    segments: tuple[Count, ...]
