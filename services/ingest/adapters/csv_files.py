"""Rows of a CSV file, each with its own bytes, so that a bad one can be handed on as it stood.

Refuses what is no UTF-8 CSV as a whole, before anything is read from it. Reads strictly: a stray quote costs the line
that it stands in, visibly; the lines after it are read anew, and no value ever shifts into another column.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from services.ingest.columns import NotLoadable

_SAMPLE = 65_536  # bytes looked at to tell text from anything else
_DELIMITERS = ",;\t|"
_ROW_LINES, _ROW_CHARACTERS = 200, 1 << 20  # the most that one row may span: beyond it a quote was never closed
_MAGIC = {
    b"PK\x03\x04": "a zip file or an Excel workbook; export the sheet as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; export the sheet as CSV (UTF-8)",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"%PDF": "a PDF document; export the data as CSV (UTF-8)",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` is None where the row cannot be read, for the reason in `trouble`. `line` is where it starts, from 1."""

    line: int
    original: bytes
    cells: tuple[str, ...] | None
    trouble: str = ""


class CsvFile:
    """An open file: its header, then its rows. `modified` is the file's own date; `done` the share read, 0 to 1."""

    def __init__(self, path: Path) -> None:
        """Raises `NotLoadable` where the file is missing, empty, not UTF-8 text, or has no header."""
        self.path = path
        sample = _sample(path)
        status = path.stat()
        self.modified = datetime.fromtimestamp(status.st_mtime, UTC)
        self._size = status.st_size
        # surrogateescape keeps bytes that are not UTF-8 in their row, which then is rejected as it stood
        self._text = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._lines: list[str] = []  # of the row being read
        self._characters = 0
        self._again: deque[str] = deque()  # lines that a malformed row had swallowed
        self._line = 0
        self._bytes = 0
        first_line = sample.decode("utf-8-sig", "replace").lstrip("\r\n").partition("\n")[0]
        self.delimiter = max(_DELIMITERS, key=lambda d: (first_line.count(d), -_DELIMITERS.index(d)))
        self._reader = csv.reader(_Lines(self._next_line), delimiter=self.delimiter, strict=True)
        self.header = self._read_header()

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._text.close()

    @property
    def done(self) -> float:
        return min(1.0, self._bytes / self._size)

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank."""
        while True:
            self._begin_row()
            began = self._line + 1
            try:
                cells, trouble = next(self._reader), ""
            except StopIteration:
                return
            except csv.Error as error:
                cells, trouble = [], f"the row cannot be read ({error}); check its quotes"
            if trouble or cells:
                yield self._row(began, cells, trouble)

    def _row(self, line: int, cells: list[str], trouble: str) -> Row:
        if not trouble and len(cells) != len(self.header):
            trouble = f"the row has {len(cells)} cells, the header {len(self.header)}; check its quotes and delimiters"
        if trouble:
            self._give_back_all_but_the_first_line()
        original = "".join(self._lines).encode("utf-8", "surrogateescape")
        if not trouble and not _is_utf8(original):
            trouble = "the row is not UTF-8; save the file as UTF-8"
        return Row(line, original.rstrip(b"\r\n"), None if trouble else tuple(cells), trouble)

    def _begin_row(self) -> None:
        self._lines.clear()
        self._characters = 0

    def _next_line(self) -> str:
        """Raises `StopIteration` at the end of the file, and where a row grows beyond all bounds."""
        if len(self._lines) >= _ROW_LINES or self._characters > _ROW_CHARACTERS:
            raise StopIteration
        if self._again:
            line = self._again.popleft()
        else:
            line = next(self._text)
            self._bytes += len(line)  # characters: near enough for a progress bar
        self._lines.append(line)
        self._characters += len(line)
        self._line += 1
        return line

    def _give_back_all_but_the_first_line(self) -> None:
        swallowed = self._lines[1:]
        self._again.extendleft(reversed(swallowed))
        self._line -= len(swallowed)
        del self._lines[1:]

    def _read_header(self) -> tuple[str, ...]:
        try:
            header = next((row for row in self._reader if row), None)
        except csv.Error as error:
            raise NotLoadable(
                f"{self.path.name}: the header cannot be read ({error}); give one line of names"
            ) from None
        names = tuple(name.strip() for name in header or ())
        if not any(names):
            raise NotLoadable(f"{self.path.name} has no header; its first line names the columns")
        return names


class _Lines:
    """What the parser reads from. Unlike a generator it goes on after it has said that there is no more."""

    def __init__(self, following: Callable[[], str]) -> None:
        self._following = following

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return self._following()


def _sample(path: Path) -> bytes:
    if not path.is_file():
        raise NotLoadable(f"there is no file {path}; give the path of a CSV file")
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    if not sample.strip():
        raise NotLoadable(f"{path.name} is empty; give a CSV file with a header line")
    for magic, what in _MAGIC.items():
        if sample.startswith(magic):
            raise NotLoadable(f"{path.name} is {what}")
    controls = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if controls * 100 > len(sample) or 0 in sample:
        raise NotLoadable(f"{path.name} is a binary file; give a CSV file in UTF-8")
    header = sample.partition(b"\n")[0]
    if not _is_utf8(header):
        raise NotLoadable(f"{path.name}: the header is not UTF-8; save the file as UTF-8")
    return sample


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
