"""A client's past, as the warehouse knows it and as a reader may know it.

A leader is told of the periods in which the client was in their regions, and of the golden records that held in those,
as if there had been nothing before, between and after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from services.api.answers import Ref
from services.api.clients import Clients
from services.api.explained import FieldChange, History, HistoryEntry, HistoryVersion
from services.api.refusals import Refused
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.view import View

TOLD = 500
MaySee = Callable[[str], bool]


class Period(NamedTuple):
    """A row of v_assignment_history."""

    version: int
    territory: str
    region: str | None
    advisor: str | None
    tier: str | None
    segment: str | None
    decided_by: str | None
    effective_from: datetime
    effective_to: datetime | None


class Version(NamedTuple):
    """A row of CLIENT_DIM. `fields`: what was said, as text."""

    version: int
    status: str
    valid_from: datetime
    valid_to: datetime | None
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """All that the warehouse has of a client, by version."""

    periods: Sequence[Period]
    versions: Sequence[Version]
    loaded_at: datetime | None


class Warehouse(Protocol):
    async def known(self, client_id: str) -> Known:
        """Raises `Refused` (503) where the warehouse does not answer."""


class NoWarehouse:
    async def known(self, client_id: str) -> Known:
        raise Refused(
            503,
            "no-warehouse",
            "No history",
            "this api has no warehouse; the last 24 hours are at /api/clients/{id}/moves",
            retry_after_s=60,
        )


class Past:
    """Asks the warehouse about a client that the reader sees now."""

    def __init__(self, view: View, clients: Clients, warehouse: Warehouse) -> None:
        self._view = view
        self._clients = clients
        self._warehouse = warehouse

    async def of(self, scope: Scope, client_id: str) -> History:
        """Raises `Refused`: 404, 503."""
        now = await asyncio.to_thread(self._clients.versions, scope, client_id)
        known = await self._warehouse.known(client_id)
        return await asyncio.to_thread(self._told, known, scope, now)

    def _told(self, known: Known, scope: Scope, now: tuple[int, int]) -> History:
        def may_see(record: str) -> bool:
            return scope.regions is None or self._clients.holder(scope, record) is not None

        return told(known, scope, self._view.roster, may_see, now)


def told(known: Known, scope: Scope, roster: Roster, may_see: MaySee, now: tuple[int, int]) -> History:
    """What a scope covers of it. `now`: the versions of both halves that the api shows. Pure."""
    periods = [one for one in known.periods if scope.covers(one.region)]
    versions = [kept for one in known.versions if (kept := _inside(one, periods, scope)) is not None]
    held = [one for one in periods if one.effective_from != one.effective_to]  # not for an instant, as an end does
    version, assignment = now
    return History(
        watermark=max([one.effective_from for one in periods] + [one.valid_from for one in versions], default=None),
        loaded_at=known.loaded_at if scope.regions is None else None,
        complete=version in {0, *(one.version for one in versions)}
        and assignment in {0, *(one.version for one in periods)},
        entries=tuple(_entry(one, roster, scope) for one in reversed(held[-TOLD:])),
        versions=tuple(reversed(_differing(versions, may_see)[-TOLD:])),
    )


def _inside(one: Version, periods: Sequence[Period], scope: Scope) -> Version | None:
    """A golden record cut to those periods that it held in; None where it held in none."""
    if scope.regions is None:
        return one
    during = [
        period
        for period in periods
        if (period.effective_to is None or one.valid_from < period.effective_to)
        and (one.valid_to is None or one.valid_to > period.effective_from)
    ]
    if not during:
        return None
    ends = [end for end in (one.valid_to, during[-1].effective_to) if end is not None]
    return one._replace(valid_from=max(one.valid_from, during[0].effective_from), valid_to=min(ends, default=None))


def _differing(versions: Sequence[Version], may_see: MaySee) -> list[HistoryVersion]:
    found: list[HistoryVersion] = []
    before: dict[str, str] = {}
    for one in versions:
        after = one.fields
        if "parent_record" in after and not may_see(after["parent_record"]):
            after = {name: text for name, text in after.items() if name != "parent_record"}
        live = one.status == "live"
        changes = [
            FieldChange(name, before.get(name), after.get(name))
            for name in dict.fromkeys((*after, *before))
            if live and before.get(name) != after.get(name)
        ]
        found.append(
            HistoryVersion(
                status="live" if live else "ended",
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                changes=tuple(changes),
            )
        )
        before = after if live else before
    return found


def _entry(one: Period, roster: Roster, scope: Scope) -> HistoryEntry:
    return HistoryEntry(
        territory=roster.territory(one.territory, scope) or Ref(one.territory, one.territory),
        region=roster.region(one.region, scope),
        advisor=roster.advisor(one.advisor),
        tier=one.tier,
        segment=one.segment,
        decided_by=one.decided_by,
        effective_from=one.effective_from,
        effective_to=one.effective_to,
    )
