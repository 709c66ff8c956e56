"""Clients of a kind, as an analyst finds them through the api: what a page is to show must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from msgspec import UNSET

from schemas import codec
from schemas.events import LiveClient
from tests.support.stack import Stack

Json: TypeAlias = dict[str, Any]
PAGE = 200


def clients(stack: Stack, query: str = "") -> Iterator[Json]:
    """All that the list has for these filters, page by page."""
    cursor = ""
    while True:
        page = stack.get("ada", f"/api/clients?limit={PAGE}&{query}{cursor}").json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def evidence(stack: Stack, client: str) -> Json:
    found: Json = stack.get("ada", f"/api/clients/{client}/evidence").json()
    return found


def pair(stack: Stack, low: str, high: str) -> Json:
    """Two records as the api weighs them now, and what people have said of them."""
    found: Json = stack.get("ada", f"/api/matches/pair?low={low}&high={high}").json()
    return found


def joined(stack: Stack, query: str = "sort=-confidence") -> Json:
    """The first client of exactly two records that belong together by what they say: no person has spoken."""
    for row in clients(stack, query):
        if row["members"] == 2:
            accepted = evidence(stack, row["id"])["accepted"]
            if accepted and accepted[0]["decision"]["verdict"] is None:
                return dict(row)
    raise AssertionError(f"no client of two records for {query!r}")


def with_children(stack: Stack) -> tuple[Json, list[Json]]:
    """A client that others name as their parent, and those: found by one of those."""
    for child, value in stack.outcome.deduped.items():
        told = codec.client(value)
        if isinstance(told, LiveClient) and told.golden.parent_record is not UNSET:
            answer = stack.get("ada", f"/api/clients/{child}").json()
            if answer.get("parent") is not None:
                family = stack.get("ada", f"/api/clients/{answer['parent']['id']}/family?limit={PAGE}").json()
                if not family["ancestors"] and family["children"] and family["next"] is None:
                    return answer["parent"], family["children"]
    raise AssertionError("no client has a parent")
