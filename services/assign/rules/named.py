"""Which statements of people hold for a client: they name records, and apply to whichever client holds the record.

Where one client holds several, the latest by its author's time holds (ties by record key, then list), and those that
say otherwise are set aside and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.events import Conflict, RecordKey
from schemas.reference import Override
from services.assign.rules.compile import Compiled, NamedAccount


@dataclass(frozen=True, slots=True)
class Named:
    """What people said of this client. `barred`: territory → the blacklist entry that keeps the client out of it."""

    override: Override | None = None
    account: NamedAccount | None = None
    barred: Mapping[str, str] = field(default_factory=dict)
    set_aside: tuple[Conflict, ...] = ()


NOBODY = Named()


def named(records: Iterable[RecordKey], compiled: Compiled) -> Named:
    """The override, the whitelist entry and the blacklists of the client that holds these records."""
    overrides: list[Override] = []
    accounts: list[NamedAccount] = []
    barred: dict[str, str] = {}
    for record in records:
        override = compiled.overrides.get(record)
        if override is not None:
            overrides.append(override)
        accounts += compiled.whitelist.get(record, ())
        for account in compiled.blacklist.get(record, ()):
            barred[account.territory] = min(account.entry.key, barred.get(account.territory, account.entry.key))
    if not (overrides or accounts or barred):
        return NOBODY
    override, lost = _latest_override(overrides)
    latest, ignored = _latest_account(accounts)
    return Named(override, latest, barred, (*lost, *ignored))


def _latest_override(overrides: list[Override]) -> tuple[Override | None, list[Conflict]]:
    if not overrides:
        return None, []
    by_record = sorted(overrides, key=lambda o: o.record)
    first, *others = sorted(by_record, key=lambda o: o.at, reverse=True)  # stable: ties stay by record
    said = (first.territory, first.advisor, first.tier)
    return first, [Conflict("override", o.key) for o in others if (o.territory, o.advisor, o.tier) != said]


def _latest_account(accounts: list[NamedAccount]) -> tuple[NamedAccount | None, list[Conflict]]:
    if not accounts:
        return None, []
    by_record = sorted(accounts, key=lambda a: (a.entry.record, a.entry.list))
    first, *others = sorted(by_record, key=lambda a: a.entry.at, reverse=True)
    return first, [Conflict("whitelist", a.entry.key) for a in others if a.territory != first.territory]
