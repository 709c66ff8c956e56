"""The demo generator keeps its promises: repeatable bytes, whole truth, every scenario, evidence enough to decide."""

import random
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import msgspec
import phonenumbers
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from schemas.events import FIELD_NAMES, ClientFields
from tests.support.generator import Demo, Institution, generate, read_institutions, write
from tests.support.generator.institutions import COLUMNS
from tests.support.generator.mappings import SOURCES, document
from tests.support.generator.model import Change, Record
from tests.support.generator.names import core_name, is_identity, too_alike
from tests.support.generator.noise import JUNK_PHONES, misname
from tests.support.generator.places import Gazetteer, is_phone_of, places_of
from tests.support.generator.sample import choose
from tests.support.generator.scenarios import SCENARIOS

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
FEW = 500


@pytest.fixture(scope="module")
def institutions() -> list[Institution]:
    return read_institutions(DEMO / "institutions.csv")[::4]


@pytest.fixture(scope="module")
def demo(institutions: list[Institution]) -> Demo:
    return generate(institutions, FEW, seed=7)


def test_the_same_seed_gives_the_same_bytes(institutions: list[Institution], demo: Demo, tmp_path: Path) -> None:
    write(demo, tmp_path / "first")
    write(generate(list(reversed(institutions)), FEW, seed=7), tmp_path / "again")
    first, again = (sorted((tmp_path / name).iterdir()) for name in ("first", "again"))
    assert [path.name for path in first] == [path.name for path in again]
    assert all(one.read_bytes() == other.read_bytes() for one, other in zip(first, again, strict=True))


def test_another_seed_gives_other_records(institutions: list[Institution], demo: Demo) -> None:
    assert generate(institutions, FEW, seed=8).truth != demo.truth


def test_the_exports_hold_as_many_records_as_asked_for(demo: Demo) -> None:
    assert len(_records(demo)) == FEW
    assert all(demo.records[source.name] for source in SOURCES)


def test_the_truth_covers_every_record_of_exports_and_changes_and_no_other(demo: Demo) -> None:
    known = {(one.source, one.record_id) for one in _records(demo)}
    assert {(change.source, change.record_id) for change in demo.changes if change.op == "upsert"} - known
    assert set(demo.truth) == known | {(change.source, change.record_id) for change in demo.changes}


def test_every_scenario_is_played_by_records_of_the_demo(demo: Demo) -> None:
    assert set(demo.scenarios) == set(SCENARIOS)
    for cast in (cast for casts in demo.scenarios.values() for cast in casts):
        players = [value for value in cast.values() if ":" in value]
        assert players
        assert all(tuple(player.split(":", 1)) in demo.truth for player in players)


def test_no_two_changes_of_a_record_have_the_same_version(demo: Demo) -> None:
    versions = [(change.source, change.record_id, change.time, change.sequence) for change in demo.changes]
    assert len(set(versions)) == len(versions)


def test_a_founder_is_older_than_the_record_that_joins_it(demo: Demo) -> None:
    records = {record.key: record for record in _records(demo)}
    for cast in demo.scenarios["merge_then_founder_deleted"]:
        founder, joining = records[cast["founder"]], records[cast["joining"]]
        assert founder.created < joining.created
        assert founder.lei == joining.lei == cast["lei"]
        assert core_name(founder.values["name"]) != core_name(joining.values["name"])
        assert [change.op for change in _changes(demo, founder.key)] == ["delete"]


def test_an_event_late_after_a_delete_is_older_than_the_delete(demo: Demo) -> None:
    for cast in demo.scenarios["delete_then_late_older_event"]:
        deleted, late = _changes(demo, cast["record"])
        assert (deleted.op, late.op) == ("delete", "upsert")
        assert late.time < deleted.time


def test_a_late_patch_is_older_than_what_stands(demo: Demo) -> None:
    modified = {record.key: record.modified for record in _records(demo)}
    for cast in demo.scenarios["late_patch_superseded"]:
        (late,) = _changes(demo, cast["record"])
        assert late.time < modified[cast["record"]]
    for cast in demo.scenarios["late_patch_partly_wins"]:
        newer, late = _changes(demo, cast["record"])
        assert modified[cast["record"]] < late.time < newer.time
        assert set(late.fields) - set(newer.fields) == {cast["wins"]}


def test_a_late_parent_arrives_after_the_child_that_names_it(demo: Demo) -> None:
    arrival = {f"{change.source}:{change.record_id}": place for place, change in enumerate(demo.changes)}
    for cast in demo.scenarios["late_parent"]:
        (naming,) = _changes(demo, cast["child"])
        assert naming.fields == {"parent_record": cast["parent"]}
        assert arrival[cast["child"]] < arrival[cast["parent"]]


def test_changes_speak_in_normalised_client_fields(demo: Demo) -> None:
    for change in demo.changes:
        event = change.as_json()
        fields = msgspec.convert(event.get("fields", {}), ClientFields)
        assert change.op == "delete" or fields != ClientFields() or change.cleared
        assert set(change.cleared) <= set(FIELD_NAMES) - set(change.fields)


def test_every_phone_is_valid_or_an_obvious_placeholder(demo: Demo) -> None:
    typed = [(one.values["phone"], _stated_country(one)) for one in _records(demo) if "phone" in one.values]
    changed = [(str(change.fields["phone"]), "") for change in demo.changes if "phone" in change.fields]
    for phone, country in typed + changed:
        assert phone in JUNK_PHONES or phonenumbers.is_valid_number(phonenumbers.parse(phone, country or None)), phone


def test_every_place_of_the_table_has_valid_numbers_of_its_country() -> None:
    gazetteer = Gazetteer(random.Random(1))
    for country in ("US", "GB", "IE", "VG", "NZ", "TH", "BR"):
        for _ in places_of(country):
            site = gazetteer.site(country)
            assert is_phone_of(gazetteer.phone(site), country)


