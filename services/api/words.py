"""Which clients have the words of a search: each word asked of SQLite's index by itself, and remembered until the
words of some client change. What people look for shares its common words, and those are what takes long.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection
from functools import reduce

import numpy as np

from services.api.columns import Numbers

_WORDED = "(SELECT value FROM about WHERE key = 'worded')"
# As one text: row by row it would take six times as long.
_HAVING = "(SELECT group_concat(rowid) FROM search WHERE search MATCH ?)"
_REMEMBERED = 4_000_000  # numbers of clients, eight bytes each
_AT_MOST = 1_000  # words, of which most may find nothing


class Words:
    """For all threads. The index of words knows no regions: what it finds goes through the columns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, Numbers] = {}
        self._held = 0
        self._worded = ""  # the state that all of them are of
        self._latest = ""  # the state that was last heard of

    def found(self, words: Collection[str], db: sqlite3.Connection) -> Numbers:
        """The clients that have all the words, each as the beginning of one; none where there is no word. In the
        state that `db` is reading."""
        each = sorted(self.look_up(words, db), key=len)
        return reduce(_both, each) if each else np.zeros(0, np.int64)

    def known(self, words: Collection[str]) -> bool:
        """Whether all of them are remembered, of the state that was last heard of."""
        with self._lock:
            return not words or (self._worded == self._latest and all(word in self._found for word in words))

    def learn_state(self, db: sqlite3.Connection) -> None:
        (self._latest,) = db.execute(f"SELECT {_WORDED}").fetchone()

    def look_up(self, words: Collection[str], db: sqlite3.Connection) -> list[Numbers]:
        """Who has each of them. Afterwards they are remembered."""
        with self._lock:
            known = {word: self._found[word] for word in words if word in self._found}
            of = self._worded
        worded, asked = _asked([word for word in words if word not in known], db)
        if known and worded != of:  # they are of a state that is gone
            known = {}
            worded, asked = _asked(words, db)
        with self._lock:
            for word, numbers in asked.items():
                self._remember(word, worded, numbers)
        return [known[word] if word in known else asked[word] for word in words]

    def _remember(self, word: str, worded: str, numbers: Numbers) -> None:
        if self._worded != worded:
            self._found, self._held, self._worded = {}, 0, worded
        self._held += len(numbers) - len(self._found.pop(word, numbers[:0]))
        self._found[word] = numbers
        while len(self._found) > _AT_MOST or (self._held > _REMEMBERED and len(self._found) > 1):
            self._held -= len(self._found.pop(next(iter(self._found))))


def _asked(words: Collection[str], db: sqlite3.Connection) -> tuple[str, dict[str, Numbers]]:
    """In one statement, and so of one state: the state, and who has each word."""
    sql = f"SELECT {', '.join((_WORDED, *[_HAVING] * len(words)))}"
    worded, *texts = db.execute(sql, [f'"{word}"*' for word in words]).fetchone()
    return worded, {word: np.fromstring(text or "", np.int64, sep=",") for word, text in zip(words, texts, strict=True)}


def _both(few: Numbers, many: Numbers) -> Numbers:
    """Those in both, which are sorted."""
    if not len(few) or not len(many):
        return few[:0]
    has = np.zeros(max(few[-1], many[-1]) + 1, np.bool_)
    has[many] = True
    return few.take(np.flatnonzero(has.take(few)))
