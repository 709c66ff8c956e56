"""Which clients have the words of a search: each word asked of SQLite's index by itself, and remembered until the own
half of a client changes. What people look for shares its common words, and those are what takes long.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection
from functools import reduce

import numpy as np

from services.api.columns import Numbers

_ASKED = "SELECT group_concat(rowid) FROM search WHERE search MATCH ?"
_REMEMBERED = 4_000_000  # numbers of clients, eight bytes each
_AT_MOST = 1_000  # words, of which most may find nothing


class Words:
    """For all threads. The index of words knows no regions: what it finds goes through the columns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[int, Numbers]] = {}
        self._held = 0

    def found(self, words: Collection[str], worded: int, db: sqlite3.Connection) -> Numbers:
        """The clients that have all the words, each as the beginning of one; none where there is no word. `worded`: the
        last change of a client's words in the state that `db` is reading."""
        each = sorted((self._having(word, worded, db) for word in words), key=len)
        return reduce(_both, each) if each else np.zeros(0, np.int64)

    def known(self, words: Collection[str], worded: int) -> bool:
        """Whether all of them are remembered."""
        with self._lock:
            return all(self._found.get(word, (None,))[0] == worded for word in words)

    def _having(self, word: str, worded: int, db: sqlite3.Connection) -> Numbers:
        with self._lock:
            known, numbers = self._found.get(word, (None, None))
        if numbers is not None and known == worded:
            return numbers
        # As one text: row by row it would take six times as long.
        text = db.execute(_ASKED, (f'"{word}"*',)).fetchone()[0]
        numbers = np.fromstring(text or "", np.int64, sep=",")
        with self._lock:
            self._remember(word, worded, numbers)
        return numbers

    def _remember(self, word: str, worded: int, numbers: Numbers) -> None:
        _, before = self._found.pop(word, (0, numbers[:0]))
        self._found[word] = (worded, numbers)
        self._held += len(numbers) - len(before)
        while len(self._found) > _AT_MOST or (self._held > _REMEMBERED and len(self._found) > 1):
            _, oldest = self._found.pop(next(iter(self._found)))
            self._held -= len(oldest)


def _both(few: Numbers, many: Numbers) -> Numbers:
    """Those in both, which are sorted."""
    if not len(few) or not len(many):
        return few[:0]
    has = np.zeros(max(few[-1], many[-1]) + 1, np.bool_)
    has[many] = True
    both: Numbers = few[has[few]]
    return both
