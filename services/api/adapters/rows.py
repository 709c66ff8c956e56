"""Single rows of the view: how a client's two halves and its moves are written, and read back to be changed."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from msgspec import Struct

from schemas.events import Assignment, EndedClient, LiveClient, Money
from services.api.answers import MoveKind
from services.api.handler import Applied
from services.api.placement import Standing

HOUR_MS = 3_600_000


class Held(NamedTuple):
    """A client as the view has it."""

    n: int
    client_version: int
    assignment_version: int
    changed: int
    standing: Standing


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


_HELD = (
    "SELECT n, client_version, assignment_version, changed, live, status, name, country, client_type, cents, "
    "territory, region, advisor, tier, segment FROM clients WHERE id = ?"
)


def held(db: sqlite3.Connection, client_id: str) -> Held | None:
    row = db.execute(_HELD, (client_id,)).fetchone()
    if row is None:
        return None
    n, client_version, assignment_version, changed, live, *rest = row
    return Held(n, client_version, assignment_version, changed, Standing(bool(live), *rest))


def version_of(row: Held | None, said: LiveClient | EndedClient | Assignment) -> int:
    """One number for both halves: it grows with either, since neither ever falls."""
    before = (row.client_version, row.assignment_version) if row is not None else (0, 0)
    return said.version + (before[0] if isinstance(said, Assignment) else before[1])


def _details(said: LiveClient | EndedClient) -> tuple[object, ...]:
    """city, industry, amount, currency, confidence, members, parent_record."""
    if isinstance(said, EndedClient):
        return (None, None, None, None, 100.0, 0, None)
    golden = said.golden
    aum = golden.aum if isinstance(golden.aum, Money) else None
    return (
        golden.city or None,
        golden.industry or None,
        aum.amount if aum else None,
        aum.currency if aum else None,
        said.confidence,
        len(said.members),
        golden.parent_record or None,
    )


def put_client(
    db: sqlite3.Connection,
    row: Held | None,
    said: LiveClient | EndedClient,
    output: Applied,
    after: Standing,
    *,
    indexed: bool,
) -> int:
    """Write what `deduped` tells, with members and (where there is an index) the words to find it by."""
    details = _details(said)
    columns = (
        said.version,
        after.live,
        after.status,
        after.name,
        after.name.casefold(),
        after.country,
        after.client_type,
        after.cents,
        *details,
        output.appended_ms,
    )
    if row is None:
        n = db.execute(_INSERT_CLIENT, (said.client_id, *columns)).lastrowid
        assert n is not None
    else:
        n = row.n
        db.execute(_UPDATE_CLIENT, (*columns, n))
    db.execute("INSERT OR REPLACE INTO told_clients VALUES (?, ?)", (n, output.value))
    records = [member.record for member in said.members] if isinstance(said, LiveClient) else []
    _put_members(db, n, records, known=row is not None and row.client_version > 0)
    if indexed:
        db.execute("DELETE FROM search WHERE rowid = ?", (n,))
        if records:
            db.execute(_INSERT_SEARCH, (n, after.name, details[0] or "", " ".join(records)))
    return n


def _put_members(db: sqlite3.Connection, n: int, records: list[str], *, known: bool) -> None:
    if known:
        db.execute("DELETE FROM members WHERE client = ?", (n,))
    db.executemany("INSERT OR IGNORE INTO members VALUES (?, ?)", [(record, n) for record in records])


_INSERT_SEARCH = "INSERT INTO search(rowid, name, city, records) VALUES (?, ?, ?, ?)"
_INSERT_CLIENT = """
INSERT INTO clients(id, client_version, live, status, name, name_key, country, client_type, cents,
  city, industry, amount, currency, confidence, members, parent_record, changed,
  territory, region, advisor, tier, segment) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,'',NULL,'','','')"""
_UPDATE_CLIENT = """
UPDATE clients SET client_version=?, live=?, status=?, name=?, name_key=?, country=?, client_type=?, cents=?,
  city=?, industry=?, amount=?, currency=?, confidence=?, members=?, parent_record=?, changed=max(changed, ?)
WHERE n=?"""


def put_assignment(db: sqlite3.Connection, row: Held | None, said: Assignment, output: Applied, after: Standing) -> int:
    """Write what `assigned` tells."""
    columns = (
        said.version,
        after.status,
        after.territory,
        after.region,
        after.advisor,
        after.tier,
        after.segment,
        said.decided_by,
        len(said.conflicts),
        output.appended_ms,
    )
    if row is None:
        n = db.execute(_INSERT_ASSIGNMENT, (said.client_id, *columns)).lastrowid
        assert n is not None
    else:
        n = row.n
        db.execute(_UPDATE_ASSIGNMENT, (*columns, n))
    db.execute("INSERT OR REPLACE INTO told_assignments VALUES (?, ?)", (n, output.value))
    return n


_INSERT_ASSIGNMENT = """
INSERT INTO clients(id, assignment_version, status, territory, region, advisor, tier, segment, decided_by, conflicts,
  changed, live, name, name_key, country, client_type, cents)
  VALUES (?,?,?,?,?,?,?,?,?,?,?,0,'','','','',0)"""
_UPDATE_ASSIGNMENT = """
UPDATE clients SET assignment_version=?, status=?, territory=?, region=?, advisor=?, tier=?, segment=?, decided_by=?,
  conflicts=?, changed=max(changed, ?) WHERE n=?"""


def move(output: Applied, said: Assignment, kind: MoveKind, before: Standing, after: Standing) -> Move:
    def side(standing: Standing) -> tuple[str | None, str | None, str | None, str | None]:
        if standing.region is None:
            return None, None, None, None
        return standing.territory, standing.region, standing.advisor or None, standing.tier or None

    return Move(
        output.appended_ms,
        said.client_id,
        said.version,
        kind,
        before.name or after.name,
        after.cents or before.cents,
        *side(before),
        *side(after),
        said.decided_by,
    )


_NAMELESS = """
SELECT m.at, m.client, m.version, kind, c.name, c.cents, from_territory, from_region, from_advisor, from_tier,
  to_territory, to_region, to_advisor, to_tier, m.decided_by
FROM moves m JOIN clients c ON c.id = m.client WHERE m.name = '' AND c.name <> ''"""


def named_at_last(db: sqlite3.Connection, client_id: str | None = None) -> list[Move]:
    """Moves that were told before their client was, as they are now that it has a name; of one client, or of all."""
    where, params = (" AND m.client = ?", (client_id,)) if client_id is not None else ("", ())
    return [Move(*row) for row in db.execute(_NAMELESS + where, params)]
