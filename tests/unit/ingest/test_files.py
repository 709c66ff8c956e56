"""CSV files: what is refused as a whole, what row by row, and that every row is counted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from schemas.codec import change_event
from schemas.events import ChangeEvent
from services.ingest.adapters.csv_files import CsvFile
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.adapters.sources_file import pairs, reading_of
from services.ingest.columns import NotLoadable, choose_columns
from services.ingest.load import Tally, load
from services.ingest.rows import FileOrigin
from services.stream.producer import DeliveryFailed
from tests.support.acks import KeptAcks
from tests.unit.ingest.builders import FixedClock

MTIME = 1_767_607_860  # 2026-01-05T10:11:00Z


def loaded(
    folder: Path,
    content: str | bytes,
    acks: KeptAcks,
    *,
    modified: str | None = None,
    in_flight: int = 10,
    mapping: Mapping[str, str] | None = None,
) -> Tally:
    path = folder / "clients.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (MTIME, MTIME))
    clock = FixedClock()
    with CsvFile(path) as file:
        columns = choose_columns(file.header, None, modified, mapping or {})
        origin = FileOrigin("hubspot", path.name, file.modified, columns)
        return load(file, origin, RawTopic(acks, 16, clock), clock, in_flight, lambda _tally: None)


def events(acks: KeptAcks) -> list[ChangeEvent]:
    return [change_event(sent.value) for sent in acks.of("raw") if sent.value is not None]


def refusal(folder: Path, content: bytes, mapping: Mapping[str, str] | None = None) -> str:
    with pytest.raises(NotLoadable) as refused:
        loaded(folder, content, KeptAcks(), mapping=mapping)
    return str(refused.value)


def test_a_row_is_an_upsert_at_its_modified_time_and_line(tmp_path: Path) -> None:
    acks = KeptAcks()
    content = 'id,Company,AUM,Cur,CRD,Parent,at\n7,Acme LLC,"1,000",EUR,99,3,2026-01-05 10:11\n'
    mapping = {
        "Company": "name",
        "AUM": "aum.amount",
        "Cur": "aum.currency",
        "CRD": "identifiers.crd",
        "Parent": "parent_record",
    }
    tally = loaded(tmp_path, content, acks, modified="at", mapping=mapping)
    assert (tally.rows, tally.accepted, tally.rejected) == (1, 1, 0)
    (event,) = events(acks)
    assert (event.record, event.op, event.origin.position) == ("hubspot:7", "upsert", "clients.csv:2")
    assert event.version is not None
    assert (event.version.time.isoformat(), event.version.sequence) == ("2026-01-05T10:11:00+00:00", 2)
    assert str(event.fields.aum) == "Money(amount='1000', currency='EUR')"
    assert event.fields.identifiers == {"crd": "99"}
    assert event.fields.parent_record == "hubspot:3"


def test_without_a_modified_column_the_files_own_date_counts(tmp_path: Path) -> None:
    acks = KeptAcks()
    loaded(tmp_path, "id,name\n7,Acme\n8,Bolt\n", acks)
    versions = [e.version for e in events(acks)]
    assert [(v.time.timestamp(), v.sequence) for v in versions if v] == [(MTIME, 2), (MTIME, 3)]


def test_loading_a_file_again_makes_the_same_events(tmp_path: Path) -> None:
    first, again = KeptAcks(), KeptAcks()
    for acks in (first, again):
        loaded(tmp_path, "id,name\n7,Acme\n", acks)
    assert [e.event_id for e in events(first)] == [e.event_id for e in events(again)]


def test_bad_rows_go_to_rejected_as_they_stood_and_good_ones_beside_them_go_through(tmp_path: Path) -> None:
    acks = KeptAcks()
    content = (
        b"id,name,country,aum,at\r\n"
        b"1,Acme,US,5,2026-01-05T10:11:00Z\r\n"
        b"2,Bolt,Atlantis,5,2026-01-05T10:11:00Z\r\n"
        b"3,,US,5,2026-01-05T10:11:00Z\r\n"
        b"4,Crux,US,NaN,2026-01-05T10:11:00Z\r\n"
        b"5,Dorn,US\r\n"
        b"6,Ensign,US,5,yesterday\r\n"
        b"\r\n"
        b",Fathom,US,5,2026-01-05T10:11:00Z\r\n"
        b"8,Caf\xe9,FR,5,2026-01-05T10:11:00Z\r\n"
        b'9,"Two\r\nlines",FR,5,2026-01-05T10:11:00Z\r\n'
    )
    tally = loaded(tmp_path, content, acks, modified="at")
    assert [e.record_id for e in events(acks)] == ["1", "9"]
    assert (tally.rows, tally.accepted, tally.rejected) == (9, 2, 7)
    assert tally.reasons == {"invalid_field": 3, "missing_field": 2, "malformed": 2}
    rejected = acks.of("rejected")
    assert rejected[0].value == b"2,Bolt,Atlantis,5,2026-01-05T10:11:00Z"
    assert b"8,Caf\xe9,FR,5,2026-01-05T10:11:00Z" in [r.value for r in rejected]
    headers = dict(rejected[0].headers)
    assert headers["cadastre_reason"] == b"invalid_field"
    assert headers["cadastre_stage"] == b"ingest"
    assert headers["cadastre_position"] == b"clients.csv:3"
    assert b"'Atlantis' is not a country" in headers["cadastre_detail"]
    assert [r.key for r in rejected] == [
        "hubspot:2",
        "hubspot:3",
        "hubspot:4",
        "hubspot",
        "hubspot:6",
        "hubspot",
        "hubspot",
    ]


@pytest.mark.parametrize("stray", [0, 1_500, 2_999])
def test_a_stray_quote_costs_its_own_line_and_none_after_it(tmp_path: Path, stray: int) -> None:
    acks = KeptAcks()
    rows = [f'{i},"Client {i}",US' for i in range(3_000)]
    rows[stray] = f'{stray},"Client {stray},US'
    tally = loaded(tmp_path, "\n".join(["id,name,country", *rows]), acks, in_flight=10_000)
    assert (tally.rows, tally.accepted, tally.rejected) == (3_000, 2_999, 1)
    (rejected,) = acks.of("rejected")
    assert rejected.value == rows[stray].encode()
    assert dict(rejected.headers)["cadastre_position"] == f"clients.csv:{stray + 2}".encode()
    assert [(e.record_id, e.origin.position) for e in events(acks)] == [
        (str(i), f"clients.csv:{i + 2}") for i in range(3_000) if i != stray
    ]


def test_a_quote_that_never_closes_costs_its_own_line_where_no_other_quote_follows(tmp_path: Path) -> None:
    acks = KeptAcks()
    rows = [f"{i},Client {i}" for i in range(3_000)]
    rows[7] = '7,"Client 7'
    tally = loaded(tmp_path, "\n".join(["id,name", *rows]), acks, in_flight=10_000)
    assert (tally.accepted, tally.rejected) == (2_999, 1)
    assert acks.of("rejected")[0].value == b'7,"Client 7'


def test_lines_that_a_stray_quote_joined_to_a_row_of_the_wrong_width_are_read_anew(tmp_path: Path) -> None:
    acks = KeptAcks()
    loaded(tmp_path, 'id,name,city\n1,Acme,"Bos\n2,Bolt,Rome\n3,Crux,"",x\n4,Dorn,"Two\nlines"\n', acks)
    assert [e.record_id for e in events(acks)] == ["2", "4"]
    assert [r.value for r in acks.of("rejected")] == [b'1,Acme,"Bos', b'3,Crux,"",x']


@pytest.mark.parametrize(("lines", "accepted"), [(200, 1), (201, 0)])
def test_a_row_spans_at_most_two_hundred_lines(tmp_path: Path, lines: int, accepted: int) -> None:
    street = "\n".join("x" for _ in range(lines))
    assert loaded(tmp_path, f'id,name,street\n1,Acme,"{street}"\n', KeptAcks()).accepted == accepted


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_the_headers(tmp_path: Path, delimiter: str) -> None:
    acks = KeptAcks()
    loaded(tmp_path, "\ufeffid,name,city\n1,Acme,Boston\n".replace(",", delimiter), acks)
    assert events(acks)[0].fields.city == "Boston"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 a workbook", "Excel workbook"),
        (bytes(range(256)) * 20, "binary file"),
        ("id,name\n1,Acme".encode("utf-16"), "UTF-16"),
        (b"id,Caf\xe9\n", "the header is not UTF-8"),
        (b"id,name,name\n1,a,b\n", "'name' twice"),
        (b"key,name\n1,a\n", "no column is called record_id or id"),
        (b"just a line of text\n", "no column is called record_id or id"),
    ],
)
def test_what_is_no_csv_file_is_refused_before_anything_is_sent(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refusal(tmp_path, content)


def test_a_missing_column_is_named_with_the_nearest_and_all_there_are(tmp_path: Path) -> None:
    said = refusal(tmp_path, b"id,Company name\n1,Acme\n", {"Compny name": "name"})
    assert "there is no column 'Compny name'; did you mean 'Company name'?" in said
    assert "the file's columns are id, Company name" in said


@pytest.mark.parametrize("mapping", [{}, {"Company": "city"}])
def test_a_file_that_names_no_client_is_refused_whole(tmp_path: Path, mapping: dict[str, str]) -> None:
    said = refusal(tmp_path, b"id,Company\n1,Acme\n", mapping)
    assert said == (
        "no column says name, which every row gives; "
        "map the one that names the client with --map COLUMN=name; there are id, Company"
    )


def test_a_mapping_to_no_field_is_refused(tmp_path: Path) -> None:
    assert "'nmae', which is no field; did you mean 'name'?" in refusal(tmp_path, b"id,Company\n", {"Company": "nmae"})
    assert "both say name" in refusal(tmp_path, b"id,a,b\n", {"a": "name", "b": "name"})


def test_columns_that_say_nothing_are_reported() -> None:
    columns = choose_columns(["id", "name", "Owner"], None, None, {})
    assert columns.ignored == ("Owner",)


def test_no_more_rows_than_the_bound_are_under_way(tmp_path: Path) -> None:
    acks = KeptAcks("fail")
    with pytest.raises(DeliveryFailed):
        loaded(tmp_path, "id,name\n" + "".join(f"{i},Acme\n" for i in range(50)), acks, in_flight=10)
    assert len(acks.sent) == 10


def test_a_map_file_names_the_columns_of_each_source(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("hubspot:\n  file: h.csv\n  id: Record ID\n  modified: Changed\n  map: {Company: name}\n")
    reading = reading_of(path, "hubspot")
    assert (reading.record_id, reading.modified, reading.mapping) == ("Record ID", "Changed", {"Company": "name"})
    with pytest.raises(NotLoadable, match="did you mean 'hubspot'"):
        reading_of(path, "hubspt")


def test_a_mapping_option_may_hold_an_equals_sign_in_its_column() -> None:
    assert pairs(["a=b=name"]) == {"a=b": "name"}
    with pytest.raises(NotLoadable, match="not COLUMN=FIELD"):
        pairs(["name"])
