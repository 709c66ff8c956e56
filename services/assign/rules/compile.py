"""The statements that hold at a time, made ready to decide clients with.

Guarantees the same result whatever the order of the statements, and that a half-read set of them never raises: a
statement that names something unknown is passed over. Raises only on a rule set that could not have been accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from schemas.events import RecordKey
from schemas.reference import Advisor, ListEntry, NamedList, Override, Rate, Reference, Region, Territory
from schemas.rules import Activation, Rule, RuleSet
from services.assign.rules.advisors import Candidate
from services.assign.rules.candidates import Candidates, index
from services.assign.rules.conditions import Predicate, compile_condition
from services.assign.rules.fields import DECIDED, Rates, Reader, reader
from services.assign.rules.segments import Band

# The kinds of statement that decide about a client here; the others are other stages' business.
KINDS = frozenset(("rules", "activation", "region", "territory", "advisor", "list", "entry", "override", "rate"))


@dataclass(frozen=True, slots=True)
class CompiledRule:
    id: str
    priority: int
    territory: str
    when: Predicate


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rule set that holds, its rules in the order in which they are tried."""

    set: str
    number: int
    tiers: tuple[Band, ...]
    segments: tuple[Band, ...]
    rules: tuple[CompiledRule, ...]
    candidates: Candidates[CompiledRule]  # the same, by what can hold for a client
    inherit_from_parent: bool
    default_territory: str | None
    readers: tuple[tuple[str, Reader], ...]  # of the fields that its conditions read
    rates: Rates


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """One entry of a named list, with what the list is for."""

    territory: str
    entry: ListEntry


@dataclass(frozen=True, slots=True)
class Compiled:
    """What holds from `at` until (not including) `until`, the next moment that changes something by itself; `since` is
    the last one."""

    at: datetime
    since: datetime | None
    until: datetime | None
    rule_set: ActiveRules | None
    territories: Mapping[str, Territory]
    advisors: frozenset[str]  # the active ones
    rosters: Mapping[str, tuple[Candidate, ...]]  # territory → its active advisors
    overrides: Mapping[RecordKey, Override]
    whitelist: Mapping[RecordKey, tuple[NamedAccount, ...]]
    blacklist: Mapping[RecordKey, tuple[NamedAccount, ...]]

    def holds_at(self, now: datetime) -> bool:
        return self.at <= now and (self.until is None or now < self.until)


def next_moment(compiled: Compiled, now: datetime) -> datetime | None:
    """When time alone next changes a decision, if ever: an activation, an effective date, an expiry."""
    return compiled.until if compiled.until is not None and compiled.until > now else None


def compile(statements: Iterable[Reference], now: datetime) -> Compiled:
    """Everything that holds at `now`. Raises `InvalidReferenceError` where the rule set has a faulty condition."""
    held = sorted(statements, key=lambda statement: statement.key)
    territories = {t.id: t for t in _only(held, Territory)}
    active = active_rule_set(held, now)
    lists = {named.id: named for named in _only(held, NamedList) if named.territory in territories}
    advisors = [a for a in _only(held, Advisor) if a.active]
    moments = list(_moments(held, active))
    return Compiled(
        at=now,
        since=max((moment for moment in moments if moment <= now), default=None),
        until=min((moment for moment in moments if moment > now), default=None),
        rule_set=_compiled_rules(active, held, territories, now) if active is not None else None,
        territories=territories,
        advisors=frozenset(a.id for a in advisors),
        rosters=_rosters(advisors),
        overrides={o.record: o for o in _only(held, Override) if not o.ended and _in_force(o, now)},
        whitelist=_accounts(held, lists, "whitelist", now),
        blacklist=_accounts(held, lists, "blacklist", now),
    )


S = TypeVar("S", Territory, NamedList, Advisor, Override, Rate, Activation, RuleSet, ListEntry, Region)


def _only(statements: Iterable[Reference], kind: type[S]) -> Iterator[S]:
    return (statement for statement in statements if isinstance(statement, kind))


