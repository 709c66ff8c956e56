"""What clients are narrowed, counted and ordered by, a column each in memory: place n of a column is client n's.

SQLite sorts rows to count them: the 15,000 clients of a word take it 50 ms by eight fields. As arrays of small numbers
they are counted in one pass (Abadi, Madden, Hachem: "Column-Stores vs. Row-Stores", SIGMOD 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.api.http.inputs import FACETS
from services.api.placement import NONE

Numbers = NDArray[np.int64]
Found = Numbers | None  # None: all live clients
Counts = dict[str, dict[str, int]]  # field → value → clients


def _eights(texts: Sequence[str], at: int = 0) -> Numbers:
    """Eight bytes of each as a number, from `at`: the numbers stand as SQLite has the texts, or equal."""
    padded = np.array([text.encode()[at:] for text in texts], "S8")  # with zeros, or cut
    return (padded.view(">u8").astype(np.uint64) ^ np.uint64(2**63)).view(np.int64)


def _bits(numbers: Sequence[float]) -> Numbers:
    """Of no negatives: they stand as the numbers do."""
    return np.maximum(np.array(numbers, np.float64), 0.0).view(np.int64)


_whole = partial(np.array, dtype=np.int64)
# What is sorted by, as numbers that stand as the values do, or equal.
_ORDERS: dict[str, Callable[[Sequence[Any]], Numbers]] = {
    "cents": _whole,
    "changed": _whole,
    "confidence": _bits,
    "name_key": _eights,
}
ROW = ", ".join(("seq", "n", "live", "id", *_ORDERS, *FACETS))


def _keys(column: str, values: Sequence[Any], ids: Sequence[str]) -> tuple[Numbers, Numbers]:
    """What stands equal in the first stands by the second, or equal in both."""
    return _ORDERS[column](values), _eights(values, 8) if column == "name_key" else _eights(ids)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which clients. `fields`: the values of each that will do; amounts in US cents, both ends included; `words`: the
    beginnings of words of a client that has them all; none are had by nobody."""

    fields: Mapping[str, Collection[str]]
    at_least: int | None = None
    at_most: int | None = None
    words: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The next `most` by a column and the id, `after` a value and an id."""

    column: str
    down: bool
    most: int
    after: tuple[Any, str] | None = None


class Columns:
    """Not for two threads at once. `seen`: the `seq` of the last row that was taken."""

    def __init__(self) -> None:
        self.seen = 0
        self._orders = {column: (np.zeros(0, np.int64), np.zeros(0, np.int64)) for column in _ORDERS}
        self._codes = {field: np.zeros(0, np.int64) for field in FACETS}
        # Value → code, in the order of codes; and how many clients have each. 0 is of no live client.
        self._index: dict[str, dict[str | None, int]] = {field: {None: 0} for field in FACETS}
        self._totals = {field: np.zeros(1, np.int64) for field in FACETS}

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows of `ROW`, in the order of `seq`: clients as they now are."""
        seq, n, live, ids, *columns = zip(*rows, strict=True)
        at = np.array(n)
        self._grow(int(at.max()) + 1)
        for name, values in zip(_ORDERS, columns[: len(_ORDERS)], strict=True):
            column, tie = self._orders[name]
            column[at], tie[at] = _keys(name, values, ids)
        for field, values in zip(FACETS, columns[len(_ORDERS) :], strict=True):
            index, codes = self._index[field], self._codes[field]
            before = codes[at]
            codes[at] = [
                index.setdefault(value or NONE, len(index)) if alive else 0
                for alive, value in zip(live, values, strict=True)
            ]
            totals = np.bincount(codes[at], minlength=len(index)) - np.bincount(before, minlength=len(index))
            totals[: len(self._totals[field])] += self._totals[field]
            self._totals[field] = totals
        self.seen = seq[-1]

    def among(self, regions: Collection[str] | None, wanted: Narrowing, with_words: Found) -> Found:
        """The live clients in these regions (None: all) that are wanted. `with_words`: those that have its words, which
        only the live have."""
        found = with_words
        for field, values in chain([("region", regions)] if regions is not None else [], wanted.fields.items()):
            found = self._with(field, values, found)
        cents = self._orders["cents"][0]
        if wanted.at_least is not None:
            found = self._each(found)
            found = found[cents.take(found) >= wanted.at_least]
        if wanted.at_most is not None:
            found = self._each(found)
            found = found[cents.take(found) <= wanted.at_most]
        return found

    def count(self, found: Found) -> int:
        return int(self._totals["status"][1:].sum()) if found is None else len(found)

    def counts(self, field: str, found: Found) -> dict[str, int]:
        """How many of them have each value."""
        index = self._index[field]
        clients = (
            self._totals[field] if found is None else np.bincount(self._codes[field].take(found), minlength=len(index))
        )
        values = list(index)
        return {value: int(clients[code]) for code in np.flatnonzero(clients) if (value := values[code]) is not None}

    def first(self, found: Found, order: Order) -> Numbers:
        """The clients among which the next ones are, and all that stand equal to the last of them here, whom the whole
        value and the id tell apart."""
        found = self._each(found)
        column, tie = self._orders[order.column]
        turn = -1 if order.down else 0  # by `^`: all bits, and so the order
        keys, most = column.take(found) ^ turn, order.most
        if order.after is not None:
            value, client_id = order.after
            edge, edge_tie = (numbers[0] ^ turn for numbers in _keys(order.column, [value], [client_id]))
            level = np.flatnonzero(keys == edge)
            ties = tie.take(found[level]) ^ turn
            left = keys > edge
            left[level] = ties >= edge_tie
            most += int(np.count_nonzero(ties == edge_tie))
            found, keys = found[left], keys[left]
        if len(found) <= most:
            return found
        last = np.partition(keys, most - 1)[most - 1]
        next_, level = keys < last, np.flatnonzero(keys == last)
        missing = most - int(np.count_nonzero(next_))
        ties = tie.take(found[level]) ^ turn
        next_[level] = ties <= np.partition(ties, missing - 1)[missing - 1]
        return found.take(np.flatnonzero(next_))

    def _each(self, found: Found) -> Numbers:
        return np.flatnonzero(self._codes["status"]) if found is None else found

    def _with(self, field: str, values: Collection[str], found: Found) -> Numbers:
        """Those that have one of the values."""
        index, codes = self._index[field], self._codes[field]
        wanted = [index[value] for value in values if value in index]
        if found is None and len(wanted) == 1:  # comparing is four times as fast as looking up
            return np.flatnonzero(codes == wanted[0])
        has = np.zeros(len(index), np.bool_)
        has[wanted] = True
        return np.flatnonzero(has.take(codes)) if found is None else found[has.take(codes.take(found))]

    def _grow(self, size: int) -> None:
        held = len(self._codes["status"])
        if size > held:
            more = np.zeros(max(size, held + held // 4) - held, np.int64)
            for name, (column, tie) in self._orders.items():
                self._orders[name] = np.concatenate((column, more)), np.concatenate((tie, more))
            for name, column in self._codes.items():
                self._codes[name] = np.concatenate((column, more))
