"""What a reader may see, as one value that every query of the read model takes.

A scope is made from the checked token and the regions as they stand, never from what a client sends. It says in which
regions a row must be to be seen: `View` makes SQL of it, `covers` is the same as a test on a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.api.roles import Principal


@dataclass(frozen=True, slots=True)
class Scope:
    """`regions` None sees all, also what has no region: unassigned, pending and ended clients."""

    regions: frozenset[str] | None

    @property
    def key(self) -> str:
        """Two readers with the same key see the same."""
        return "*" if self.regions is None else ",".join(sorted(self.regions))

    def covers(self, region: str | None) -> bool:
        return self.regions is None or region in self.regions


EVERYTHING = Scope(None)


def scope_of(who: Principal, parents: Mapping[str, str | None]) -> Scope:
    """A leader's own regions with all below them. `parents`: region → the region that it lies in."""
    if who.role != "leader":
        return EVERYTHING
    return Scope(frozenset(_below(who.regions, parents)))


def _below(tops: Iterable[str], parents: Mapping[str, str | None]) -> set[str]:
    children: dict[str, list[str]] = {}
    for region, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(region)
    found: set[str] = set()
    left = list(tops)
    while left:
        region = left.pop()
        if region not in found:
            found.add(region)
            left += children.get(region, ())
    return found
