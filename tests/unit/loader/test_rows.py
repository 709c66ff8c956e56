"""A record becomes a line and comes back, whatever its bytes."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.loader.rows import BASE64, NONE, line
from services.stream.outcome import Incoming

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
VALUES = st.one_of(
    st.none(), st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)


def read_back(body: bytes) -> Iterator[Incoming]:
    """The records of an object's lines, as whoever reads the bucket would."""
    for fields in csv.reader(io.StringIO(body.decode(), newline="")):
        partition, offset, appended, key, encoding, value, _, headers = fields
        told = msgspec.json.decode(headers, type=list[tuple[str, str]])
        content = None if encoding == NONE else base64.b64decode(value) if encoding == BASE64 else value.encode()
        key = base64.b64decode(key).decode() if encoding == BASE64 else key
        yield Incoming(
            "", int(partition), int(offset), int(appended), key, content, [(name, text.encode()) for name, text in told]
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
        assert fields[4:6] == ["text", value.decode()]


def test_a_tombstone_is_not_an_empty_value() -> None:
    [gone], [empty] = list(read_back(line(record(value=None)))), list(read_back(line(record(value=b""))))
    assert (gone.value, empty.value) == (None, b"")
