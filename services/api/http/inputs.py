"""What requests may ask: query parameters and bodies, strictly. Anything else is refused with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment is in no year from 1 to 9999 of UTC") from None


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Record = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}:[^\x00]{1,255}$", max_length=320)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Why = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True, pattern=r"^[^\x00]*$")]
Values = Annotated[list[Text], Field(max_length=50)]
Dollars = Annotated[int, Field(ge=0, le=10**15)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]  # in whichever zone it is given, it goes on in UTC
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]

Sort = Literal["name", "-name", "aum", "-aum", "confidence", "-confidence", "changed", "-changed"]
FACETS = ("status", "territory", "region", "advisor", "tier", "segment", "country", "client_type")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(_Strict):
    """No parameters."""


class ClientFilter(_Strict):
    """Values of one filter are alternatives; filters narrow each other. `(none)` stands for no value."""

    q: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    status: Annotated[list[Literal["assigned", "unassigned", "pending"]], Field(max_length=3)] = []
    territory: Values = []
    region: Values = []
    advisor: Values = []
    tier: Values = []
    segment: Values = []
    country: Values = []
    client_type: Values = []
    aum_min: Dollars | None = None
    aum_max: Dollars | None = None


class ClientQuery(ClientFilter):
    """Without `sort` by name, or the largest first where words are searched."""

    sort: Sort | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor | None = None

    @property
    def order(self) -> Sort:
        return self.sort or ("-aum" if self.q.strip() else "name")


class ChildrenQuery(_Strict):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor | None = None


class ExplanationQuery(_Strict):
    """`territory` narrows the rules to those that lead there: why not that one?"""

    territory: Id | None = None


class PairQuery(_Strict):
    low: Record
    high: Record


class AdvisorQuery(_Strict):
    q: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    territory: Values = []
    region: Values = []
    sort: Literal["name", "-name", "load", "-load", "clients", "-clients", "aum", "-aum"] = "-load"


class MoveQuery(_Strict):
    territory: Values = []
    advisor: Values = []
    kind: Annotated[list[Literal["arrived", "moved", "changed", "left"]], Field(max_length=4)] = []
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor | None = None


class PulseQuery(_Strict):
    """How far back the windows go."""

    minutes: Annotated[int, Field(ge=1, le=60)] = 10


class SearchQuery(_Strict):
    q: Text


class OverrideIn(_Strict):
    """Where the client belongs until `expires_at`; what is left out, the rules decide. At least one is given."""

    territory: Id | None = None
    advisor: Id | None = None
    tier: Id | None = None
    reason: Why
    expires_at: Moment | None = None


class EndIn(_Strict):
    reason: Why


class DecisionIn(_Strict):
    """A word on two records: one client, two clients, or what was said is taken back."""

    low: Record
    high: Record
    verdict: Literal["same", "different", "withdrawn"]
    reason: Why
