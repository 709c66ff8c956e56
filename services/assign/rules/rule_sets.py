"""The `rules` section: one rule set, its number, and from when it holds.

Numbers are immutable: the same number with other rules is refused. Without a number, rules that are known take the
number that they have, others the next. Applying a file makes its rules the active ones, now or from `active_from`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import structs

from schemas.events import UtcTime
from schemas.reference import Reference
from schemas.rules import Activation, Rule, RuleSet, Scheduled, Segment, Tier
from services.assign.rules.compile import active_rule_set
from services.assign.rules.problems import Problem, shown
from services.assign.rules.shapes import read_struct, read_structs, read_value

_LISTS = ("tiers", "segments", "rules")


def read_rules(
    given: object, present: Mapping[str, Reference], at: datetime, problems: list[Problem]
) -> tuple[RuleSet | Activation, ...]:
    """The rule set under its number, and its activation where that changes; nothing where there are problems."""
    if not isinstance(given, dict):
        problems.append(Problem("rules", shown(given), "write a mapping with set, tiers, segments, rules"))
        return ()
    before = len(problems)
    tiers = read_structs(Tier, given.get("tiers", []), "rules.tiers", problems)
    segments = read_structs(Segment, given.get("segments", []), "rules.segments", problems)
    rules = read_structs(Rule, given.get("rules", []), "rules.rules", problems)
    active_from = given.get("active_from")
    if active_from is not None:
        active_from = read_value(UtcTime, active_from, "rules.active_from", problems)
    numbered = "number" in given
    rest = {name: value for name, value in given.items() if name not in (*_LISTS, "active_from")} | {
        "number": given.get("number", 1)
    }
    read = read_struct(RuleSet, rest, "rules", problems, tiers=tiers, segments=segments, rules=rules)
    if read is None or len(problems) > before:
        return ()
    rule_set = _numbered(read, numbered, present, problems)
    activation = _activation(rule_set, present, active_from if isinstance(active_from, datetime) else None, at)
    return (rule_set, activation) if activation is not None else (rule_set,)


def _numbered(read: RuleSet, numbered: bool, present: Mapping[str, Reference], problems: list[Problem]) -> RuleSet:
    known = [held for held in present.values() if isinstance(held, RuleSet) and held.set == read.set]
    following = max((held.number for held in known), default=0) + 1
    if numbered:
        held = present.get(read.key)
        if held is not None and held != read:
            remedy = f"holds other rules, and a number is immutable: raise it to {following}, or leave it out"
            problems.append(Problem("rules.number", str(read.number), remedy))
        return read
    same = [held.number for held in known if structs.replace(read, number=held.number) == held]
    return structs.replace(read, number=max(same, default=following))


def _activation(
    rule_set: RuleSet, present: Mapping[str, Reference], active_from: datetime | None, at: datetime
) -> Activation | None:
    """The schedule with this rule set in it; None where it says so already."""
    held = present.get(f"activation:{rule_set.set}")
    schedule = held.schedule if isinstance(held, Activation) else ()
    if active_from is not None and active_from > at:
        wanted = Scheduled(active_from, rule_set.number)
        said = wanted in schedule
    else:
        wanted = Scheduled(at, rule_set.number)
        active = active_rule_set(present.values(), at)
        said = active is not None and active.key == rule_set.key
    if said:
        return None
    ordered = sorted((*schedule, wanted), key=lambda scheduled: scheduled.effective_from)
    return Activation(set=rule_set.set, schedule=tuple(ordered))
