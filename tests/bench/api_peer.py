"""Facets of a search by the api's columns, against the same counts by SQLite alone, on one view and in one run."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from services.api.columns import Narrowing
from services.api.http.inputs import FACETS
from services.api.scope import EVERYTHING
from services.api.view import View

_COUNTED = "SELECT '{0}', coalesce({0}, ''), count(*) FROM found GROUP BY 2"
_SUMS = " UNION ALL ".join(map(_COUNTED.format, FACETS))
_SQL = (
    f"WITH found AS MATERIALIZED (SELECT {', '.join(FACETS)} FROM clients WHERE live "
    f"AND n IN (SELECT rowid FROM search WHERE search MATCH ?)) {_SUMS}"
)


def facets(path: Path, words: Sequence[str]) -> tuple[dict[str, float], bool]:
    """Medians of milliseconds, one question at a time, and whether all counts were equal. No word is asked for twice:
    the columns remember. The first of them only warms both up."""
    view, took = View(path), dict[str, list[float]](columns=[], sql=[])
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.execute("PRAGMA cache_size=-65536")
    equal = True
    for word in words:
        wanted, began = Narrowing({}, words=(word,)), time.perf_counter()
        _, counts = view.counts(EVERYTHING, wanted, FACETS)
        between = time.perf_counter()
        rows = db.execute(_SQL, (f'"{word}"*',)).fetchall()
        took["sql"].append((time.perf_counter() - between) * 1_000)
        took["columns"].append((between - began) * 1_000)
        equal &= {(f, v, n) for f, values in counts.items() for v, n in values.items()} == set(rows)
    db.close()
    return {name: round(statistics.median(times[1:]), 2) for name, times in took.items()}, equal
