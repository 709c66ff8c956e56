"""The handler: what it says and when, that it decides before it applies, and that it ends where the oracle does."""

from __future__ import annotations

import pytest
from msgspec import structs

from schemas import codec
from schemas.events import Assignment, Client
from schemas.partition import partition_of
from schemas.reasons import Reason
from schemas.reference import ListEntry, Override, Reference
from schemas.rules import Condition
from services.assign.rules.decide import Decision, decide
from services.stream.outcome import Halt, Incoming, Output
from tests.unit.assign.making import (
    DAY,
    NOW,
    Stage,
    country,
    ended,
    key,
    land,
    live,
    named_list,
    rule,
    rules,
)

LAND = land("east", "west", "house")
RULES = rules(rule("us", 1, "east", country("US")), inherit_from_parent=True, default_territory="house")


def stage(*more: Reference, partitions: int = 4, replicas: int = 1) -> Stage:
    made = Stage(partitions, replicas)
    made.state(*LAND, *RULES, *more)
    made.settle()
    return made


def said_of(outputs: list[Output], topic: str = "assigned") -> list[Assignment]:
    return [codec.assignment(out.value) for out in outputs if out.topic == topic and out.value is not None]


def incoming(made: Stage, value: bytes | None, client_id: str = "x") -> Incoming:
    return made.append("deduped", client_id, value, partition_of(client_id, made.partitions))


def test_a_new_client_is_said_with_its_reasons_and_its_link_in_the_same_breath() -> None:
    made = stage()
    outputs = made.feed([live("a", country="US")])
    (said,) = said_of(outputs)
    assert (said.version, said.client_version, said.status, said.trigger) == (1, 1, "assigned", "client")
    assert (said.territory, said.region, said.decided_by, said.effective_from) == ("east", "r", "rule", NOW)
    assert said.previous is None
    assert [(out.topic, out.key, out.partition) for out in outputs] == [
        (topic, "a", partition_of("a", 4)) for topic in ("assigned", "family")
    ]
    headers = dict(outputs[0].headers)
    assert headers["ce_id"] == b"a:1"
    assert headers["ce_type"] == b"cadastre.assigned.v1"


def test_nothing_is_said_where_the_assignment_stays_and_a_touch_says_it_again() -> None:
    made = stage()
    made.feed([live("a", country="US")])
    assert made.feed([live("a", version=2, country="US", city="Troy")]) == []
    assert made.feed([live("a", version=2, country="JP")]) == []  # not newer than what is held
    (again,) = said_of(made.feed([live("a", version=3, country="US", touch=True)]))
    assert (again.version, again.client_version) == (2, 3)
    (stale_touch,) = said_of(made.feed([live("a", version=1, country="JP", touch=True)]))
    assert (stale_touch.version, stale_touch.territory) == (3, "east")


def test_every_record_taken_is_counted_once_in_its_partition() -> None:
    made = stage()
    same = live("a", country="US")
    batch: list[Client] = [same, same, live("b"), ended("a", 2), ended("zz", 1)]
    messages = [incoming(made, codec.encode(client), client.client_id) for client in batch]
    effects = made.handlers[0].handle(messages, NOW)
    counts = {p: sum(m.partition == p for m in messages) for p in range(4)}
    assert effects.counts == {p: {"assigned": n} for p, n in counts.items() if n}


def test_a_move_names_what_it_was_before() -> None:
    made = stage()
    first, second = (said_of(made.feed([live("a", version=v, country=c)]))[0] for v, c in ((1, "US"), (2, "JP")))
    assert second.previous is not None
    assert (second.previous.territory, second.previous.advisor) == ("east", first.advisor)
    assert (second.territory, second.decided_by, second.version) == ("house", "default", 2)


