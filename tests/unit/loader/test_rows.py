"""A record becomes a line and comes back, whatever its bytes."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.loader.rows import COLUMNS, line, read_back
from services.stream.outcome import Incoming

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
VALUES = st.one_of(
    st.none(), st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)


def record(key: str = "crm:1", value: bytes | None = b"{}") -> Incoming:
    return Incoming("", 3, 7, 1_764_000_000_000, key, value, [("ce_id", b'x,"y\r\n')])


@given(KEYS, VALUES)
def test_every_byte_of_a_record_comes_back(key: str, value: bytes | None) -> None:
    assert list(read_back(line(record(key, value)))) == [record(key, value)]


@given(st.lists(VALUES, max_size=5))
def test_records_do_not_run_into_each_other(values: list[bytes | None]) -> None:
    body = b"".join(line(record(value=value)) for value in values)
    assert [one.value for one in read_back(body)] == values


def test_what_looks_like_a_formula_a_path_or_sql_is_text_like_any_other() -> None:
    for value in (b"=HYPERLINK(1)", b"../../x", b"'); drop table clients; --", "\u202etxt".encode(), b"x" * 65_536):
        [fields] = csv.reader(io.StringIO(line(record(value=value)).decode()))
        assert fields[COLUMNS.index("value")] == value.decode()
        assert fields[COLUMNS.index("encoding")] == "text"


def test_a_tombstone_is_not_an_empty_value() -> None:
    [gone], [empty] = list(read_back(line(record(value=None)))), list(read_back(line(record(value=b""))))
    assert (gone.value, empty.value) == (None, b"")
