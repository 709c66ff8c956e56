"""A rejected record that is sent again: the event it should have been at its own version, or touches; else why not."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.events import ChangeEvent, ClientFields, Origin, PooledRecord, Version
from services.ingest.adapters.csv_files import CsvFile
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.change import Accepted, Refused
from services.ingest.columns import choose_columns
from services.ingest.load import load
from services.ingest.problems import Unreadable
from services.ingest.redrive import Redriven, redrive
from services.ingest.repair import Repair, merge, read_repair
from services.ingest.rows import FileOrigin
from services.stream.outcome import Incoming
from services.stream.rejected_log import Rejected, read_back
from services.stream.touch import Touch
from tests.support.acks import KeptAcks
from tests.unit.ingest.builders import NOW, FixedClock, accepted, change

LATER = NOW + timedelta(days=3)
ARRIVED = NOW + timedelta(minutes=1)


def rejected(
    value: bytes | None, position: str = "raw:2:17", key: str = "salesforce:001", **headers: bytes
) -> Rejected:
    stage = "assign" if position.startswith("deduped") else "dedupe"
    appended = {"cadastre_appended": codec.rfc3339(ARRIVED).encode()}
    return Rejected(
        id="0:0",
        reason="stage_error",
        stage=stage,
        position=position,
        detail="",
        key=key,
        at="",
        value=value,
        headers=appended | headers,
    )


def again(one: Rejected, *edits: str, patch: str = "", mapping: dict[str, str] | None = None) -> Redriven:
    members = {"c_1": ["crm:1", "crm:2"]}
    return redrive(one, read_repair(edits, patch, mapping or {}), lambda key: members.get(key, []), LATER)


def event(one: Rejected, *edits: str, patch: str = "", mapping: dict[str, str] | None = None) -> ChangeEvent:
    sent = again(one, *edits, patch=patch, mapping=mapping)
    assert isinstance(sent, Accepted), sent
    assert codec.change_event(sent.value) == sent.event
    return sent.event


def why_not(one: Rejected, *edits: str, patch: str = "", mapping: dict[str, str] | None = None) -> str:
    sent = again(one, *edits, patch=patch, mapping=mapping)
    assert isinstance(sent, Refused), sent
    return " | ".join(problem.message for problem in sent.problems)


@pytest.fixture
def row(tmp_path: Path) -> Rejected:
    """A row that `cadastre ingest` has rejected, as it stands on `rejected`."""
    (one,) = rows(tmp_path, 'Key;Company;Land;at;Sum\n7;"Acme; Sons";Atlantis;2026-01-05 10:11;5\n')
    return one


def rows(folder: Path, content: str, modified: str | None = "at") -> list[Rejected]:
    path, acks, clock = folder / "clients.csv", KeptAcks(), FixedClock()
    path.write_text(content)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with CsvFile(path) as file:
        columns = choose_columns(file.header, "Key", modified, {"Company": "name", "Land": "country"})
        origin = FileOrigin("hubspot", path.name, file.modified, columns)
        load(file, origin, RawTopic(acks, 4, clock), clock, 10, lambda _tally: None)
    sent = acks.of("rejected")
    return read_back([Incoming("rejected", 0, i, i, s.key, s.value, s.headers) for i, s in enumerate(sent)])


def test_a_row_repaired_by_a_field_is_what_the_file_would_have_said(row: Rejected) -> None:
    said = event(row, "country=DE")
    assert (said.record, said.op, said.origin) == ("hubspot:7", "upsert", Origin("csv", "clients.csv:2"))
    assert said.fields == ClientFields(name="Acme; Sons", country="DE")
    assert said.version is not None
    assert (codec.rfc3339(said.version.time), said.version.sequence) == ("2026-01-05T10:11:00Z", 2)


def test_a_row_repaired_has_the_event_id_that_a_good_row_has_had(row: Rejected, tmp_path: Path) -> None:
    acks, path = KeptAcks(), tmp_path / "clients.csv"
    path.write_text(path.read_text().replace("Atlantis", "DE"))
    with CsvFile(path) as file:
        columns = choose_columns(file.header, "Key", "at", {"Company": "name", "Land": "country"})
        origin = FileOrigin("hubspot", path.name, file.modified, columns)
        load(file, origin, RawTopic(acks, 4, FixedClock()), FixedClock(), 10, lambda _tally: None)
    (good,) = acks.of("raw")
    assert codec.change_event(good.value or b"").event_id == event(row, "country=DE").event_id


def test_a_row_that_nobody_repaired_is_still_refused_and_says_why(row: Rejected) -> None:
    assert "'Atlantis' is not a country" in why_not(row)
    assert "'Narnia' is not a country" in why_not(row, "country=Narnia")


def test_a_row_can_be_read_by_another_mapping(row: Rejected) -> None:
    said = event(row, mapping={"Land": "city", "Sum": "aum"})
    assert (said.fields.city, said.fields.country) == ("Atlantis", msgspec.UNSET)
    assert said.fields.aum == msgspec.convert({"amount": "5", "currency": "USD"}, type(said.fields.aum))
    assert "there is no column 'Summe'" in why_not(row, mapping={"Summe": "aum"})


def test_a_row_without_id_or_with_a_bad_moment_is_repaired_in_its_envelope(tmp_path: Path) -> None:
    no_id, bad_moment = rows(tmp_path, "Key,Company,Land,at\n,Acme,DE,2026-01-05\n8,Acme,DE,05.01.2026\n")
    assert event(no_id, "record_id=99").record == "hubspot:99"
    said = event(bad_moment, "version.time=2026-01-05T00:00:00Z")
    assert said.version is not None
    assert (codec.rfc3339(said.version.time), said.version.sequence) == ("2026-01-05T00:00:00Z", 3)


def test_a_row_of_a_file_without_modified_times_keeps_the_files_own(tmp_path: Path) -> None:
    (one,) = rows(tmp_path, "Key,Company,Land\n7,Acme,Atlantis\n", modified=None)
    assert event(one, "country=").version == Version(NOW, 2)


def test_a_row_that_is_no_row_says_so(tmp_path: Path) -> None:
    short, quoted = rows(tmp_path, 'Key,Company,Land,at\n7,Acme\n8,"Ac"me,DE,2026-01-05\n')
    assert "it has 2 cells, the header 4" in why_not(short, "country=DE")
    assert "the row cannot be read" in why_not(quoted)


def test_a_row_from_before_rows_kept_their_columns_says_so(row: Rejected) -> None:
    bare = msgspec.structs.replace(row, headers={})
    assert "how its file was read is not known" in why_not(bare)


def test_an_event_goes_back_as_the_bytes_that_it_was() -> None:
    before = accepted(change(aum="5"))
    sent = again(rejected(before.value))
    assert isinstance(sent, Accepted)
    assert sent.value == before.value


def test_an_event_without_a_version_takes_the_place_at_which_it_arrived() -> None:
    before = accepted(change(version=None)).event
    said = event(rejected(codec.encode(before)))
    assert said.version == Version(ARRIVED, 17)
    assert said.event_id == before.event_id
    edited = event(rejected(codec.encode(before)), "city=Lyon")
    assert (edited.version, edited.event_id) == (Version(ARRIVED, 17), before.event_id)


def test_a_repaired_event_keeps_its_version_and_is_another_event_only_where_it_says_something_else() -> None:
    before = accepted(change(city="Lyon", website="https://www.acme.com")).event
    other_id = msgspec.structs.replace(before, event_id="of another writer")
    same = event(rejected(codec.encode(other_id)), "city=Lyon")
    assert (same.event_id, same.version, same.originals) == ("of another writer", before.version, before.originals)
    moved = event(rejected(codec.encode(before)), "city=Paris")
    assert (moved.fields.city, moved.version) == ("Paris", before.version)
    assert moved.event_id != before.event_id
    assert moved.event_id == accepted(change(city="Paris", website="acme.com")).event.event_id


def test_an_event_that_does_not_decode_is_repaired_value_by_value() -> None:
    broken = b'{"event_id":"x","source":"crm","record_id":"1","op":"upsert","received_at":"2026-03-01T00:00:00Z",'
    broken += b'"origin":{"adapter":"http"},"fields":{"name":"Acme","aum":7,"colour":"red"},'
    broken += b'"version":{"time":"2026-02-01T00:00:00Z"}}'
    assert "it is still no change event" in why_not(rejected(broken))
    assert "there is no field 'colour'" in why_not(rejected(broken), "city=Lyon")
    said = event(rejected(broken), patch='{"fields": {"colour": null, "aum": {"amount": "7", "currency": "EUR"}}}')
    assert (said.record, said.fields.name, said.version and said.version.sequence) == ("crm:1", "Acme", 0)
    assert said.fields.aum is not msgspec.UNSET
    assert said.fields.aum.currency == "EUR"


@pytest.mark.parametrize("value", [b"{", b"NaN", b"[" * 100_000, b'"\\ud800"', b"\x00\xff", b"null", None])
def test_what_is_no_json_object_can_only_be_discarded(value: bytes | None) -> None:
    assert why_not(rejected(value))
    assert "discard it" in why_not(rejected(value), "country=DE")


def test_an_event_of_another_type_waits_for_the_build_that_reads_it() -> None:
    before = accepted(change())
    assert "v9" in why_not(rejected(before.value, original_ce_type=b"cadastre.raw.v9"))


def test_a_later_stages_rejection_touches_the_records_behind_it() -> None:
    assert again(rejected(b"{", "pooled:0:3", "crm:1")) == (Touch("crm:1"),)
    assert again(rejected(b"{", "deduped:0:3", "c_1")) == (Touch("crm:1"), Touch("crm:2"))
    assert again(rejected(None, "deduped:1:-1", "c_1")) == (Touch("crm:1"), Touch("crm:2"))
    assert again(rejected(None, "raw:1:-1", "crm:1")) == (Touch("crm:1"),)
    assert "leads to no record" in why_not(rejected(b"", "deduped:0:3", "c_2"))
    assert "leads to no record" in why_not(rejected(b"", "pooled:0:3", "nonsense"))
    assert "send a change of the record" in why_not(rejected(b"{", "pooled:0:3", "crm:1"), "city=Lyon")


def test_a_rejected_removal_takes_the_record_out_of_the_pool_again() -> None:
    gone = codec.encode(PooledRecord(key="crm:1", pool="FR", moved_to="DE"))
    assert again(rejected(gone, "pooled:0:3", "crm:1")) == (Touch("crm:1", "FR"),)


def test_a_repair_that_is_none_is_refused_naming_what_there_is() -> None:
    for edits, patch, said in (
        (["country"], "", "is not FIELD=VALUE"),
        (["contry=DE"], "", "did you mean 'country'"),
        (["country.code=DE"], "", "is no field"),
        ([], "{", "is not JSON"),
        ([], "[1]", "is not an object"),
    ):
        with pytest.raises(Unreadable, match=said):
            read_repair(edits, patch, {})
    assert not Repair()


def test_edits_are_applied_in_their_order_behind_the_patch() -> None:
    repair = read_repair(["identifiers.crd=5", "aum=", "city=Lyon"], '{"fields": {"city": "Paris"}}', {})
    told = {"fields": {"aum": 7, "identifiers": {"crd": "4", "sec": "1"}}}
    assert repair.of(told) == {"fields": {"identifiers": {"crd": "5", "sec": "1"}, "city": "Lyon"}}


JSON = st.recursive(
    st.none() | st.integers(0, 3), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=6
)


@given(JSON, JSON)
def test_applying_a_patch_twice_changes_nothing_more(target: object, patch: object) -> None:
    once = merge(target, patch)
    assert merge(once, patch) == once