def test_a_client_is_counted_once_at_the_territory_that_it_left_and_at_the_one_that_it_came_to() -> None:
    made = stage(partitions=1)
    told: list[dict[str, dict[str, int]]] = []
    for client in (
        live("a", country="US"),
        live("a", version=2, country="US", city="Reno"),
        live("a", version=3, country="JP"),
        ended("a", version=4),
    ):
        effects = made.handlers[0].handle([made.append("deduped", "a", codec.encode(client))], NOW)
        told.append({name: dict(tally) for name, tally in effects.tallies.items()})
    assert told == [
        {"arrived": {"east": 1}},
        {},
        {"left": {"east": 1}, "arrived": {"house": 1}},
        {"left": {"house": 1}},
    ]


def test_an_ended_client_ends_once_and_its_link_goes() -> None:
    made = stage()
    made.feed([live("a", country="US")])
    outputs = made.feed([ended("a", 2)])
    (said,) = said_of(outputs)
    assert (said.status, said.decided_by, said.territory, said.version) == ("ended", "ended", "UNASSIGNED", 2)
    assert [(out.topic, out.value) for out in outputs][1] == ("family", None)
    assert made.feed([ended("a", 3)]) == []
    (back,) = said_of(made.feed([live("a", version=4, country="US")]))
    assert (back.version, back.status) == (3, "assigned")


NESTED = b'{"a":' * 10_000 + b"1" + b"}" * 10_000


@pytest.mark.parametrize(
    "value",
    [
        b"\xff",
        b"{",
        b'{"status":"live"}',
        b'{"status":"live","version":1}',
        b'{"status":"\xff","version":1}',
        b'{"status":"ended","version":1,"client_id":"\xff"}',
        b'{"status":"ended","version":1,"client_id":"x","a":' + NESTED + b"}",
        NESTED,
        None,
    ],
)
def test_what_is_no_client_is_rejected_and_the_good_beside_it_goes_through(value: bytes | None) -> None:
    made = stage()
    bad = incoming(made, value)
    effects = made.handlers[0].handle([bad, incoming(made, codec.encode(live("a", country="US")), "a")], NOW)
    assert [(r.incoming, r.reason) for r in effects.rejections] == [(bad, Reason.MALFORMED)]
    assert len(said_of(effects.outputs)) == 1
    other = made.restarted()
    other.resume()
    assert other.resumed == ["a"]
    made.restarted().resume(made.handlers[0].mark)


