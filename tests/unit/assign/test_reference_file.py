"""A reference file: read whole or refused whole, every problem named; and what applying it changes."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.reference import ListEntry, MatchDecision, Override, Rate, Reference
from schemas.rules import Activation, RuleSet, Scheduled
from services.assign.reference_file import load
from services.assign.rules.changes import changes_between
from services.assign.rules.problems import InvalidReferenceError
from services.assign.rules.syntax import parse
from tests.unit.assign.making import DAY, NOW

FILE = """
regions:
  world: {name: World}
  north: {name: North, parent: world}
territories:
  no-all: {name: Norway, region: north}
advisors:
  ann: {name: Ann, territories: [no-all], capacity: 10}
rules:
  set: global
  default_territory: no-all
  rules:
    - {id: norway, priority: 1, territory: no-all, when: {field: country, equals: NO}}
lists:
  vip:
    name: Named
    purpose: whitelist
    territory: no-all
    entries: [crm:1, {record: crm:2, effective_until: 2027-01-01T00:00:00Z}]
overrides:
  crm:7: {territory: no-all, reason: because}
rates: {EUR: 1.1, NOK: "0.09"}
sources: {crm: 1}
decisions:
  - {records: [crm:9, crm:3], verdict: same}
engine: {code: 1, tokens: 1, cap: 100, threshold: 85}
"""


def applied(text: str, present: dict[str, Reference] | None = None, at: datetime = NOW) -> dict[str, Reference]:
    """What is present after a file was applied."""
    held = present or {}
    after = dict(held)
    for change in changes_between(held, parse(load(text.encode()), held, "ann", at)):
        if change.value is None:
            del after[change.key]
        else:
            after[change.key] = change.value
    return after


def actions(text: str, present: dict[str, Reference]) -> list[tuple[str, str]]:
    parsed = parse(load(text.encode()), present, "bob", NOW + DAY)
    return [(change.action, change.key) for change in changes_between(present, parsed)]


def problems(text: str, present: dict[str, Reference] | None = None) -> list[str]:
    with pytest.raises(InvalidReferenceError) as caught:
        applied(text, present)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_becomes_statements_signed_by_who_applies_it() -> None:
    held = applied(FILE)
    assert held["rate:EUR"] == Rate(currency="EUR", usd="1.1")
    assert held["override:crm:7"] == Override(
        record="crm:7", author="ann", at=NOW, reason="because", territory="no-all"
    )
    entry = held["entry:vip:crm:2"]
    assert isinstance(entry, ListEntry)
    assert (entry.author, entry.effective_until) == ("ann", datetime(2027, 1, 1, tzinfo=NOW.tzinfo))
    decision = held["decision:crm:3|crm:9"]
    assert isinstance(decision, MatchDecision)
    rule_set = held["rules:global:1"]
    assert isinstance(rule_set, RuleSet)
    assert rule_set.rules[0].when.equals == "NO"
    assert held["activation:global"] == Activation(set="global", schedule=(Scheduled(NOW, 1),))


def test_applying_the_same_file_again_changes_nothing() -> None:
    held = applied(FILE)
    assert actions(FILE, held) == []


def test_a_section_is_the_whole_a_list_is_replaced_and_decisions_of_people_stay() -> None:
    held = applied(FILE)
    text = """
regions: {world: {name: Whole world}, north: {name: North, parent: world}}
rates: {EUR: "1.2"}
lists: {vip: {name: Named, purpose: whitelist, territory: no-all, entries: [crm:2]}}
overrides: {}
"""
    assert actions(text, held) == [
        ("removed", "entry:vip:crm:1"),
        ("changed", "entry:vip:crm:2"),
        ("changed", "rate:EUR"),
        ("removed", "rate:NOK"),
        ("changed", "region:world"),
    ]


def test_other_rules_take_the_next_number_and_known_ones_theirs() -> None:
    held = applied(FILE)
    other = FILE.replace("priority: 1", "priority: 2")
    assert actions(other, held) == [("changed", "activation:global"), ("added", "rules:global:2")]
    second = applied(other, held, NOW + DAY)
    back = applied(FILE, second, NOW + 2 * DAY)
    schedule = (Scheduled(NOW, 1), Scheduled(NOW + DAY, 2), Scheduled(NOW + 2 * DAY, 1))
    assert back["activation:global"] == Activation(set="global", schedule=schedule)
    assert "rules:global:3" not in back


def test_a_number_that_holds_other_rules_is_refused() -> None:
    held = applied(FILE)
    (problem,) = problems(
        FILE.replace("priority: 1", "priority: 2").replace("set: global", "set: global\n  number: 1"), held
    )
    assert problem == "rules.number: 1: holds other rules, and a number is immutable: raise it to 2, or leave it out"


def test_rules_can_be_scheduled() -> None:
    text = FILE.replace("set: global", "set: global\n  active_from: 2026-06-01T00:00:00Z")
    held = applied(text)
    june = datetime(2026, 6, 1, tzinfo=NOW.tzinfo)
    assert held["activation:global"] == Activation(set="global", schedule=(Scheduled(june, 1),))
    assert actions(text, held) == []


BAD = """
regions: {north: {name: North, parent: nowhere, colour: red}, loop: {name: L, parent: loop}}
territories: {no-all: {region: north}, UNASSIGNED: {name: U, region: north}, "a b": {name: N, region: north}}
advisors: {ann: {name: Ann, territories: [no-all, gone], capacity: 0}}
rules:
  set: global
  number: many
  currency: EUR
  default_territory: away
  tiers: [{id: top, when: {field: tier, equals: x}}]
  rules:
    - {id: r1, priority: first, territory: no-all, when: {field: contry, equals: NO}}
    - {id: r2, priority: 1, when: {all: []}, effective_from: yesterday}
