"""What the generator speaks of: institutions, their clean profiles, and the records that CRMs hold about them.

All are plain frozen values. A profile is the truth of one institution; a record is what one CRM user typed about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

FieldValue = str | int | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Institution:
    """A legal entity of the public register."""

    lei: str
    name: str
    country: str
    category: str
    industry: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where an institution sits; `phone_pattern` makes the numbers of the place."""

    country: str
    street: str
    city: str
    subdivision: str
    postal_code: str
    phone_pattern: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything true about one institution. Phone is E.164, domain is empty where it has no website of its own."""

    institution: Institution
    site: Site
    phone: str
    domain: str
    client_type: str
    industry: str
    currency: str
    aum: Decimal | None
    revenue: Decimal | None
    employees: int | None
    tax_id: str
    crd: str
    parent_lei: str

    @property
    def lei(self) -> str:
        return self.institution.lei


@dataclass(frozen=True, slots=True)
class Record:
    """One CRM's record as typed; `values` by canonical field path (`aum.amount`, `identifiers.crd`, …)."""

    source: str
    record_id: str
    lei: str
    country: str
    created: datetime
    modified: datetime
    values: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"{self.source}:{self.record_id}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change event in the plain JSON form."""

    source: str
    record_id: str
    op: str
    fields: Mapping[str, FieldValue]
    cleared: tuple[str, ...]
    time: datetime
    sequence: int

    def as_json(self) -> dict[str, object]:
        version = {"time": self.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "sequence": self.sequence}
        shown: dict[str, object] = {"source": self.source, "record_id": self.record_id, "op": self.op}
        if self.op != "delete":
            shown["fields"] = dict(self.fields)
        if self.cleared:
            shown["cleared"] = list(self.cleared)
        return {**shown, "version": version}


@dataclass(frozen=True, slots=True)
class Demo:
    """A whole demo: exports by source, changes in order of arrival, who plays what, and (source, record id) → LEI."""

    records: Mapping[str, tuple[Record, ...]]
    changes: tuple[Change, ...]
    scenarios: Mapping[str, tuple[Mapping[str, str], ...]]
    truth: Mapping[tuple[str, str], str]
