"""The state is a function of the live records, the decisions, the ranks and the engine, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.events import ClientFields, LiveClient, PooledRecord
from schemas.reference import MatchDecision, Source
from tests.unit.dedupe.resolving import ENGINE, Stage, decision, gone, record

# Small vocabularies, so that near-duplicates, shared keys and contradictions are the rule.
_NAMES = ("Zorblax Quimby LLC", "Zorblax Quimby Ltd", "Zorblax Qimby", "Quimby Zorblax Fund II", "Northwind Traders")
_LEIS = ("5493001KJTIIGC8Y1R12", "549300MLUDYVRQOOXS22", "549300MLUDYVRQOOXS2Z")
FIELDS = st.builds(
    lambda name, **said: ClientFields(name=name, country="US", **{k: v for k, v in said.items() if v is not None}),
    st.sampled_from(_NAMES),
    city=st.sampled_from((None, "Boston", "Austin")),
    street=st.sampled_from((None, "1 Main St", "9 Oak Avenue")),
    phone=st.sampled_from((None, "+16175550123", "+16175550124", "+13035550199")),
    website=st.sampled_from((None, "zorblax.com", "northwind.com")),
    lei=st.sampled_from((None, None, *_LEIS)),
    created_at=st.sampled_from((None, datetime(2010, 1, 1, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))),
)
KEYS = st.sampled_from([f"{source}:{n}" for source in "abc" for n in range(4)])
POOLS = st.sampled_from(("US", "US", "US", "CA"))


@dataclass(frozen=True, slots=True)
class Restart:
    pass


@st.composite
def decisions(draw: st.DrawFn) -> MatchDecision:
    low, high = sorted(draw(st.sets(KEYS, min_size=2, max_size=2)))
    verdict = draw(st.sampled_from(("same", "different", "withdrawn")))
    return decision(low, high, verdict, draw(st.integers(0, 3)))


@st.composite
def changes(draw: st.DrawFn) -> PooledRecord:
    key, pool = draw(KEYS), draw(POOLS)
    if draw(st.integers(0, 4)) == 0:
        return gone(key, pool)
    return record(key, draw(FIELDS), draw(st.integers(0, 3)), pool)


SOURCES = st.builds(Source, id=st.sampled_from("abc"), rank=st.integers(0, 2))
STEPS = st.lists(
    st.one_of(changes(), changes(), changes(), decisions(), SOURCES, st.just(Restart())), min_size=6, max_size=40
)


def run(stage: Stage, steps: list[object], cuts: list[int]) -> None:
    """Records that follow each other go in batches, cut as `cuts` say."""
    batch: list[PooledRecord] = []
    sizes = iter(cuts * (len(steps) + 1))
    size = next(sizes)
    for step in [*steps, None]:
        if isinstance(step, PooledRecord):
            batch.append(step)
        if batch and (not isinstance(step, PooledRecord) or len(batch) >= size):
            stage.send(*batch)
            batch, size = [], next(sizes)
        if isinstance(step, MatchDecision | Source):
            stage.learn(step)
        if isinstance(step, Restart):
            stage.restart()


def survivors(steps: list[object]) -> tuple[list[PooledRecord], list[MatchDecision | Source]]:
    """The last word on every record in every pool, and on everything decided."""
    records: dict[tuple[str, str], PooledRecord] = {}
    decided: dict[str, MatchDecision | Source] = {}
    for step in steps:
        if isinstance(step, PooledRecord):
            records[step.pool, step.key] = step
        elif isinstance(step, MatchDecision | Source):
            decided[step.key] = step
    return [r for r in records.values() if r.record is not None], list(decided.values())


@settings(max_examples=150, deadline=None)
@given(
    STEPS,
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.sampled_from((2, 3, 64)),
    st.randoms(use_true_random=False),
)
def test_any_order_any_cut_and_any_restart_leave_the_state_of_one_batch_from_scratch(
    steps: list[object], cuts: list[int], cap: int, rng: Random
) -> None:
    engine = replace(ENGINE, cap=cap)
    stage = Stage(engine)
    run(stage, steps, cuts)
    records, decided = survivors(steps)
    rng.shuffle(records)
    scratch = Stage(engine)
    scratch.learn(*decided)
    if records:
        scratch.send(*records)
    assert stage.state() == scratch.state()
    held = {(client.pool, member.record) for client in stage.live().values() for member in client.members}
    assert held == {(r.pool, r.key) for r in records}


@settings(max_examples=60, deadline=None)
@given(STEPS, st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_versions_only_rise_and_nothing_is_said_twice(steps: list[object], cuts: list[int]) -> None:
    stage = Stage()
    run(stage, steps, cuts)
    versions: dict[str, int] = {}
    for output in stage.said:
        one = Stage()
        one.said = [output]
        [value] = one.last().values()
        assert value.version == versions.get(value.client_id, 0) + 1
        versions[value.client_id] = value.version
    assert stage.restart() == []


@settings(max_examples=40, deadline=None)
@given(st.lists(changes(), min_size=1, max_size=12))
def test_an_ended_id_leads_to_whoever_holds_its_records(steps: list[PooledRecord]) -> None:
    stage = Stage()
    for step in steps:
        before = stage.live()
        stage.send(step)
        now = stage.live()
        homes = {(c.pool, m.record): c.client_id for c in now.values() for m in c.members}
        for client_id in before.keys() - now.keys():
            left = {
                homes[before[client_id].pool, m.record]
                for m in before[client_id].members
                if (before[client_id].pool, m.record) in homes
            }
            assert set(stage.ended()[client_id].into) == left
    assert all(isinstance(client, LiveClient) for client in stage.live().values())