lists: {vip: {name: V, purpose: greylist, territory: no-all, entries: [nonsense, {record: crm:1, colour: red}]}}
overrides: {crm:7: {territory: atlantis, reason: r}, crm:8: {reason: r}}
rates: {EUR: -1, eur: "1", USD: "0"}
sources: {crm: high}
decisions: [{records: [crm:1, crm:1], verdict: same}, {records: [crm:1, crm:2], verdict: perhaps}]
engine: 5
colours: {}
"""


def test_every_problem_of_a_file_is_named_at_once_with_place_value_and_remedy() -> None:
    found = problems(BAD)
    for path, value, remedy in [
        ("regions.north.colour", "unknown", "use one of name, parent"),
        ("regions.loop.parent", "'loop'", "can't lie in itself"),
        ("territories.no-all.name", "missing", "add it"),
        ("territories.UNASSIGNED", "reserved", "another id"),
        ("territories.a b", "'a b'", "us-northeast"),
        ("advisors.ann.capacity", "0", ">= 1"),
        ("rules.number", "'many'", "write a whole number"),
        ("rules.tiers[0].when.field", "'tier'", "use one of"),
        ("rules.rules[0].priority", "'first'", "write a whole number"),
        ("rules.rules[0].when.field", "'contry'", "country"),
        ("rules.rules[1].territory", "missing", "add it"),
        ("rules.rules[1].effective_from", "'yesterday'", "2026-01-31T00:00:00Z"),
        ("lists.vip.purpose", "'greylist'", "whitelist, blacklist"),
        ("lists.vip.entries[0]", "'nonsense'", "salesforce:"),
        ("lists.vip.entries[1].colour", "unknown", "record"),
        ("overrides.crm:7.territory", "'atlantis'", "no such territory"),
        ("overrides.crm:8", "decides nothing", "give a territory"),
        ("rates.EUR", "'-1'", "1.0834"),
        ("rates.eur", "'eur'", "EUR"),
        ("rates.USD", "'0'", "above 0"),
        ("sources.crm", "'high'", "write a whole number"),
        ("decisions[0].records", "['crm:1', 'crm:1']", "two different"),
        ("decisions[1].verdict", "'perhaps'", "same, different, withdrawn"),
        ("engine", "5", "write a mapping"),
        ("colours", "unknown section", "use one of regions"),
    ]:
        assert any(p.startswith(f"{path}: {value}: ") and remedy in p for p in found), (path, found)
    assert not any("no such territory" in p and "'no-all'" in p for p in found)  # named, though faulty


def test_what_refers_to_nothing_is_refused_also_in_what_is_applied_already() -> None:
    held = applied(FILE)
    found = problems("territories: {se-all: {name: Sweden, region: north}}", held)
    assert "advisors.ann.territories: 'no-all': no such territory: add it or name another" in found
    assert "rules.rules.norway.territory: 'no-all': no such territory: add it or name another" in found
    assert "rules.default_territory: 'no-all': no such territory: add it or name another" in found


@pytest.mark.parametrize(
    ("text", "path", "remedy"),
    [
        ("a: {", "line 2", "valid YAML or JSON"),
        ("rates: {EUR: 1, EUR: 2}", "line 1, column 17", "stands twice here"),
        ("\x00", "file", "UTF-8 text"),
        ("- 1", "file", "write a mapping"),
        ("regions:", "regions", "leave the section out"),
        ("? [1]\n: 2", "line 1", "name before the colon"),
    ],
)
def test_what_is_no_mapping_of_sections_is_refused_with_its_place(text: str, path: str, remedy: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(path)
    assert remedy in problem


def test_json_is_read_as_well() -> None:
    assert applied('{"sources": {"crm": 1}}').keys() == {"source:crm"}
