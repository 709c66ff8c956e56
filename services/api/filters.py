"""The filters of a list of clients: as what is looked for in the columns, and as SQL on what is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.api.columns import Narrowing
from services.api.http.inputs import FACETS, ClientFilter
from services.api.placement import NONE
from services.api.roster import Roster
from services.api.scope import Scope
from services.api.view import Value

NOTHING = "(none)"
_WORD = re.compile(r"[^\W_]+")
_SOURCE = re.compile(r"(?<!\S)[a-z0-9][a-z0-9_.-]*:(?=\S)", re.IGNORECASE)  # before a record's id


def words_of(text: str) -> tuple[str, ...]:
    """Of a record only its id: nobody looks for all the clients of a CRM by a word, and its name is the beginning of
    others."""
    return tuple(_WORD.findall(_SOURCE.sub(" ", text))[:8])


def filtered_by(query: ClientFilter) -> list[str]:
    """The fields that are filtered."""
    return [name for name in FACETS if getattr(query, name)]


def is_narrowed(query: ClientFilter) -> bool:
    return bool(query.q.strip()) or query.aum_min is not None or query.aum_max is not None or bool(filtered_by(query))


def narrowing(query: ClientFilter, roster: Roster, scope: Scope) -> Narrowing:
    """A region in scope stands for all below it."""
    fields = {
        name: {NONE if value == NOTHING else value for value in getattr(query, name)} for name in filtered_by(query)
    }
    if "region" in fields:
        fields["region"] = roster.below(fields["region"], scope)
    return Narrowing(
        fields,
        at_least=None if query.aum_min is None else query.aum_min * 100,
        at_most=None if query.aum_max is None else query.aum_max * 100,
        words=words_of(query.q) if query.q.strip() else None,
    )


def as_sql(wanted: Narrowing) -> tuple[list[str], list[Value]]:
    """All but the words, as tests on a row and their parameters."""
    tests: list[str] = []
    params: list[Value] = []
    for name, values in wanted.fields.items():
        column = "coalesce(region, '')" if name == "region" else name
        tests.append(f"{column} IN ({','.join('?' * len(values))})")
        params += sorted(values)
    if wanted.at_least is not None:
        tests.append("cents >= ?")
        params.append(wanted.at_least)
    if wanted.at_most is not None:
        tests.append("cents <= ?")
        params.append(wanted.at_most)
    return tests, params


def where(tests: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(tests)}" if tests else ""