def test_a_raise_leaves_the_state_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    made = stage()
    batch = [incoming(made, codec.encode(live(name, country="US")), name) for name in ("a", "b", "c")]
    poisoned = iter([None, None, ValueError("boom")])

    def raising(*arguments: object) -> Decision:
        if isinstance(problem := next(poisoned), ValueError):
            raise problem
        return decide(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("services.assign.telling.decide", raising)
        with pytest.raises(ValueError, match="boom"):
            made.handlers[0].handle(batch, NOW)
    effects = made.handlers[0].handle(batch, NOW)
    assert [(one.client_id, one.version) for one in said_of(effects.outputs)] == [("a", 1), ("b", 1), ("c", 1)]


def test_a_changed_rule_set_re_examines_every_live_client_and_says_only_what_moved() -> None:
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP"), live("c"), ended("d", 1)])
    made.settle()
    made.state(*rules(rule("us", 1, "west", country("US")), number=2, default_territory="house"))
    touched, outputs = made.look_again()
    assert touched == 3
    assert [(one.client_id, one.territory, one.trigger) for one in said_of(outputs)] == [("a", "west", "reference")]
    assert made.look_again()[0] == 0


def test_a_thousand_reference_messages_cost_one_sweep_and_other_stages_statements_none() -> None:
    made = stage()
    made.feed([live("a", country="US")])
    made.settle()
    made.state(*(ListEntry(list="vip", record=f"crm:{n}", author="ann", at=NOW) for n in range(1_000)))
    assert made.look_again()[0] == 1
    made.unstate("source:crm", b'{"kind":"source","id":"crm","rank":1}')
    made.unstate("brake:assign", b"not even JSON")
    assert made.look_again()[0] == 0


def test_a_faulty_rule_set_halts_the_stage_and_the_next_good_one_revives_it() -> None:
    made = stage()
    made.feed([live("a", country="US")])
    made.state(*rules(rule("us", 1, "west", Condition(field="contry", equals="US")), number=2))
    with pytest.raises(Halt, match="activate another"):
        made.look_again()
    made.state(*rules(rule("us", 1, "west", country("US")), number=3))
    made.settle()
    assert made.assignments()["a"].territory == "west"


def test_a_removed_statement_counts_no_more() -> None:
    named = ListEntry(list="vip", record="crm:a", author="ann", at=NOW)
    made = stage(named_list("vip", "west"), named)
    assert said_of(made.feed([live("a", country="US")]))[0].territory == "west"
    made.unstate(named.key)
    made.settle()
    assert made.assignments()["a"].territory == "east"


def test_an_override_that_expires_is_undone_when_its_moment_comes() -> None:
    span = Override(record="crm:a", author="ann", at=NOW, reason="r", territory="west", expires_at=NOW + DAY)
    made = stage(span)
    made.feed([live("a", country="US")])
    assert made.assignments()["a"].decided_by == "override"
    assert made.handlers[0].next_moment() == NOW + DAY
    made.now = NOW + DAY
    made.settle()
    last = made.assignments()["a"]
    assert (last.decided_by, last.trigger, last.effective_from) == ("rule", "time", NOW + DAY)
    assert made.handlers[0].next_moment() is None


def test_a_batch_that_meets_the_moment_first_leaves_the_sweep_due() -> None:
    span = Override(record="crm:a", author="ann", at=NOW, reason="r", territory="west", expires_at=NOW + DAY)
    made = stage(span)
    made.feed([live("a", country="US")])
    made.now = NOW + 2 * DAY
    made.feed([live("b", country="US")])
    due = made.handlers[0].next_moment()
    assert due is not None
    assert due <= made.now
    made.settle()
    assert made.assignments()["a"].territory == "east"


def test_a_clock_set_back_neither_revives_what_expired_nor_raises() -> None:
    span = Override(record="crm:a", author="ann", at=NOW, reason="r", territory="west", expires_at=NOW + DAY)
    made = stage(span)
    made.now = NOW + DAY
    made.settle()
    made.now = NOW
    assert said_of(made.feed([live("a", country="US")]))[0].territory == "east"


def test_a_family_of_depth_five_settles_in_five_passes() -> None:
    made = stage(replicas=2)
    chain = [live("k0", country="JP")]
    chain += [live(f"k{n}", country="JP", parent_record=f"crm:k{n - 1}") for n in range(1, 6)]
    made.feed(chain)
    made.settle()
    assert {one.territory for one in made.assignments().values()} == {"house"}
    made.feed([live("k0", version=2, country="US")])
    assert made.settle() == 5
    last = made.assignments()
    assert {last[f"k{n}"].territory for n in range(6)} == {"east"}
    assert {last[f"k{n}"].advisor for n in range(6)} == {last["k0"].advisor}
    assert {last[f"k{n}"].trigger for n in range(1, 6)} == {"family"}


def test_a_link_of_the_partitions_last_owner_that_comes_late_is_put_right() -> None:
    made = stage()
    made.feed([live("a", country="US")])
    late = codec.encode(codec.family_link(made.topics["family"][-1].value or b"")).replace(b'"east"', b'"west"')
    made.settle()
    made.append("family", "a", late, partition_of("a", 4))
    _, outputs = made.look_again()
    assert [codec.family_link(out.value or b"").territory for out in outputs] == ["east"]


def test_a_link_that_comes_late_for_a_client_that_has_ended_is_removed() -> None:
    made = stage()
    outputs = made.feed([live("a", country="US")])
    made.feed([ended("a", 2)])
    made.settle()
    made.append("family", "a", outputs[1].value, partition_of("a", 4))
    _, told = made.look_again()
    assert [(out.topic, out.value) for out in told] == [("family", None)]
    assert made.settle() == 0


def test_a_dropped_partition_is_forgotten_and_keys_that_are_gone_are_passed_over() -> None:
    made = stage(partitions=1)
    made.feed([live("a", country="US")])
    made.handlers[0].drop(0)
    assert made.handlers[0].re_examine([key(made, "a"), key(made, "never")], NOW).outputs == []
    assert made.handlers[0].touched(NOW) == []


def test_a_restart_under_other_rules_says_the_difference() -> None:
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP")])
    for statement in rules(rule("us", 1, "west", country("US")), number=2, default_territory="house"):
        made.append("reference", statement.key, codec.encode(statement))
    outputs = made.restarted().resume()
    assert [(one.client_id, one.territory, one.trigger) for one in said_of(outputs)] == [("a", "west", "restart")]


def test_a_restart_on_the_same_basis_decides_only_those_again_whose_family_may_have_changed() -> None:
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP", parent_record="crm:a")])
    made.settle()
    mark = made.handlers[0].mark
    assert mark
    other = made.restarted()
    assert other.resume(mark) == []
    assert other.resumed == ["b"]
    assert other.handlers[0].mark == mark


@pytest.mark.parametrize("lost", ["assigned", "family"])
def test_a_client_of_whom_not_all_was_said_is_decided_again_on_any_basis(lost: str) -> None:
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP")])
    made.settle()
    mark = made.handlers[0].mark
    made.topics[lost] = [message for message in made.topics[lost] if message.key != "a"]
    other = made.restarted()
    assert {(out.topic, out.key) for out in other.resume(mark)} == {(lost, "a")}
    assert other.resumed == ["a"]


def test_a_link_that_tells_another_territory_than_the_assignment_is_said_again() -> None:
    """As where a replica took over before it had learned what the last one wrote, and was killed before it did."""
    made = stage()
    made.feed([live("a", country="US")])
    made.settle()
    mark = made.handlers[0].mark
    wrong = codec.family_link(made.topics["family"][-1].value or b"")
    made.append("family", "a", codec.encode(structs.replace(wrong, territory="house", version=9)), partition_of("a", 4))
    outputs = made.restarted().resume(mark)
    assert [codec.family_link(out.value or b"").territory for out in outputs] == ["east"]


def test_a_statement_or_a_moment_that_has_passed_makes_another_basis() -> None:
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP")])
    made.settle()
    mark = made.handlers[0].mark
    for statement in rules(rule("us", 1, "west", country("US")), number=2, default_territory="house"):
        made.append("reference", statement.key, codec.encode(statement))
    after = made.restarted()
    assert [one.client_id for one in said_of(after.resume(mark))] == ["a"]
    made = stage()
    made.feed([live("a", country="US"), live("b", country="JP")])
    made.settle()
    made.state(Override(record="crm:b", territory="west", expires_at=NOW + DAY, reason="r", author="p", at=NOW))
    assert made.handlers[0].mark == "", "there is news, and nobody was decided on it yet"
    made.settle()
    mark = made.handlers[0].mark
    later = made.restarted()
    later.now = NOW + DAY
    assert [one.client_id for one in said_of(later.resume(mark))] == ["b"]
    assert sorted(later.resumed) == ["a", "b"]


def test_a_client_whose_end_was_passed_over_ends_at_the_next_start() -> None:
    """As after a rebuild, which moves the position to the end of `deduped`."""
    made = stage()
    made.feed([live("a", country="US"), live("b", country="US")])
    made.append("deduped", "a", codec.encode(ended("a", 2)), partition_of("a", 4))
    outputs = made.restarted().resume()
    assert [(one.client_id, one.status, one.client_version) for one in said_of(outputs)] == [("a", "ended", 2)]
    assert [(out.topic, out.key, out.value) for out in outputs if out.topic == "family"] == [("family", "a", None)]
