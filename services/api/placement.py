"""A client in the view, before and after a change: what the rollups count, and what counts as a move. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec import UnsetType

from schemas.events import Assignment, LiveClient, Money
from services.api.answers import MoveKind, Status

UNASSIGNED = "UNASSIGNED"
NONE = ""  # of a dimension without a value
SIDES = ("region", "territory", "advisor", "tier", "segment", "country", "client_type", "status")  # of the cube
SUMMED = ("territory", "advisor", "tier", "segment", "status")  # sides along which sums of the cube are kept
_MOST_CENTS = 10**17  # a thousand times the world's wealth: beyond it the sums would leave 64 bits


class Standing(NamedTuple):
    """The columns of a client that rollups, moves and scopes are made of. `region` None: only who sees all sees it."""

    live: bool
    status: Status
    name: str
    country: str
    client_type: str
    cents: int
    territory: str
    region: str | None
    advisor: str
    tier: str
    segment: str

    @property
    def cell(self) -> tuple[str, ...]:
        """Where the cube of counts has it, by SIDES."""
        return (
            self.region or NONE,
            self.territory,
            self.advisor,
            self.tier,
            self.segment,
            self.country,
            self.client_type,
            self.status,
        )


ABSENT = Standing(False, "pending", "", NONE, NONE, 0, NONE, None, NONE, NONE, NONE)


def cents_of(money: Money | UnsetType, rates: dict[str, Decimal]) -> int | None:
    """US cents; None where there is no amount or no rate for its currency."""
    if not isinstance(money, Money) or money.currency not in rates:
        return None
    cents = round(Decimal(money.amount) * rates[money.currency] * 100)
    return max(-_MOST_CENTS, min(_MOST_CENTS, cents))


def text_of(value: object) -> str:
    return value if isinstance(value, str) else NONE


def with_client(before: Standing, client: LiveClient | None, cents: int | None) -> Standing:
    """The half that `deduped` tells; None: the client has ended."""
    if client is None:
        return before._replace(live=False, status="ended", cents=0)
    golden = client.golden
    return Standing(
        True,
        _status(before.territory),
        text_of(golden.name),
        text_of(golden.country),
        text_of(golden.client_type),
        cents or 0,
        before.territory,
        before.region,
        before.advisor,
        before.tier,
        before.segment,
    )


def _status(territory: str) -> Status:
    """Of a live client. An id may come back after its end, so the end itself is not remembered."""
    if territory == NONE:
        return "pending"
    return "unassigned" if territory == UNASSIGNED else "assigned"


def with_assignment(before: Standing, said: Assignment) -> Standing:
    """The half that `assigned` tells."""
    if said.status == "ended":
        return before._replace(
            status="pending" if before.live else "ended",
            territory=NONE,
            region=None,
            advisor=NONE,
            tier=NONE,
            segment=NONE,
        )
    return Standing(
        before.live,
        _status(said.territory) if before.live or before.status != "ended" else "ended",
        before.name,
        before.country,
        before.client_type,
        before.cents,
        said.territory,
        said.region,
        said.advisor or NONE,
        said.tier or NONE,
        said.segment or NONE,
    )


def move_kind(before: Standing, after: Standing) -> MoveKind | None:
    """What a reader of all calls the change of an assignment; None where nobody moved."""
    if before.region is None and after.region is None:
        return None
    if before.region is None:
        return "arrived"
    if after.region is None:
        return "left"
    if before.territory != after.territory:
        return "moved"
    return "changed" if (before.advisor, before.tier) != (after.advisor, after.tier) else None
