"""What assign and people said of a client, with all that names something outside of the reader's scope left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas import codec
from schemas.events import Assignment, Conflict, RecordKey
from services.api.answers import AssignmentView, OverrideView
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.view import Value

Seen = Callable[[str], bool]  # whether a client is in scope


def assignment_view(value: Value, roster: Roster, scope: Scope, seen: Seen) -> AssignmentView | None:
    """None for a client that assign has not spoken of."""
    if not isinstance(value, bytes):
        return None
    said = codec.assignment(value)
    previous = said.previous
    before = roster.territory(previous.territory, scope) if previous is not None else None
    told = before is not None or scope.regions is None
    return AssignmentView(
        territory=roster.territory(said.territory, scope),
        region=roster.region(said.region, scope),
        advisor=roster.advisor(said.advisor),
        tier=said.tier,
        segment=said.segment,
        decided_by=said.decided_by,
        rule=said.rule,
        source_record=said.source_record,
        conditions=said.conditions,
        lower=tuple(rule for rule in said.lower if scope.regions is None or rule in _rules_in(said, roster, scope)),
        conflicts=conflicts_told(said, roster, scope, seen),
        previous_territory=before,
        previous_advisor=roster.advisor(previous.advisor) if previous is not None and told else None,
        previous_tier=previous.tier if previous is not None and told else None,
        trigger=said.trigger,
        effective_from=said.effective_from,
    )


def conflicts_told(said: Assignment, roster: Roster, scope: Scope, seen: Seen) -> tuple[Conflict, ...]:
    """Those that name nothing outside of the scope."""
    return tuple(one for one in said.conflicts if _is_told(one, roster, scope, seen))


def _rules_in(said: Assignment, roster: Roster, scope: Scope) -> set[str]:
    """The rules that lead into the scope."""
    rules = roster.rule_set(said.effective_from)
    return {rule.id for rule in rules.rules if roster.territory(rule.territory, scope)} if rules is not None else set()


def _is_told(conflict: Conflict, roster: Roster, scope: Scope, seen: Seen) -> bool:
    if scope.regions is None:
        return True
    if conflict.kind == "parent_cycle":
        return seen(conflict.subject)
    if conflict.kind in ("whitelist", "blacklist"):  # entry:<list>:<record>
        named = roster.lists.get(conflict.subject.split(":")[1]) if ":" in conflict.subject else None
        return named is not None and roster.territory(named.territory, scope) is not None
    return True


def override_of(records: Iterable[RecordKey], roster: Roster, scope: Scope) -> OverrideView | None:
    """The latest word that was not taken back; whether it is in force now its times say."""
    said = [roster.overrides[record] for record in records if record in roster.overrides]
    standing = [one for one in said if not one.ended]
    if not standing:
        return None
    last = max(standing, key=lambda one: (one.at, one.record))
    return OverrideView(
        record=last.record,
        territory=roster.territory(last.territory, scope),
        advisor=roster.advisor(last.advisor),
        tier=last.tier,
        reason=last.reason,
        author=last.author,
        at=last.at,
        effective_from=last.effective_from,
        expires_at=last.expires_at,
    )
