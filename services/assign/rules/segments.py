"""Tiers and segments: a client is of the first whose condition holds, and of none where none does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.assign.rules.conditions import Predicate
from services.assign.rules.fields import ClientView


@dataclass(frozen=True, slots=True)
class Band:
    """One compiled tier or segment."""

    id: str
    when: Predicate


def first_of(bands: Iterable[Band], view: ClientView) -> str | None:
    """The id of the first band that holds."""
    for band in bands:
        if band.when.holds(view):
            return band.id
    return None
