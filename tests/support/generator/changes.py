"""Change events, and the order in which they arrive.

A thread is a list of steps about a few records whose order among themselves matters. Threads are shuffled into one
stream; a step takes its version's time from its place there, unless it is late.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from tests.support.generator.model import Change, FieldValue, Profile

_FIRST = datetime(2026, 2, 1, 8, tzinfo=UTC)
_BEFORE_ALL_EXPORTS = datetime(2024, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `version` says how its time stands to its arrival.

    on_time: as it arrives. together: the moment of the thread's step before, the next sequence. late: before the
    thread's step before. stale: before every export was made.
    """

    source: str
    record_id: str
    op: Literal["upsert", "patch", "delete"]
    fields: Mapping[str, FieldValue]
    cleared: tuple[str, ...] = ()
    version: Literal["on_time", "together", "late", "stale"] = "on_time"


def arrange(threads: list[list[Step]], rng: random.Random) -> tuple[Change, ...]:
    """The events of all threads in one order of arrival, each thread in its own order."""
    turns = [number for number, thread in enumerate(threads) for _ in thread]
    rng.shuffle(turns)
    waiting = [iter(thread) for thread in threads]
    before: dict[int, Change] = {}
    changes = []
    for place, number in enumerate(turns):
        step = next(waiting[number])
        arrived = _FIRST + timedelta(seconds=place * 97 + rng.randrange(60), microseconds=rng.randrange(10**6))
        time, sequence = _version(step, arrived, before.get(number))
        change = Change(step.source, step.record_id, step.op, step.fields, step.cleared, time, sequence)
        before[number] = change
        changes.append(change)
    return tuple(changes)


def _version(step: Step, arrived: datetime, before: Change | None) -> tuple[datetime, int]:
    if step.version == "stale":
        return _BEFORE_ALL_EXPORTS + (arrived - _FIRST) / 1000, 0
    if before is None or step.version == "on_time":
        return arrived, 0
    if step.version == "together":
        return before.time, before.sequence + 1
    return before.time - timedelta(hours=1), 0


def money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": currency}


def seat_fields(profile: Profile) -> dict[str, FieldValue]:
    """Name, address and contact of the profile, normalised; a field it lacks is left out."""
    site = profile.site
    fields: dict[str, FieldValue] = {
        "name": profile.institution.name,
        "street": site.street,
        "city": site.city,
        "subdivision": f"{site.country}-{site.subdivision}" if site.subdivision else "",
        "postal_code": site.postal_code,
        "country": site.country,
        "phone": profile.phone,
        "website": f"https://www.{profile.domain}" if profile.domain else "",
    }
    return {field: value for field, value in fields.items() if value}


def all_fields(profile: Profile, name: str, created: datetime) -> dict[str, FieldValue]:
    """Every field of a new record of the profile, under the name that was typed."""
    fields = seat_fields(profile)
    fields |= {"name": name, "client_type": profile.client_type, "industry": profile.industry}
    if profile.aum is not None:
        fields["aum"] = money(profile.aum, profile.currency)
    if profile.revenue is not None:
        fields["revenue"] = money(profile.revenue, profile.currency)
    if profile.employees is not None:
        fields["employees"] = profile.employees
    if profile.tax_id:
        fields["tax_id"] = profile.tax_id
    fields["created_at"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return fields
