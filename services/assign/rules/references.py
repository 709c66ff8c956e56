"""Whether statements fit together: nothing names what isn't there, no span of time is empty, no id stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from schemas.reference import Advisor, ListEntry, NamedList, Override, Rate, Reference, Region, Territory
from schemas.rules import Activation, Rule, RuleSet
from services.assign.rules.decide import UNASSIGNED
from services.assign.rules.problems import Problem


def reference_problems(
    merged: Mapping[str, Reference], named: Collection[str], changed: Collection[str]
) -> list[Problem]:
    """Problems of `merged`. `named`: keys that count as there though they have faults of their own.

    Of rule sets, those `changed` and the last scheduled are checked: retired ones may name what is gone.
    """
    known = frozenset(merged) | frozenset(named)
    checked = {key for key in changed if key.startswith("rules:")}
    for statement in merged.values():
        if isinstance(statement, Activation) and statement.schedule:
            checked.add(f"rules:{statement.set}:{statement.schedule[-1].number}")
    problems: list[Problem] = []
    for key, statement in merged.items():
        if not isinstance(statement, RuleSet):
            problems += _problems_of(statement, known, merged)
        elif key in checked:
            problems += _rule_set_problems(statement, known)
    return problems


def _missing(known: Collection[str], kind: str, names: Iterable[str | None], path: str) -> Iterator[Problem]:
    for name in names:
        if name is not None and f"{kind}:{name}" not in known:
            yield Problem(path, repr(name), f"no such {kind}: add it or name another")


def _problems_of(statement: Reference, known: Collection[str], merged: Mapping[str, Reference]) -> Iterator[Problem]:
    if isinstance(statement, Region):
        yield from _region_problems(statement, known, merged)
    elif isinstance(statement, Territory):
        yield from _territory_problems(statement, known)
    elif isinstance(statement, Advisor):
        yield from _missing(known, "territory", statement.territories, f"advisors.{statement.id}.territories")
    elif isinstance(statement, NamedList):
        yield from _missing(known, "territory", (statement.territory,), f"lists.{statement.id}.territory")
    elif isinstance(statement, Rate):
        if not Decimal(statement.usd):
            yield Problem(f"rates.{statement.currency}", repr(statement.usd), "write a rate above 0")
    elif isinstance(statement, ListEntry):
        path = f"lists.{statement.list}.entries.{statement.record}"
        yield from _empty_span(statement.effective_from, statement.effective_until, path)
    elif isinstance(statement, Override):
        yield from _override_problems(statement, known)


def _region_problems(region: Region, known: Collection[str], merged: Mapping[str, Reference]) -> Iterator[Problem]:
    path = f"regions.{region.id}.parent"
    yield from _missing(known, "region", (region.parent,), path)
    if _in_own_line(region, merged):
        yield Problem(path, repr(region.parent), "a region can't lie in itself: name another parent")


def _territory_problems(territory: Territory, known: Collection[str]) -> Iterator[Problem]:
    yield from _missing(known, "region", (territory.region,), f"territories.{territory.id}.region")
    if territory.id == UNASSIGNED:
        yield Problem(f"territories.{territory.id}", "reserved", "choose another id")


def _override_problems(override: Override, known: Collection[str]) -> Iterator[Problem]:
    path = f"overrides.{override.record}"
    if override.ended:
        return
    yield from _missing(known, "territory", (override.territory,), f"{path}.territory")
    yield from _missing(known, "advisor", (override.advisor,), f"{path}.advisor")
    yield from _empty_span(override.effective_from, override.expires_at, path)
    if override.territory is None and override.advisor is None and override.tier is None:
        yield Problem(path, "decides nothing", "give a territory, an advisor or a tier, or ended: true")


def _rule_set_problems(rules: RuleSet, known: Collection[str]) -> Iterator[Problem]:
    for name, ids in (
        ("tiers", [tier.id for tier in rules.tiers]),
        ("segments", [segment.id for segment in rules.segments]),
        ("rules", [rule.id for rule in rules.rules]),
    ):
        for twice in sorted(one for one, times in Counter(ids).items() if times > 1):
            yield Problem(f"rules.{name}", repr(twice), "stands twice: give each its own id")
    yield from _missing(known, "territory", (rules.default_territory,), "rules.default_territory")
    if rules.currency != "USD":
        yield from _missing(known, "rate", (rules.currency,), "rules.currency")
    for rule in rules.rules:
        yield from _rule_problems(rule, known)


def _rule_problems(rule: Rule, known: Collection[str]) -> Iterator[Problem]:
    path = f"rules.rules.{rule.id}"
    yield from _missing(known, "territory", (rule.territory,), f"{path}.territory")
    yield from _empty_span(rule.effective_from, rule.effective_until, path)


def _empty_span(start: datetime | None, end: datetime | None, path: str) -> Iterator[Problem]:
    if start is not None and end is not None and start >= end:
        yield Problem(path, f"from {start.isoformat()} until {end.isoformat()}", "let it end after it begins")


def _in_own_line(region: Region, merged: Mapping[str, Reference]) -> bool:
    """Whether the way up from the region comes back to it."""
    seen: set[str] = set()
    at = region.parent
    while at is not None and at not in seen:
        if at == region.id:
            return True
        seen.add(at)
        above = merged.get(f"region:{at}")
        at = above.parent if isinstance(above, Region) else None
    return False
