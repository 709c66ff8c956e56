"""An export is data: a spreadsheet finds nothing in it to run."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from services.loader.exports import inert


@given(st.sampled_from("=+-@\t\r\n"), st.text(max_size=20))
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(first: str, rest: str) -> None:
    assert inert(pd.DataFrame({"name": [first + rest]})).iloc[0, 0] == "'" + first + rest


def test_numbers_stay_numbers_and_other_text_stays_as_it_is() -> None:
    frame = pd.DataFrame({"name": ["Müller & Co", "a=b"], "aum": [-1, 2]})
    assert inert(frame).equals(frame)