def test_a_record_without_country_tells_it_by_phone_or_website(demo: Demo) -> None:
    for record in _records(demo):
        if "country" not in record.values:
            site = record.values.get("website", "").lower().split("//")[-1].split("/")[0]
            assert record.values.get("phone", "").startswith("+") or not site.endswith(".com")


def test_few_records_state_their_lei(demo: Demo) -> None:
    stated = sum("lei" in record.values for record in _records(demo))
    assert 0.04 < stated / FEW < 0.16


def test_parents_are_records_of_the_same_export_without_cycles(demo: Demo) -> None:
    for records in demo.records.values():
        parents = {one.record_id: one.values["parent_record"] for one in records if "parent_record" in one.values}
        assert set(parents.values()) <= {record.record_id for record in records}
        assert all(1 <= _depth(child, parents) <= 3 for child in parents)


def test_true_pairs_agree_in_two_facts_at_least(demo: Demo) -> None:
    clients: dict[str, list[Record]] = defaultdict(list)
    for record in _records(demo):
        clients[record.lei].append(record)
    pairs = [pair for records in clients.values() for pair in combinations(records, 2)]
    assert len(pairs) > 100
    assert sum(_agreements(*pair) >= 2 for pair in pairs) / len(pairs) >= 0.95


def test_a_typed_name_is_never_the_name_of_another_institution(institutions: list[Institution], demo: Demo) -> None:
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in institutions:
        owners[core_name(one.name), one.country].add(one.lei)
    bent = {cast["joining"] for cast in demo.scenarios["merge_then_founder_deleted"]}
    bent |= {cast["record"] for cast in demo.scenarios["split"]}
    for record in _records(demo):
        bearers = owners.get((core_name(record.values["name"]), record.country), set())
        assert not bearers or record.lei in bearers or record.key in bent


def test_the_committed_sources_are_the_mappings_of_the_generator() -> None:
    assert (DEMO / "sources.yaml").read_text(encoding="utf-8") == document()


def test_every_mapped_field_is_a_client_field() -> None:
    for source in SOURCES:
        assert {path.split(".")[0] for path in source.fields.values()} <= set(FIELD_NAMES)
        assert all(source.id_column in source.command() for source in SOURCES)


def test_too_few_institutions_are_refused_with_the_number_they_give(institutions: list[Institution]) -> None:
    with pytest.raises(ValueError, match="ask for fewer than 500"):
        generate(institutions[:100], FEW, seed=7)


def test_a_file_without_a_column_is_refused_by_the_column_s_name(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(",".join(column for column in COLUMNS if column != "country") + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no column country"):
        read_institutions(path)


_WORDS = st.sampled_from(("Alpha", "Growth", "International", "Series", "Class", "II", "IV", "7", "B", "Fund", "The"))


@given(st.lists(_WORDS, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_typing_a_name_leaves_its_numbers_and_letters_alone(words: list[str], rng: random.Random) -> None:
    name = " ".join(words)
    assert _identities(misname(name, rng)) == _identities(name)


def test_a_sample_does_not_depend_on_the_order_of_the_register_and_holds_namesakes() -> None:
    names = [f"Alpha {number // 2} Holdings Ltd" for number in range(200)]
    rows = [{"lei": f"{n:020}", "legal_name": name, "country": "US"} for n, name in enumerate(names)]
    sample = choose(rows, 100)
    assert sample == choose(rows[::-1], 100)
    assert len({row["legal_name"] for row in sample}) < len(sample) < 40


def test_fund_numbers_tell_relatives_apart_and_spelling_does_not() -> None:
    assert not too_alike("alpha growth fund i", "alpha growth fund ii")
    assert not too_alike("alpha growth fund", "alpha income fund")
    assert too_alike("alpha growth fund", "alpha growth funds")


def _identities(name: str) -> list[str]:
    """A comma after a word that was moved to the front is no part of it."""
    return sorted(word.casefold() for word in name.replace(",", " ").split() if is_identity(word))


def _records(demo: Demo) -> list[Record]:
    return [record for records in demo.records.values() for record in records]


def _changes(demo: Demo, key: str) -> list[Change]:
    return [change for change in demo.changes if f"{change.source}:{change.record_id}" == key]


def _depth(child: str, parents: dict[str, str]) -> int:
    """Steps up to a record without parent; more than there are records, where there is a cycle."""
    above = parents.get(child)
    steps = 0
    while above is not None and steps <= len(parents):
        above, steps = parents.get(above), steps + 1
    return steps


def _stated_country(record: Record) -> str:
    stated = record.values.get("country")
    return str(pycountry.countries.lookup(stated).alpha_2) if stated else ""


def _agreements(left: Record, right: Record) -> int:
    """How many of name, phone, own website, street and identifiers agree, as a reader would see it."""
    names = (core_name(left.values["name"]), core_name(right.values["name"]))
    facts = [fuzz.token_sort_ratio(*names) >= 75]
    for read in (_number, _host, lambda one: one.values.get("street", "").casefold()[:6]):
        facts.append(bool(read(left)) and read(left) == read(right))
    for field in ("lei", "tax_id", "identifiers.crd"):
        facts.append(field in left.values and left.values[field] == right.values.get(field))
    return sum(facts)


def _number(record: Record) -> int:
    phone = record.values.get("phone", "")
    if not phone or phone in JUNK_PHONES:
        return 0
    return phonenumbers.parse(phone, _stated_country(record) or None).national_number or 0


def _host(record: Record) -> str:
    host = record.values.get("website", "").casefold().split("//")[-1].split("/")[0].removeprefix("www.")
    return "" if host in ("linkedin.com", "facebook.com", "n") else host
