"""A view that was left alone for longer than the log keeps what it would have to learn is built anew."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from services.api.adapters.store import LONGEST_ABSENCE_S, Store
from services.stream.sink import Position
from tests.support.api_view import IDS


@pytest.mark.parametrize(("away_s", "offset"), [(LONGEST_ABSENCE_S - 60, 5), (LONGEST_ABSENCE_S + 60, 0)])
def test_a_view_goes_on_after_a_short_absence_and_is_built_anew_after_a_long_one(
    tmp_path: Path, away_s: float, offset: int
) -> None:
    path = tmp_path / "view.sqlite"
    store = Store(path, IDS)
    store.settle()
    store.note({("deduped", 0): Position(5, IDS["deduped"])})
    store.close()
    for file in tmp_path.glob("view.sqlite*"):
        os.utime(file, (time.time() - away_s,) * 2)
    again = Store(path, IDS)
    assert again.positions([("deduped", 0)])["deduped", 0].offset == offset
    assert again.whole == bool(offset)
    again.close()
