"""The filters of a list of clients, as SQL on what is seen. One function for lists, counts and facets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.api.http.inputs import FACETS, ClientFilter
from services.api.roster import Roster
from services.api.view import Value

NOTHING = "(none)"
_WORD = re.compile(r"[^\W_]+")
Condition = tuple[list[str], list[Value]]


def matching(text: str) -> str | None:
    """A query for the words that a person typed, each as the beginning of one; None where there is no word."""
    words = _WORD.findall(text)[:8]
    return " AND ".join(f'"{word}"*' for word in words) if words else None


def in_cube(query: ClientFilter) -> bool:
    """Whether the cube of counts can answer: it knows neither words nor amounts."""
    return not query.q.strip() and query.aum_min is None and query.aum_max is None


def filtered_by(query: ClientFilter, besides: str = "") -> list[str]:
    """The fields of the cube that are filtered."""
    return [name for name in FACETS if name != besides and getattr(query, name)]


def only_words(query: ClientFilter) -> bool:
    return query.aum_min is None and query.aum_max is None and not filtered_by(query)


def counted_in(query: ClientFilter, roster: Roster) -> tuple[str, list[str], list[Value]]:
    """The smallest table that can count what a query in the cube asks for, and the conditions on it."""
    fields = filtered_by(query)
    tests, params = conditions(query, roster)
    if len(fields) > 1:
        return "seen_tally", tests, params
    field = fields[0] if fields else "status"
    return "seen_margins", ["field = ?", *(test.replace(field, "value", 1) for test in tests)], [field, *params]


def conditions(query: ClientFilter, roster: Roster, besides: str = "") -> Condition:
    """On the columns that clients and the cube have in common; `besides` leaves out the filter of that name."""
    tests: list[str] = []
    params: list[Value] = []
    for name in FACETS:
        values: Sequence[str] = getattr(query, name)
        if not values or name == besides:
            continue
        wanted = ["" if value == NOTHING else value for value in values]
        column = name
        if name == "region":
            column = "coalesce(region, '')" if "" in wanted else "region"
            wanted = sorted(roster.within(wanted))
        tests.append(f"{column} IN ({','.join('?' * len(wanted))})")
        params += wanted
    return tests, params


def narrowed(query: ClientFilter, roster: Roster, besides: str = "", *, on_the_way: bool = False) -> Condition:
    """All conditions on clients, words and amounts included. `on_the_way`: words are looked for along the order of the
    rows, instead of ordering those that have them (to SQLite, `+n` is not the row's number but some value)."""
    tests, params = conditions(query, roster, besides)
    if query.aum_min is not None:
        tests.append("cents >= ?")
        params.append(query.aum_min * 100)
    if query.aum_max is not None:
        tests.append("cents <= ?")
        params.append(query.aum_max * 100)
    if query.q.strip():
        match = matching(query.q)
        number = "+n" if on_the_way else "n"
        tests.append(f"{number} IN (SELECT rowid FROM search WHERE search MATCH ?)" if match else "0")
        params += [match] if match else []
    return tests, params


def where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""
