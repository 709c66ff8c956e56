"""What people say through the api: overrides and match decisions, as statements on the log. Decides, then says.

Nothing is changed here: the view shows the effect when the statement, and what the stages make of it, comes back.
A statement carries the name of its command, so that a command which comes again, to whichever replica, is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from msgspec import structs

from schemas.events import AuditEvent
from schemas.reference import MatchDecision, Override, Reference
from services.api.answers import ClientDetail
from services.api.clients import Clients
from services.api.http.inputs import DecisionIn, OverrideIn
from services.api.reasons import Reasons, decision_view, shown
from services.api.refusals import Refused, faulty
from services.api.scope import Scope
from services.api.standing import DecisionAccepted, OverrideAccepted
from services.api.view import View
from services.stream.clock import Clock

Say = Callable[[Reference, AuditEvent], None]  # both in one transaction; raises `Refused` (503)


class Commands:
    def __init__(self, view: View, clients: Clients, reasons: Reasons, say: Say, clock: Clock) -> None:
        self._view = view
        self._clients = clients
        self._reasons = reasons
        self._say = say
        self._clock = clock

    async def override(
        self, scope: Scope, who: str, client_id: str, wish: OverrideIn, version: str, command: str
    ) -> OverrideAccepted:
        """Raises `Refused`: 404, 412 where the client is not as it was shown, 400 for a place that is not there."""
        return await asyncio.to_thread(self._override, scope, who, client_id, wish, version, command)

    def _override(
        self, scope: Scope, who: str, client_id: str, wish: OverrideIn, version: str, command: str
    ) -> OverrideAccepted:
        now, roster = self._clock.now(), self._view.roster
        detail = self._clients.detail(scope, client_id)
        if (said := self._said_before(detail, command)) is not None:
            return said
        record = _record(detail, version)
        if wish.territory is None and wish.advisor is None and wish.tier is None:
            raise faulty("/body", "the override says nothing: give a territory, an advisor or a tier")
        if wish.territory is not None and roster.territory(wish.territory, scope) is None:
            raise faulty("/body/territory", f"there is no territory {wish.territory} in your scope")
        advisor = roster.advisors.get(wish.advisor or "")
        if wish.advisor is not None and (advisor is None or not advisor.active):
            raise faulty("/body/advisor", f"there is no active advisor {wish.advisor}")
        rules = roster.rule_set(now)
        if wish.tier is not None and (rules is None or wish.tier not in {tier.id for tier in rules.tiers}):
            raise faulty("/body/tier", f"the active rules have no tier {wish.tier}")
        if wish.expires_at is not None and wish.expires_at <= now:
            raise faulty("/body/expires_at", "the override would have ended already: give a moment that is to come")
        statement = Override(
            record=record,
            author=who,
            at=now,
            reason=wish.reason,
            territory=wish.territory,
            advisor=wish.advisor,
            tier=wish.tier,
            expires_at=wish.expires_at,
            command=command,
        )
        details = {"reason": wish.reason, "client": client_id}
        self._say(statement, AuditEvent(actor=who, action="override.set", subject=record, at=now, details=details))
        return OverrideAccepted(record, now)

    async def end_override(
        self, scope: Scope, who: str, client_id: str, reason: str, version: str, command: str
    ) -> OverrideAccepted:
        """Raises `Refused`: 404 also where there is no override."""
        return await asyncio.to_thread(self._end_override, scope, who, client_id, reason, version, command)

    def _end_override(
        self, scope: Scope, who: str, client_id: str, reason: str, version: str, command: str
    ) -> OverrideAccepted:
        now = self._clock.now()
        detail = self._clients.detail(scope, client_id)
        if (said := self._said_before(detail, command)) is not None:
            return said
        _record(detail, version)
        shown = detail.override
        if shown is None:
            raise Refused(404, "not-found", "Not found", "no override holds for this client")
        standing = self._view.roster.overrides[shown.record]
        statement = structs.replace(standing, author=who, at=now, reason=reason, ended=True, command=command)
        details = {"reason": reason, "client": client_id}
        self._say(
            statement, AuditEvent(actor=who, action="override.end", subject=shown.record, at=now, details=details)
        )
        return OverrideAccepted(shown.record, now)

    def _said_before(self, detail: ClientDetail, command: str) -> OverrideAccepted | None:
        said = (self._view.roster.overrides.get(member.record) for member in detail.members)
        found = next((one for one in said if one is not None and one.command == command), None)
        return OverrideAccepted(found.record, found.at) if found is not None else None

    async def decide(self, scope: Scope, who: str, word: DecisionIn, version: str, command: str) -> DecisionAccepted:
        """Raises `Refused`: 404 for records that are not there, 412 where somebody else has spoken meanwhile."""
        return await asyncio.to_thread(self._decide, scope, who, word, version, command)

    def _decide(self, scope: Scope, who: str, word: DecisionIn, version: str, command: str) -> DecisionAccepted:
        now, roster = self._clock.now(), self._view.roster
        pair = self._reasons.pair(scope, word.low, word.high)
        low, high = pair.low.record, pair.high.record
        stands = roster.decisions.get((low, high))
        if stands is not None and stands.command == command:
            return DecisionAccepted(shown(stands), "withdrawn")  # what stood before it is known to who took it first
        before = decision_view(roster, low, high)
        if before.version != version:
            raise Refused(412, "stale", "It has changed", f"the decision is at version {before.version}: read it again")
        if word.verdict == "withdrawn" and before.verdict in (None, "withdrawn"):
            raise faulty("/body/verdict", "nothing stands about these records that could be withdrawn")
        said = MatchDecision(
            low=low, high=high, verdict=word.verdict, author=who, at=now, reason=word.reason, command=command
        )
        details = {"reason": word.reason, **({"before": before.verdict} if before.verdict is not None else {})}
        audit = AuditEvent(
            actor=who, action=f"decision.{word.verdict}", subject=f"{low}|{high}", at=now, details=details
        )
        self._say(said, audit)
        undo: Literal["same", "different", "withdrawn"] = before.verdict or "withdrawn"
        return DecisionAccepted(shown(said), undo)


def _record(detail: ClientDetail, version: str) -> str:
    """The record that the word will name: the one that an override names already, else the first."""
    if detail.client.status == "ended":
        raise Refused(404, "not-found", "Not found", "the client has ended; its page says into which")
    if detail.client.version != version:
        current = detail.client.version
        raise Refused(412, "stale", "It has changed", f"the client is at version {current}: read it again")
    return detail.override.record if detail.override is not None else detail.members[0].record
