"""The rows of `moves`: who changed place, from where to where, as they were known when it was told."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from schemas.events import Assignment
from services.api.answers import MoveKind
from services.api.placement import Standing

HOUR_MS = 3_600_000


class Move(Struct, frozen=True):
    """A row of `moves`, in the order of its columns."""

    at: int
    client: str
    version: int
    kind: MoveKind
    name: str
    cents: int
    from_territory: str | None
    from_region: str | None
    from_advisor: str | None
    from_tier: str | None
    to_territory: str | None
    to_region: str | None
    to_advisor: str | None
    to_tier: str | None
    decided_by: str | None


def move(said: Assignment, kind: MoveKind, before: Standing, after: Standing, at_ms: int) -> Move:
    return Move(
        at_ms,
        said.client_id,
        said.version,
        kind,
        before.name or after.name,
        after.cents or before.cents,
        *_side(before),
        *_side(after),
        said.decided_by,
    )


def _side(standing: Standing) -> tuple[str | None, str | None, str | None, str | None]:
    if standing.region is None:
        return None, None, None, None
    return standing.territory, standing.region, standing.advisor or None, standing.tier or None


_NAMELESS = """
SELECT m.at, m.client, m.version, kind, c.name, c.cents, from_territory, from_region, from_advisor, from_tier,
  to_territory, to_region, to_advisor, to_tier, m.decided_by
FROM moves m JOIN clients c ON c.id = m.client WHERE m.name = '' AND c.name <> ''"""


def named_at_last(db: sqlite3.Connection, client_id: str | None = None) -> list[Move]:
    """Moves that were told before their client was, as they are now that it has a name; of one client, or of all."""
    where, params = (" AND m.client = ?", (client_id,)) if client_id is not None else ("", ())
    return [Move(*row) for row in db.execute(_NAMELESS + where, params)]
