"""What people own, as the view last learned it: regions, territories, advisors, rules and words, ready to be read.

Immutable: a change of reference makes a new one. Names of what lies outside of a scope are told to nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.reference import Advisor, Engine, MatchDecision, NamedList, Override, Reference, Region, Territory
from schemas.rules import RuleSet
from services.api.answers import Ref
from services.api.scope import Scope
from services.assign.rules.compile import KINDS, Compiled, active_rule_set, compile

DEFAULT_THRESHOLD = 85


@dataclass(frozen=True)
class Roster:
    """By id. `words` are overrides and match decisions by their keys."""

    statements: tuple[Reference, ...] = ()
    regions: Mapping[str, Region] = field(default_factory=dict)
    territories: Mapping[str, Territory] = field(default_factory=dict)
    advisors: Mapping[str, Advisor] = field(default_factory=dict)
    lists: Mapping[str, NamedList] = field(default_factory=dict)
    overrides: Mapping[str, Override] = field(default_factory=dict)
    decisions: Mapping[tuple[str, str], MatchDecision] = field(default_factory=dict)
    threshold: int = DEFAULT_THRESHOLD
    grain: str = "entity"
    _compiled: list[Compiled] = field(default_factory=list)

    @property
    def parents(self) -> dict[str, str | None]:
        return {region.id: region.parent for region in self.regions.values()}

    def territory(self, territory_id: str | None, scope: Scope) -> Ref | None:
        """None where there is none, it is unknown, or it is not for this scope."""
        found = self.territories.get(territory_id or "")
        return Ref(found.id, found.name) if found is not None and scope.covers(found.region) else None

    def region(self, region_id: str | None, scope: Scope) -> Ref | None:
        if region_id is None or not scope.covers(region_id):
            return None
        found = self.regions.get(region_id)
        return Ref(region_id, found.name if found is not None else region_id)

    def advisor(self, advisor_id: str | None) -> Ref | None:
        """The advisor of a client that the reader sees."""
        if not advisor_id:
            return None
        found = self.advisors.get(advisor_id)
        return Ref(advisor_id, found.name if found is not None else advisor_id)

    def shown(self, scope: Scope) -> list[Territory]:
        """The territories in scope, by name."""
        return sorted((t for t in self.territories.values() if scope.covers(t.region)), key=lambda t: (t.name, t.id))

    def within(self, regions: Iterable[str]) -> set[str]:
        """These regions with all below them."""
        children: defaultdict[str, list[str]] = defaultdict(list)
        for region in self.regions.values():
            if region.parent is not None:
                children[region.parent].append(region.id)
        found: set[str] = set()
        left = list(regions)
        while left:
            region_id = left.pop()
            if region_id not in found:
                found.add(region_id)
                left += children.get(region_id, ())
        return found

    def below(self, regions: Iterable[str], scope: Scope) -> set[str]:
        """`within`, of those that the reader may name: by one above their own they could try out what theirs lie in."""
        return self.within(region for region in regions if scope.covers(region))

    def compiled(self, now: datetime) -> Compiled:
        """What decides at `now`. Raises `InvalidReferenceError` where the active rule set is faulty."""
        if not self._compiled or not self._compiled[0].holds_at(now):
            self._compiled[:] = [compile(self.statements, now)]
        return self._compiled[0]

    def rule_set(self, now: datetime) -> RuleSet | None:
        return active_rule_set(self.statements, now)


def roster_of(statements: Iterable[Reference]) -> Roster:
    """Everything that reference says."""
    held = sorted(statements, key=lambda statement: statement.key)
    engine = next((one for one in held if isinstance(one, Engine)), None)
    return Roster(
        statements=tuple(one for one in held if one.key.partition(":")[0] in KINDS),
        regions={one.id: one for one in held if isinstance(one, Region)},
        territories={one.id: one for one in held if isinstance(one, Territory)},
        advisors={one.id: one for one in held if isinstance(one, Advisor)},
        lists={one.id: one for one in held if isinstance(one, NamedList)},
        overrides={one.record: one for one in held if isinstance(one, Override)},
        decisions={(one.low, one.high): one for one in held if isinstance(one, MatchDecision)},
        threshold=engine.threshold if engine is not None else DEFAULT_THRESHOLD,
        grain=engine.grain if engine is not None else "entity",
    )
