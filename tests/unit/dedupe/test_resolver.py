"""What the resolver says when records come, change and go, and when people decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from schemas.codec import encode
from schemas.events import Client, ClientFields, EndedClient, LiveClient, MovedRecord, Stamp
from schemas.reasons import Reason
from schemas.reference import Source
from services.dedupe.clustering import MAX_MEMBERS
from services.dedupe.matching import PairScore, possible_pairs
from services.dedupe.neighbours import Pairs, Scoring
from services.dedupe.rules import EngineMismatch, UnreadableReference
from services.stream.outcome import StateKey
from tests.unit.dedupe.resolving import (
    ENGINE,
    NOW,
    PARTITION,
    Stage,
    decision,
    from_scratch,
    gone,
    incoming,
    record,
)

ACME = ClientFields(
    name="Zorblax Quimby Partners LLC",
    street="12 Main Street",
    city="Boston",
    postal_code="02110",
    country="US",
    phone="+16175550123",
    website="zorblaxquimby.com",
)
OTHER = ClientFields(name="Northwind Traders Inc", city="Denver", country="US", phone="+13035550199")


def created(fields: ClientFields, year: int) -> ClientFields:
    return replace(fields, created_at=datetime(year, 1, 1, tzinfo=UTC))


def live(said: list[Client]) -> list[LiveClient]:
    return [value for value in said if isinstance(value, LiveClient)]


def test_records_of_one_client_become_one_client_with_its_evidence() -> None:
    stage = Stage()
    said = stage.send(
        record("a:1", ACME), record("b:1", replace(ACME, name="Zorblax Quimby Ptnrs")), record("b:2", OTHER)
    )
    assert stage.groups() == {("a:1", "b:1"), ("b:2",)}
    merged = stage.holder("a:1")
    assert [(edge.low, edge.high) for edge in merged.edges] == [("a:1", "b:1")]
    assert merged.confidence == merged.edges[0].confidence > 99
    assert {evidence.field for evidence in merged.edges[0].evidence} >= {"name", "phone", "website", "street"}
    assert [value.version for value in said] == [1, 1]


def test_a_repeat_of_the_same_record_is_counted_and_says_nothing() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME))
    effects = stage.resolver.handle([incoming("pooled", "a:1", encode(record("a:1", ACME)))], NOW)
    assert effects.outputs == []
    assert effects.counts == {PARTITION: {"resolved": 1}}


def test_a_touch_says_the_client_again_though_nothing_changed() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME))
    [again] = live(stage.send(replace(record("a:1", ACME), touch=True)))
    assert (again.version, again.touch) == (2, True)
    [changed] = live(stage.send(record("a:1", replace(ACME, employees=5), at=1)))
    assert (changed.version, changed.touch) == (3, False)


def test_a_merge_says_the_survivor_before_the_ids_that_it_ends() -> None:
    stage = Stage()
    stage.send(record("a:1", created(ACME, 2010)))
    stage.send(record("b:1", created(OTHER, 2015)))
    survivor, ended = stage.holder("a:1").client_id, stage.holder("b:1").client_id
    said = stage.send(record("b:1", created(ACME, 2015), at=1))
    assert [(type(value), value.client_id, value.version) for value in said] == [
        (LiveClient, survivor, 2),
        (EndedClient, ended, 2),
    ]
    assert stage.ended()[ended].into == (survivor,)


def test_deleting_the_founder_of_a_merged_client_ends_its_id_into_the_new_one() -> None:
    stage = Stage()
    stage.send(record("a:1", created(ACME, 2010)), record("b:1", created(ACME, 2015)))
    old = stage.holder("b:1").client_id
    stage.send(gone("a:1"))
    new = stage.holder("b:1")
    assert new.client_id != old
    assert new.split_from == old
    assert stage.ended()[old].into == (new.client_id,)


def test_an_id_comes_back_with_a_higher_version() -> None:
    stage = Stage()
    stage.send(record("a:1", created(ACME, 2010)), record("b:1", created(OTHER, 2015)))
    before = stage.holder("b:1")
    stage.send(record("b:1", created(ACME, 2015), at=1))
    assert before.client_id in stage.ended()
    stage.restart()
    stage.send(record("b:1", created(OTHER, 2015), at=2))
    again = stage.holder("b:1")
    assert again.client_id == before.client_id
    assert again.version == before.version + 2
    assert again.split_from == stage.holder("a:1").client_id


def test_a_record_that_moves_away_leaves_word_of_where_it_went() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME))
    [ended] = stage.send(gone("a:1", moved_to="CA"))
    assert isinstance(ended, EndedClient)
    assert (ended.into, ended.moved) == ((), (MovedRecord("a:1", "CA"),))


def test_two_pools_of_one_partition_never_meet() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME, pool="US"), record("b:1", ACME, pool="GB"))
    assert stage.groups() == {("a:1",), ("b:1",)}
    assert {value.pool for value in stage.live().values()} == {"US", "GB"}


def test_a_bridge_that_goes_splits_its_client() -> None:
    bridge = replace(ACME, lei="5493001KJTIIGC8Y1R12")
    left = replace(
        ACME, website="one.com", phone="+16175550001", street="1 Elm Street", postal_code="02111", city="Salem"
    )
    stage = Stage()
    stage.send(record("a:1", bridge), record("a:2", ACME), record("a:3", replace(left, lei="5493001KJTIIGC8Y1R12")))
    assert stage.groups() == {("a:1", "a:2", "a:3")}
    stage.send(gone("a:1"))
    assert stage.groups() == {("a:2",), ("a:3",)}
    assert stage.state() == from_scratch(
        [record("a:2", ACME), record("a:3", replace(left, lei="5493001KJTIIGC8Y1R12"))]
    )


def test_a_record_without_a_city_does_not_bridge_two_cities() -> None:
    name = "Zorblax Quimby"
    stage = Stage()
    stage.send(
        *(
            record(f"{n}:1", ClientFields(name=name, city=c, country="US"))
            for n, c in (("a", "Boston"), ("b", "Austin"))
        )
    )
    stage.send(record("c:1", ClientFields(name=name, country="US")))
    assert sorted(map(len, stage.groups())) == [1, 2]


def test_a_possible_match_is_said_at_both_ends_and_taken_back_at_both() -> None:
    elsewhere = ClientFields(name=ACME.name, city="Austin", country="US")
    stage = Stage()
    stage.send(record("a:1", ClientFields(name=ACME.name, city="Boston", country="US")))
    stage.send(record("b:1", elsewhere))
    assert stage.groups() == {("a:1",), ("b:1",)}
    assert stage.holder("a:1").possible == stage.holder("b:1").possible != ()
    stage.restart()
    said = live(stage.send(record("b:1", OTHER, at=1)))
    assert {value.members[0].record for value in said} == {"a:1", "b:1"}
    assert stage.holder("a:1").possible == ()


def test_a_key_over_the_cap_links_nothing_and_links_again_below_it() -> None:
    stage = Stage(replace(ENGINE, cap=3))
    twins = [record(f"a:{n}", ACME) for n in range(4)]
    stage.send(*twins[:3])
    assert stage.groups() == {("a:0", "a:1", "a:2")}
    stage.send(twins[3])
    assert stage.groups() == {("a:0",), ("a:1",), ("a:2",), ("a:3",)}
    stage.restart()
    stage.send(gone("a:1"))
    assert stage.groups() == {("a:0", "a:2", "a:3")}


def test_people_decide_over_scores_and_can_take_it_back() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME), record("b:1", ACME), record("c:1", OTHER))
    before = stage.state()
    stage.learn(decision("a:1", "b:1", "different"), decision("b:1", "c:1", "same"))
    assert stage.groups() == {("a:1",), ("b:1", "c:1")}
    assert stage.holder("c:1").confidence == 100
    assert stage.holder("a:1").possible == ()
    decided = stage.state()
    assert stage.restart() == []
    assert stage.state() == decided
    stage.learn(decision("a:1", "b:1", "withdrawn", 1), decision("b:1", "c:1", "withdrawn", 1))
    assert stage.state() == before


def test_a_decision_made_while_nobody_ran_is_seen_at_the_restart() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME), record("b:1", ACME))
    apart = decision("a:1", "b:1", "different")
    stage._statements.append(incoming("reference", apart.key, encode(apart)))
    stage.restart()
    assert stage.groups() == {("a:1",), ("b:1",)}


def test_of_contradicting_decisions_the_latest_stands() -> None:
    stage = Stage()
    stage.send(
        record("a:1", OTHER), record("b:1", ACME), record("c:1", replace(OTHER, name="Quux", phone="+13035550000"))
    )
    stage.learn(
        decision("a:1", "b:1", "same", 3), decision("b:1", "c:1", "same", 2), decision("a:1", "c:1", "different", 1)
    )
    assert stage.groups() == {("a:1", "b:1", "c:1")}
    stage.learn(decision("a:1", "c:1", "different", 9))
    assert stage.groups() == {("a:1", "b:1"), ("c:1",)}


def test_a_source_that_is_trusted_more_changes_the_golden_record() -> None:
    stage = Stage()
    stage.send(
        record("a:1", replace(ACME, industry="Banks"), at=5), record("b:1", replace(ACME, industry="Funds"), at=9)
    )
    assert stage.holder("a:1").golden.industry == "Funds"
    [said] = live(stage.learn(Source(id="a", rank=1)))
    assert (said.golden.industry, said.provenance["industry"]) == ("Banks", "a:1")
    later = Source(id="b", rank=0)
    stage._statements.append(incoming("reference", later.key, encode(later)))
    assert [value.golden.industry for value in live(stage.restart())] == ["Funds"]
    assert stage.restart() == []


def test_a_new_threshold_re_resolves_and_says_only_the_difference() -> None:
    far = ClientFields(name=ACME.name, city="Boston", phone="+16175550777")
    stage = Stage()
    stage.send(record("a:1", ACME), record("b:1", far), record("c:1", OTHER))
    assert stage.groups() == {("a:1",), ("b:1",), ("c:1",)}
    said = stage.learn(replace(ENGINE, threshold=60))
    assert stage.groups() == {("a:1", "b:1"), ("c:1",)}
    assert len(said) == 2
    assert stage.restart() == []


def test_what_came_out_the_same_under_a_new_engine_is_not_decided_again_at_each_start() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME), record("c:1", OTHER))
    stage.learn(replace(ENGINE, threshold=60))
    stage.restart()
    done, amid = stage.resolver.mark, ""
    assert stage.restored(done) == []
    assert len(stage.restored(amid)) == len(stage.restored(ENGINE.name)) == 2


def test_an_engine_that_this_build_cannot_run_is_refused() -> None:
    stage = Stage()
    with pytest.raises(EngineMismatch, match="code 999"):
        stage.learn(replace(ENGINE, code=999))
    with pytest.raises(EngineMismatch, match="no engine is active"):
        Stage(engine=None).send(record("a:1", ACME))
    with pytest.raises(UnreadableReference, match="decision:x"):
        stage.resolver.learn(incoming("reference", "decision:x", b"{"))
    stage.resolver.learn(incoming("reference", "list:of-no-concern", b"{"))


class _FailsOnce(Exception):
    pass


def test_what_raises_in_the_middle_leaves_the_state_as_it_was() -> None:
    failing = [False]

    def possible(pairs: Pairs, grain: str) -> Sequence[PairScore | None]:
        if failing[0] and pairs:
            failing[0] = False
            raise _FailsOnce
        return possible_pairs(pairs, grain)

    stage = Stage(scoring=Scoring(possible=possible))
    first = [record("a:1", ACME), record("a:2", OTHER), record("a:3", replace(ACME, city="Austin"))]
    stage.send(*first)
    before = stage.state()
    batch = [record("a:1", OTHER, at=1), gone("a:2"), record("b:1", ACME), record("z:1", ACME, pool="GB")]
    failing[0] = True
    with pytest.raises(_FailsOnce):
        stage.send(*batch)
    assert not failing[0]
    assert stage.send(*first) == []
    assert stage.state() == before
    stage.send(*batch)
    assert stage.state() == from_scratch([*batch[::2], batch[3], first[2]])


def test_what_cannot_be_read_is_rejected_and_its_neighbours_are_resolved() -> None:
    stage = Stage()
    good = incoming("pooled", "a:1", encode(record("a:1", ACME)))
    huge = incoming("pooled", "a:2", encode(record("a:2", replace(ACME, street="x" * 600_000))))
    effects = stage.resolver.handle([incoming("pooled", "x", b"{}"), good, huge, incoming("pooled", "y", None)], NOW)
    assert [(r.incoming.key, r.reason) for r in effects.rejections] == [
        ("x", Reason.MALFORMED),
        ("a:2", Reason.TOO_LARGE),
        ("y", Reason.MALFORMED),
    ]
    assert effects.counts == {PARTITION: {"resolved": 1}}
    assert len(effects.outputs) == 1


def test_a_client_too_large_for_a_message_is_refined_until_it_fits_and_says_so() -> None:
    stage = Stage()
    stage.send(*(record(f"a:{n}", replace(ACME, tags=("x" * 200_000,))) for n in range(6)))
    groups = sorted(stage.groups())
    assert sum(map(len, groups)) == 6
    assert 1 < len(groups) < 6
    assert all(value.oversized for value in stage.live().values() if len(value.members) > 1)


def test_no_client_has_more_members_than_anybody_can_check() -> None:
    stage = Stage(replace(ENGINE, cap=1_000))
    stage.send(
        *(
            record(f"a:{n:03}", ClientFields(name="Zorblax Quimby", phone="+16175550123"))
            for n in range(MAX_MEMBERS + 20)
        )
    )
    sizes = sorted(len(value.members) for value in stage.live().values())
    assert sizes == [20, MAX_MEMBERS]
    assert all(value.oversized for value in stage.live().values())


def test_the_output_goes_where_the_input_came_from_and_carries_its_trace() -> None:
    stage = Stage()
    [output] = stage.resolver.handle(
        [incoming("pooled", "a:1", encode(record("a:1", ACME)), trace="00-1")], NOW
    ).outputs
    headers = dict(output.headers)
    assert (output.topic, output.partition) == ("deduped", PARTITION)
    assert headers["traceparent"] == b"00-1"
    assert headers["ce_id"] == f"{output.key}:1".encode()


def test_a_lost_partition_is_forgotten_and_keys_that_are_gone_are_passed_over() -> None:
    stage = Stage()
    stage.send(record("a:1", ACME))
    assert stage.re_examine([StateKey(PARTITION, "a:9"), StateKey(7, "a:1")]) == []
    stage.resolver.drop(PARTITION)
    assert stage.re_examine([StateKey(PARTITION, "a:1")]) == []
    stage.restart()
    assert stage.send(record("a:1", ACME)) == []


def test_a_value_spelled_another_way_is_news() -> None:
    stage = Stage()
    utc = datetime(2020, 1, 1, 10, tzinfo=UTC)
    stage.send(record("a:1", replace(ACME, created_at=utc)))
    other = record("a:1", replace(ACME, created_at=utc), stamps={"city": Stamp(NOW, 1, "e")})
    assert len(stage.send(other)) == 1
