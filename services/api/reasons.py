"""Why: evidence between records and the way to a territory, recomputed by the functions that decide them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from decimal import Decimal

from schemas.events import ClientFields, Edge, LiveClient, RecordKey, RuleRef
from schemas.reference import MatchDecision
from schemas.rules import Condition, Rule
from services.api.answers import Ref
from services.api.clients import Clients
from services.api.explained import (
    ConditionView,
    DecisionView,
    Evidence,
    EvidenceBar,
    Explanation,
    PairRecord,
    PairView,
    RuleView,
    StepName,
    StepView,
)
from services.api.refusals import faulty, not_found
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.shown import texts
from services.api.view import View
from services.assign.rules.compile import ActiveRules, Compiled, CompiledRule
from services.assign.rules.conditions import compile_condition, text_of
from services.assign.rules.decide import decide
from services.assign.rules.fields import ClientView, view_of
from services.assign.rules.named import named
from services.dedupe.matching.comparison import PairScore, score_pairs
from services.dedupe.matching.features import features
from services.dedupe.matching.weights import PRIOR, weight_of

_COMPARED = {"numerals": "name", "legal_form": "name", "postal": "postal_code", "parent": "parent_record"}
_STEPS: tuple[StepName, ...] = ("override", "whitelist", "rule", "parent", "default", "unassigned")
_MOST_WORDS = 50  # on one client, that are told
Holder = tuple[Ref, ClientFields]  # the client that holds a record, and what the record says


class Reasons:
    def __init__(self, view: View, clients: Clients) -> None:
        self._view = view
        self._clients = clients

    def evidence(self, scope: Scope, client_id: str) -> Evidence:
        client = self._clients.value(scope, client_id)
        own = {one.record: one.fields for one in client.members}
        here = Ref(client.client_id, texts(client.golden, lambda _: False).get("name", ""))
        accepted, possible = [], []
        for edge in client.edges:
            accepted.append(self._told(edge, (here, own[edge.low]), (here, own[edge.high]), "match"))
        for edge in client.possible:
            sides = [
                (here, own[record]) if record in own else self._holder(scope, record)
                for record in (edge.low, edge.high)
            ]
            low, high = sides
            if low is not None and high is not None:
                possible.append(self._told(edge, low, high, "possible"))
        told = {(edge.low, edge.high) for edge in (*client.edges, *client.possible)}
        apart = self._kept_apart(scope, own.keys(), told)
        return Evidence(self._view.roster.threshold, tuple(accepted), tuple(possible), apart)

    def _kept_apart(
        self, scope: Scope, own: Set[RecordKey], told: Set[tuple[RecordKey, RecordKey]]
    ) -> tuple[PairView, ...]:
        """What people said is another client than this one. Dedupe names no such pair, and they may think again."""
        words = [
            word
            for pair, word in self._view.roster.decisions.items()
            if word.verdict == "different" and not own.isdisjoint(pair) and pair not in told
        ]
        words.sort(key=lambda word: (word.at, word.key), reverse=True)
        pairs = (self._pair(scope, word.low, word.high) for word in words[:_MOST_WORDS])
        return tuple(pair for pair in pairs if pair is not None)

    def pair(self, scope: Scope, one: RecordKey, other: RecordKey) -> PairView:
        """Any two records in scope, whether or not they were ever compared. Raises `Refused` (404)."""
        if one == other:
            raise faulty("/query/high", f"{one} is given twice: name two records")
        found = self._pair(scope, *sorted((one, other)))
        if found is None:
            raise not_found()
        return found

    def _pair(self, scope: Scope, low: RecordKey, high: RecordKey) -> PairView | None:
        """None where one of them is in no client in scope."""
        first, second = self._holder(scope, low), self._holder(scope, high)
        if first is None or second is None:
            return None
        roster = self._view.roster
        [score] = score_pairs([(features(low, first[1]), features(high, second[1]))], roster.grain)
        edge = Edge(low, high, score.weight, score.confidence, score.evidence)
        return self._told(edge, first, second, self._verdict(score, roster))

    def _verdict(self, score: PairScore, roster: Roster) -> str:
        if score.forbidden:
            return "forbidden"
        if score.links(roster.threshold):
            return "match"
        return "possible" if score.confidence >= 60 else "different"

    def _holder(self, scope: Scope, record: RecordKey) -> Holder | None:
        ref = self._clients.holder(scope, record)
        if ref is None:
            return None
        client = self._clients.value(scope, ref.id)
        return next(((ref, one.fields) for one in client.members if one.record == record), None)

    def _told(self, edge: Edge, low: Holder, high: Holder, verdict: str) -> PairView:
        says = [texts(side[1], lambda _: False) for side in (low, high)]
        bars = tuple(
            EvidenceBar(
                one.field,
                one.level,
                one.weight,
                *(_compared(one.field, said) for said in says),
            )
            for one in edge.evidence
        )
        return PairView(
            low=PairRecord(edge.low, says[0].get("name", ""), low[0]),
            high=PairRecord(edge.high, says[1].get("name", ""), high[0]),
            weight=edge.weight,
            prior=PRIOR,
            threshold_weight=weight_of(self._view.roster.threshold),
            confidence=edge.confidence,
            verdict=verdict,  # type: ignore[arg-type]
            evidence=bars,
            decision=decision_view(self._view.roster, edge.low, edge.high),
        )

    def explanation(self, scope: Scope, client_id: str, territory: str | None, now: datetime) -> Explanation:
        """Which step decided is what assign said; the rules are tried now. Raises `Refused` (404) for a client, or a
        territory asked for, that is not in scope."""
        client = self._clients.value(scope, client_id)
        roster = self._view.roster
        if territory is not None and roster.territory(territory, scope) is None:
            raise not_found()
        compiled = roster.compiled(now)
        said = self._clients.assignment(scope, client_id)
        decided_by = said.decided_by if said is not None else "unassigned"
        rules = compiled.rule_set
        settled = _STEPS.index("unassigned" if decided_by == "ended" else decided_by)
        where = roster.territory(said.territory, scope) if said is not None else None
        deciding = said.rule if said is not None else None
        steps = tuple(
            StepView(
                step,
                "decided" if i == settled else "passed" if i < settled else "unreached",
                where if i == settled else None,
            )
            for i, step in enumerate(_STEPS)
        )
        return Explanation(
            rule_set=rules.set if rules is not None else None,
            number=rules.number if rules is not None else None,
            decided_by=decided_by,
            territory=where,
            steps=steps,
            rules=self._rules(client, compiled, deciding, scope, territory, now),
        )

    def _rules(
        self,
        client: LiveClient,
        compiled: Compiled,
        deciding: RuleRef | None,
        scope: Scope,
        territory: str | None,
        now: datetime,
    ) -> tuple[RuleView, ...]:
        roster, active = self._view.roster, compiled.rule_set
        written = roster.rule_set(now)
        if active is None or written is None:
            return ()
        worth = active.rates.get(written.currency, Decimal(1))
        by_id = {rule.id: rule for rule in written.rules}
        barred = named((one.record for one in client.members), compiled).barred
        told = []
        view = _seen_by_rules(client, active, compiled)
        for rule in active.rules:
            ref = roster.territory(rule.territory, scope)
            if ref is None or (territory is not None and rule.territory != territory):
                continue
            told.append(
                RuleView(
                    id=rule.id,
                    priority=rule.priority,
                    territory=ref,
                    holds=rule.when.holds(view),
                    decided=deciding is not None and _is_of(deciding, active, rule),
                    barred=rule.territory in barred,
                    conditions=_conditions(by_id[rule.id], worth, view),
                )
            )
        return tuple(told)


def _compared(field: str, said: Mapping[str, str]) -> str | None:
    """What a record says of a field of evidence. Its domain may be that of its e-mail address alone."""
    text = said.get(_COMPARED.get(field, field))
    return said.get("email") if text is None and field == "website" else text


def _is_of(said: RuleRef, active: ActiveRules, rule: CompiledRule) -> bool:
    """A new number holds before all clients are decided by it, and its rules may lead elsewhere under the same ids."""
    return (said.set, said.number, said.id) == (active.set, active.number, rule.id)


def _seen_by_rules(client: LiveClient, active: ActiveRules, compiled: Compiled) -> ClientView:
    """The client as rules read it, tier and segment included."""
    decision = decide(client, compiled, None, compiled.at)
    view = view_of(client.golden, active.readers, active.rates)
    found = (("tier", decision.tier), ("segment", decision.segment))
    return view | {name: value.casefold() for name, value in found if value is not None}


def _conditions(rule: Rule, worth: Decimal, view: ClientView) -> tuple[ConditionView, ...]:
    """The parts that must all hold, each as text with whether it does."""
    parts: tuple[Condition, ...] = rule.when.all if rule.when.all is not None else (rule.when,)
    return tuple(ConditionView(text_of(part), compile_condition(part, worth).holds(view)) for part in parts)


def decision_view(roster: Roster, low: RecordKey, high: RecordKey) -> DecisionView:
    """People's last word on a pair, or that there is none."""
    said = roster.decisions.get((low, high))
    if said is not None:
        return shown(said)
    return DecisionView(low=low, high=high, verdict=None, author=None, at=None, reason=None, version="0")


def shown(said: MatchDecision) -> DecisionView:
    """A word on a pair; its version is the moment at which it was said, in microseconds."""
    return DecisionView(
        low=said.low,
        high=said.high,
        verdict=said.verdict,
        author=said.author,
        at=said.at,
        reason=said.reason,
        version=str(int(said.at.timestamp() * 1_000_000)),
    )
