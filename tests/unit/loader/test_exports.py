"""An export is data: a spreadsheet finds nothing in it to run."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from services.loader.adapters.warehouse import Warehouse
from services.loader.exports import inert, write


@given(st.sampled_from("=+-@\t\r\n"), st.text(max_size=20))
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(first: str, rest: str) -> None:
    assert inert(pd.DataFrame({"name": [first + rest]})).iloc[0, 0] == "'" + first + rest


def test_numbers_stay_numbers_and_other_text_stays_as_it_is() -> None:
    frame = pd.DataFrame({"name": ["Müller & Co", "a=b"], "aum": [-1, 2]})
    assert inert(frame).equals(frame)


class OneClient:
    """A warehouse of one row."""

    def __init__(self, name: str) -> None:
        self.name = name

    def table(self, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
        return ["CLIENT_ID", "NAME", "AUM", "LEI"], [("c_1", self.name, 12, None)]


def exported(name: str, to: Path, form: str) -> Path:
    assert write(cast("Warehouse", OneClient(name)), "clients", to, "csv" if form == "csv" else "parquet") == 1
    return to


def test_a_lone_carriage_return_stays_inside_its_quotes(tmp_path: Path) -> None:
    """Some spreadsheets begin a row at one, and with it a formula."""
    for name in ("x\r=cmd|calc", "x\n=cmd|calc", 'x"\r\n=cmd|calc'):
        text = exported(name, tmp_path / "clients.csv", "csv").read_bytes().decode()
        quoted = name.replace('"', '""')
        assert text == f'"client_id","name","aum","lei"\n"c_1","{quoted}",12,""\n'
        with (tmp_path / "clients.csv").open(newline="") as read:
            assert list(csv.reader(read))[1] == ["c_1", name, "12", ""]


def test_parquet_keeps_every_character(tmp_path: Path) -> None:
    frame = pd.read_parquet(exported("=x\r=cmd|calc", tmp_path / "clients.parquet", "parquet"))
    assert frame["name"].to_list() == ["=x\r=cmd|calc"]
