"""How a client of the view is shown: its row, its golden record, its members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from msgspec import UnsetType, structs

from schemas.codec import rfc3339
from schemas.events import FIELD_NAMES, ClientFields, LiveClient, Member, Money
from services.api.answers import ClientRow, FieldText, GoldenField, MemberView
from services.api.roster import Roster
from services.api.scope import Scope

COLUMNS = (
    "id, name, status, city, country, client_type, industry, amount, currency, cents, territory, region, advisor, "
    "tier, segment, decided_by, confidence, members, conflicts, changed"
)
MaySee = Callable[[str], bool]  # whether the client that holds this record is in scope


def usd(cents: int) -> str:
    """Cents as a decimal string."""
    sign, cents = "-" if cents < 0 else "", abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02}"


def moment(at_ms: object) -> datetime:
    assert isinstance(at_ms, int)
    return datetime.fromtimestamp(at_ms / 1_000, UTC)


def client_row(row: Sequence[Any], roster: Roster, scope: Scope) -> ClientRow:
    """A row of COLUMNS as it is told. A page has hundreds: what the columns hold is not looked at again here, and the
    fields stand by their places, since by their names making the row would take the longest.

    Its version is made of what is told and of when it changed: the versions of the topics would count the changes
    that were made while the client was where the reader does not see it."""
    (client_id, name, status, city, country, kind, industry, amount, currency, *rest) = row
    cents, territory, region, advisor, tier, segment, decided_by, confidence, members, conflicts, changed = rest
    return ClientRow(
        client_id,
        f"{changed:x}-{crc32(f'{territory}|{advisor}|{tier}|{decided_by}|{name}|{amount}|{members}'.encode()):08x}",
        name,
        status,
        city or None,
        country or None,
        kind or None,
        industry or None,
        Money(amount, currency) if amount is not None else None,
        usd(cents) if amount is not None else None,
        roster.territory(territory, scope) if territory else None,
        roster.region(region, scope) if region else None,
        roster.advisor(advisor) if advisor else None,
        tier or None,
        segment or None,
        decided_by or None,
        confidence,
        members,
        conflicts,
        moment(changed),
    )


def field_text(value: object) -> str | None:
    """One field of a record as text; None where it was not said."""
    match value:
        case UnsetType() | None:
            return None
        case Money():
            return f"{value.amount} {value.currency}"
        case datetime():
            return rfc3339(value)
        case dict():
            return ", ".join(f"{scheme} {number}" for scheme, number in sorted(value.items()))
        case tuple():
            return ", ".join(map(str, value))
    return str(value)


def texts(fields: ClientFields, may_see: MaySee) -> dict[str, str]:
    """What was said, in the contract's order; not the parent where the reader may not see it."""
    values = structs.asdict(fields)
    told = {name: text for name in FIELD_NAMES if (text := field_text(values[name])) is not None}
    if "parent_record" in told and not may_see(told["parent_record"]):
        del told["parent_record"]
    return told


def golden(client: LiveClient, may_see: MaySee) -> tuple[GoldenField, ...]:
    told = texts(client.golden, may_see)
    return tuple(GoldenField(name, text, client.provenance.get(name, "")) for name, text in told.items())


def member(one: Member, may_see: MaySee) -> MemberView:
    source, _, record_id = one.record.partition(":")
    told = tuple(FieldText(name, text) for name, text in texts(one.fields, may_see).items())
    return MemberView(one.record, source, record_id, told)
