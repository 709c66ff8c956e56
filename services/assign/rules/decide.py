"""The decision: tier and segment, then territory, then advisor, each from the first step that applies.

Override → whitelist → rules by priority → the parent's assignment → the default territory → unassigned. One pure
function: the same client, statements, parent and time give the same answer in every process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

from msgspec import Struct

from schemas.events import ClientFields, Conflict, DecidedBy, RecordKey, RuleRef
from schemas.reference import Override
from services.assign.rules.advisors import choose
from services.assign.rules.compile import ActiveRules, Compiled, CompiledRule
from services.assign.rules.fields import ClientView, view_of
from services.assign.rules.named import Named, named
from services.assign.rules.segments import first_of

UNASSIGNED = "UNASSIGNED"
LOWER = 5  # how many of the other matching rules an assignment names


class Holds(Protocol):
    @property
    def record(self) -> RecordKey: ...


class Decidable(Protocol):
    """What a decision reads of a client."""

    @property
    def client_id(self) -> str: ...

    @property
    def golden(self) -> ClientFields: ...

    @property
    def members(self) -> Sequence[Holds]: ...


class ParentView(Struct, frozen=True):
    """Where a client's parent stands. `cut`: the edge to it closes a cycle and is not followed."""

    client_id: str
    territory: str
    advisor: str | None
    cut: bool = False


class Decision(Struct, frozen=True):
    """Who serves a client and why, in the terms of `schemas.events.Assignment`."""

    decided_by: DecidedBy
    territory: str = UNASSIGNED
    region: str | None = None
    advisor: str | None = None
    tier: str | None = None
    segment: str | None = None
    rule: RuleRef | None = None
    source_record: RecordKey | None = None
    conditions: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class _Step(Struct, frozen=True):
    """The step that settled the territory."""

    decided_by: DecidedBy
    territory: str = UNASSIGNED
    advisor: str | None = None  # the parent's, where it was inherited
    rule: RuleRef | None = None
    source_record: RecordKey | None = None
    conditions: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()


class _Wish(Struct, frozen=True):
    """What an override asks for and can have: a territory, advisor or tier that isn't known is set aside."""

    territory: str | None = None
    advisor: str | None = None
    tier: str | None = None
    record: RecordKey | None = None
    set_aside: tuple[Conflict, ...] = ()


def decide(client: Decidable, compiled: Compiled, family: ParentView | None, now: datetime) -> Decision:
    """Decide a client. Raises `ValueError` where `compiled` does not hold at `now`."""
    if not compiled.holds_at(now):
        raise ValueError(f"compiled for {compiled.at} until {compiled.until}, asked at {now}: compile again")
    rules = compiled.rule_set
    if rules is None:
        return Decision("unassigned")
    said = named((member.record for member in client.members), compiled)
    wish = _wish(said.override, rules, compiled)
    view = view_of(client.golden, rules.readers, rules.rates)
    tier = wish.tier or first_of(rules.tiers, view)
    segment = first_of(rules.segments, view)
    view |= {name: value.casefold() for name, value in (("tier", tier), ("segment", segment)) if value is not None}
    step = _territory(said, wish, rules, view, family, compiled)
    territory = compiled.territories.get(step.territory)
    advisor = wish.advisor or step.advisor or choose(client.client_id, compiled.rosters.get(step.territory, ()))
    return Decision(
        decided_by=step.decided_by,
        territory=step.territory,
        region=territory.region if territory is not None else None,
        advisor=advisor,
        tier=tier,
        segment=segment,
        rule=step.rule,
        source_record=step.source_record or wish.record,
        conditions=step.conditions,
        lower=step.lower,
        conflicts=_conflicts(said, wish, step, family),
    )


def _wish(override: Override | None, rules: ActiveRules, compiled: Compiled) -> _Wish:
    if override is None:
        return _NO_WISH
    territory = override.territory if override.territory in compiled.territories else None
    advisor = override.advisor if override.advisor in compiled.advisors else None
    tier = override.tier if any(override.tier == band.id for band in rules.tiers) else None
    whole = (territory, advisor, tier) == (override.territory, override.advisor, override.tier)
    record = override.record if (territory or advisor or tier) else None
    return _Wish(territory, advisor, tier, record, () if whole else (Conflict("override", override.key),))


_NO_WISH = _Wish()


def _territory(
    said: Named, wish: _Wish, rules: ActiveRules, view: ClientView, family: ParentView | None, compiled: Compiled
) -> _Step:
    matching = (
        rule for rule in rules.candidates.of(view) if rule.when.holds(view) and rule.territory not in said.barred
    )
    if wish.territory is not None:
        return _Step("override", wish.territory, source_record=wish.record, lower=_ids(matching))
    if said.account is not None:
        account = said.account
        return _Step("whitelist", account.territory, source_record=account.entry.record, lower=_ids(matching))
    first = next(matching, None)
    if first is not None:
        reference = RuleRef(rules.set, rules.number, first.id, first.priority)
        because = first.when.because(view)
        return _Step("rule", first.territory, rule=reference, conditions=because, lower=_ids(matching))
    return _fallback(said, rules, family, compiled)


def _fallback(said: Named, rules: ActiveRules, family: ParentView | None, compiled: Compiled) -> _Step:
    if rules.inherit_from_parent and family is not None and not family.cut:
        territory = family.territory
        if territory in compiled.territories and territory not in said.barred:
            return _Step("parent", territory, family.advisor if family.advisor in compiled.advisors else None)
    if rules.default_territory is not None and rules.default_territory not in said.barred:
        return _Step("default", rules.default_territory)
    return _Step("unassigned")


def _ids(matching: Iterator[CompiledRule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in islice(matching, LOWER))


def _conflicts(said: Named, wish: _Wish, step: _Step, family: ParentView | None) -> tuple[Conflict, ...]:
    """What was set aside: lesser statements, a blacklist that a person's word overrules, a parent edge that was cut."""
    conflicts = [*said.set_aside, *wish.set_aside]
    if step.decided_by in ("override", "whitelist") and step.territory in said.barred:
        conflicts.append(Conflict("blacklist", said.barred[step.territory]))
    if family is not None and family.cut:
        conflicts.append(Conflict("parent_cycle", family.client_id))
    return tuple(sorted(conflicts, key=lambda conflict: (conflict.kind, conflict.subject)))
