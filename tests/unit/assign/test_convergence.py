"""Whatever the order, the batches, the replicas and the restarts, assign ends where a recursive oracle does."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Client, EndedClient, LiveClient
from schemas.reference import ListEntry, Reference
from services.assign.rules.compile import compile
from services.assign.rules.decide import Decision, ParentView, decide
from tests.unit.assign.making import NOW, Stage, country, ended, land, live, named_list, parent_of, rule, rules

LAND = land("east", "west", "house")
RULES = rules(rule("us", 1, "east", country("US")), inherit_from_parent=True, default_territory="house")
COUNTRIES = st.sampled_from(["US", "JP", "GB"])
NAMES = [f"k{n}" for n in range(7)]


@st.composite
def lives(draw: st.DrawFn) -> list[Client]:
    """A log of up to 20 changes to 7 clients; each holds its own record, and some another that roams."""
    versions = dict.fromkeys(NAMES, 0)
    log: list[Client] = []
    for _ in range(draw(st.integers(1, 20))):
        name = draw(st.sampled_from(NAMES))
        versions[name] += 1
        if draw(st.integers(0, 5)) == 0:
            log.append(ended(name, versions[name]))
            continue
        records = [f"crm:{name}", *draw(st.lists(st.sampled_from(["erp:1", "erp:2"]), max_size=1))]
        parent = draw(st.none() | st.sampled_from([f"crm:{n}" for n in NAMES] + ["erp:1"]))
        log.append(live(name, records, versions[name], country=draw(COUNTRIES), parent_record=parent))
    return log


def by_hand(log: list[Client], statements: list[Reference]) -> dict[str, tuple[str, str | None]]:
    """Territory and advisor of every live client, by recursion over the last word of each."""
    state = {client.client_id: client for client in log}
    held = {name: client for name, client in state.items() if isinstance(client, LiveClient)}
    one = compile(statements, NOW)
    done: dict[str, Decision] = {}

    def holder(record: str | None) -> str | None:
        return min((n for n, c in held.items() if record in [m.record for m in c.members]), default=None)

    up = {name: holder(parent_of(client)) for name, client in held.items()}

    def cut(name: str) -> bool:
        ring, at = [name], up[name]
        while at is not None and at not in ring:
            ring.append(at)
            at = up[at]
        return at == name and min(ring) == name

    def settle(name: str) -> Decision:
        if name not in done:
            parent, view = up[name], None
            if parent is not None:
                above = None if cut(name) else settle(parent)
                view = ParentView(parent, above.territory if above else "", above.advisor if above else None, not above)
            done[name] = decide(held[name], one, view, NOW)
        return done[name]

    return {name: (settle(name).territory, settle(name).advisor) for name in sorted(held)}


@given(lives(), st.sampled_from([1, 3, 500]), st.sampled_from([(1, 1), (4, 1), (4, 3)]), st.data())
@settings(max_examples=60)
def test_clients_end_where_the_oracle_does_whatever_the_order_batches_and_replicas(
    log: list[Client], batch: int, layout: tuple[int, int], data: st.DataObject
) -> None:
    barred: list[Reference] = [
        named_list("not", "house", black=True),
        ListEntry(list="not", record="erp:2", author="a", at=NOW),
    ]
    statements: list[Reference] = [*LAND, *RULES, *barred]
    made = Stage(*layout)
    made.state(*statements)
    made.feed(log, batch)
    made.settle()
    live_now = {name: one for name, one in made.assignments().items() if one.status != "ended"}
    expected = by_hand(log, statements)
    assert {name: (one.territory, one.advisor) for name, one in sorted(live_now.items())} == expected

    other = Stage(4, 2)
    chance = data.draw(st.randoms(use_true_random=False))
    mixed = _interleaved(log, chance)
    for at, client in enumerate(mixed):
        if at == len(mixed) // 2:
            other.state(*statements)
        other.feed([client])
        if chance.random() < 0.5:
            other.look_again(reading=chance.randrange(4))
    other.settle()
    assert other.canonical() == made.canonical()


def _interleaved(log: list[Client], chance: random.Random) -> list[Client]:
    """The same log in another order, each client's own changes still in theirs."""
    order = [client.client_id for client in log]
    chance.shuffle(order)
    queues = {name: [client for client in log if client.client_id == name] for name in order}
    return [queues[name].pop(0) for name in order]


@given(lives())
@settings(max_examples=30)
def test_a_restart_looks_at_everything_and_says_nothing_new(log: list[Client]) -> None:
    made = Stage(replicas=2)
    made.state(*LAND, *RULES)
    made.feed(log)
    made.settle()
    again = made.restarted()
    assert again.resume() == []
    assert again.settle() == 0
    last = {client.client_id: client for client in log}
    assert all(
        isinstance(last[name], EndedClient) == (one.status == "ended") for name, one in again.assignments().items()
    )
