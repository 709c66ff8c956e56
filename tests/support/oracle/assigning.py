"""Clients into assignments: parents before their children, every client decided once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import UNSET

from schemas.events import Assignment, LiveClient, RecordKey
from schemas.reference import Reference
from services.assign.rules.compile import compile
from services.assign.rules.decide import Decision, ParentView, decide

Parents = Mapping[str, str]  # client → the client that holds its parent record


def assignments_of(
    clients: Mapping[str, LiveClient], statements: Iterable[Reference], now: datetime
) -> dict[str, Assignment]:
    """The assignment of every client at `now`."""
    compiled = compile(statements, now)
    inherits = compiled.rule_set is not None and compiled.rule_set.inherit_from_parent
    parents = _parents(clients) if inherits else {}
    cut = _cut(parents)
    decided: dict[str, Decision] = {}
    for client_id in _top_down(clients, parents, cut):
        parent = parents.get(client_id)
        view = _view(parent, None if client_id in cut else decided[parent]) if parent is not None else None
        decided[client_id] = decide(clients[client_id], compiled, view, now)
    return {client_id: _assignment(client_id, decision, now) for client_id, decision in decided.items()}


def _view(parent: str, decision: Decision | None) -> ParentView:
    """Where the parent stands; a cut edge tells nothing but whom it led to."""
    if decision is None:
        return ParentView(parent, "", None, cut=True)
    return ParentView(parent, decision.territory, decision.advisor)


def _parents(clients: Mapping[str, LiveClient]) -> Parents:
    holder: dict[RecordKey, str] = {
        member.record: client.client_id for client in clients.values() for member in client.members
    }
    named = ((client_id, client.golden.parent_record) for client_id, client in clients.items())
    return {client_id: holder[record] for client_id, record in named if record is not UNSET and record in holder}


def _cut(parents: Parents) -> set[str]:
    """The smallest client of every cycle: peel off whoever is nobody's parent until only cycles are left."""
    left = dict(parents)
    while leaves := left.keys() - set(left.values()):
        for leaf in leaves:
            del left[leaf]
    smallest: set[str] = set()
    for start in left:
        cycle = [start]
        while (above := left[cycle[-1]]) != start:
            cycle.append(above)
        smallest.add(min(cycle))
    return smallest


def _top_down(clients: Mapping[str, LiveClient], parents: Parents, cut: set[str]) -> Iterator[str]:
    children: defaultdict[str | None, list[str]] = defaultdict(list)
    for client_id in sorted(clients):
        children[None if client_id in cut else parents.get(client_id)].append(client_id)
    waiting = list(children[None])
    for client_id in waiting:
        waiting += children[client_id]
        yield client_id


def _assignment(client_id: str, decision: Decision, now: datetime) -> Assignment:
    return Assignment(
        client_id=client_id,
        version=0,
        client_version=0,
        status="unassigned" if decision.territory == "UNASSIGNED" else "assigned",
        decided_by=decision.decided_by,
        effective_from=now,
        trigger="client",
        territory=decision.territory,
        region=decision.region,
        advisor=decision.advisor,
        tier=decision.tier,
        segment=decision.segment,
        rule=decision.rule,
        source_record=decision.source_record,
        conditions=decision.conditions,
        lower=decision.lower,
        conflicts=decision.conflicts,
    )