def active_rule_set(held: Collection[Reference], now: datetime) -> RuleSet | None:
    """Of all activations that have passed, the latest of a rule set that is here; ties by set, then as scheduled."""
    rule_sets = {rules.key: rules for rules in _only(held, RuleSet)}
    best: tuple[tuple[datetime, str, int], RuleSet] | None = None
    for activation in _only(held, Activation):
        for place, scheduled in enumerate(activation.schedule):
            rules = rule_sets.get(f"rules:{activation.set}:{scheduled.number}")
            rank = (scheduled.effective_from, activation.set, place)
            if rules is not None and scheduled.effective_from <= now and (best is None or rank > best[0]):
                best = (rank, rules)
    return best[1] if best is not None else None


def _dates(statement: Override | ListEntry | Rule) -> tuple[datetime | None, datetime | None]:
    until = statement.expires_at if isinstance(statement, Override) else statement.effective_until
    return statement.effective_from, until


def _in_force(statement: Override | ListEntry | Rule, now: datetime) -> bool:
    start, end = _dates(statement)
    return (start is None or start <= now) and (end is None or now < end)


def _moments(held: list[Reference], active: RuleSet | None) -> Iterator[datetime]:
    dated: list[Override | ListEntry | Rule] = [o for o in _only(held, Override) if not o.ended]
    dated += _only(held, ListEntry)
    dated += active.rules if active is not None else ()
    for statement in dated:
        yield from (moment for moment in _dates(statement) if moment is not None)
    for activation in _only(held, Activation):
        yield from (scheduled.effective_from for scheduled in activation.schedule)


def _rosters(advisors: list[Advisor]) -> dict[str, tuple[Candidate, ...]]:
    rosters: defaultdict[str, list[Candidate]] = defaultdict(list)
    for advisor in advisors:
        for territory in dict.fromkeys(advisor.territories):
            rosters[territory].append(Candidate(advisor.id, advisor.capacity))
    return {territory: tuple(sorted(roster)) for territory, roster in rosters.items()}


def _accounts(
    held: list[Reference], lists: Mapping[str, NamedList], purpose: str, now: datetime
) -> dict[RecordKey, tuple[NamedAccount, ...]]:
    accounts: dict[RecordKey, tuple[NamedAccount, ...]] = {}
    for entry in _only(held, ListEntry):
        named = lists.get(entry.list)
        if named is not None and named.purpose == purpose and _in_force(entry, now):
            accounts[entry.record] = (*accounts.get(entry.record, ()), NamedAccount(named.territory, entry))
    return accounts


def _compiled_rules(
    rules: RuleSet, held: list[Reference], territories: Mapping[str, Territory], now: datetime
) -> ActiveRules:
    rates = {"USD": Decimal(1)} | {rate.currency: Decimal(rate.usd) for rate in _only(held, Rate)}
    unit = rates.get(rules.currency)
    worth = unit or Decimal(1)  # without a rate for its currency, no amount can be compared and all are read as absent
    tiers = tuple(Band(t.id, compile_condition(t.when, worth, decided=False)) for t in rules.tiers)
    segments = tuple(Band(s.id, compile_condition(s.when, worth, decided=False)) for s in rules.segments)
    compiled = tuple(
        CompiledRule(rule.id, rule.priority, rule.territory, compile_condition(rule.when, worth))
        for rule in sorted(rules.rules, key=lambda rule: (rule.priority, rule.id))
        if rule.territory in territories and _in_force(rule, now)
    )
    predicates = [band.when for band in (*tiers, *segments)] + [rule.when for rule in compiled]
    fields = sorted(frozenset().union(*(predicate.fields for predicate in predicates)) - frozenset(DECIDED))
    return ActiveRules(
        set=rules.set,
        number=rules.number,
        tiers=tiers,
        segments=segments,
        rules=compiled,
        candidates=index(compiled),
        inherit_from_parent=rules.inherit_from_parent,
        default_territory=rules.default_territory if rules.default_territory in territories else None,
        readers=tuple((field, reader(field)) for field in fields),
        rates=rates if unit is not None else {},
    )
