"""The clients that a batch touches: read at once, changed in memory, written once each."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from schemas.events import Assignment, EndedClient, LiveClient, Money
from services.api.adapters import schema
from services.api.placement import ABSENT, Standing

_UNNUMBERED = 0  # of a client that the view has no row of yet


@dataclass(slots=True)
class Held:
    """A client as the batch has left it so far. `before`: as the view has it; `client` and `assignment`: what its
    topics told of its halves in this batch, decoded and as it was said."""

    id: str
    n: int = _UNNUMBERED
    client_version: int = 0
    assignment_version: int = 0
    changed: int = 0
    before: Standing = ABSENT
    standing: Standing = ABSENT
    client: tuple[LiveClient | EndedClient, bytes | None] | None = None
    assignment: tuple[Assignment, bytes | None] | None = None


_STANDING = "live, status, name, country, client_type, cents, territory, region, advisor, tier, segment"
_HELD = (
    f"SELECT id, n, client_version, assignment_version, changed, {_STANDING} FROM clients "
    "WHERE id IN (SELECT value FROM json_each(?))"
)


def held(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Held]:
    """Each of these clients, those that the view does not have included."""
    rows = {client_id: Held(client_id) for client_id in ids}
    asked = msgspec.json.encode(list(ids)).decode()
    for client_id, n, client, assignment, changed, live, *rest in db.execute(_HELD, (asked,)):
        standing = Standing(bool(live), *rest)
        rows[client_id] = Held(client_id, n, client, assignment, changed, standing, standing)
    return rows


def write(db: sqlite3.Connection, rows: Iterable[Held], seq: Iterator[int], *, indexed: bool) -> list[Held]:
    """Write what was told, with members and (where there is an index) the words to find a client by. `seq` numbers
    each row that is written. Returns the rows of which something was told."""
    told = [row for row in rows if row.client is not None or row.assignment is not None]
    known = [row for row in told if row.n != _UNNUMBERED]
    fresh = [row for row in told if row.n == _UNNUMBERED]
    _number(db, fresh)
    db.executemany(_INSERT, [(*_whole(row), next(seq)) for row in fresh])
    db.executemany(_UPDATE_CLIENT, [(next(seq), *_client_half(row)) for row in known if row.client is not None])
    db.executemany(
        _UPDATE_ASSIGNMENT, [(next(seq), *_assignment_half(row)) for row in known if row.assignment is not None]
    )
    db.executemany(
        "INSERT OR REPLACE INTO told_clients VALUES (?, ?)",
        [(row.n, row.client[1]) for row in told if row.client is not None],
    )
    db.executemany(
        "INSERT OR REPLACE INTO told_assignments VALUES (?, ?)",
        [(row.n, row.assignment[1]) for row in told if row.assignment is not None],
    )
    _write_members(db, told, indexed=indexed)
    return told


def _number(db: sqlite3.Connection, fresh: Sequence[Held]) -> None:
    if fresh:
        (last,) = db.execute("SELECT coalesce(max(n), 0) FROM clients").fetchone()
        for n, row in enumerate(fresh, last + 1):
            row.n = n


def _write_members(db: sqlite3.Connection, told: Sequence[Held], *, indexed: bool) -> None:
    """An ended client has none, and no words."""
    of_clients = [(row, row.client[0]) for row in told if row.client is not None]
    gone = [(row.n,) for row, _ in of_clients if row.before.live]
    live = [
        (row, said.golden.city or "", [member.record for member in said.members])
        for row, said in of_clients
        if isinstance(said, LiveClient)
    ]
    db.executemany("DELETE FROM members WHERE client = ?", gone)
    db.executemany(
        "INSERT OR IGNORE INTO members VALUES (?, ?)",
        [(record, row.n) for row, _, records in live for record in records],
    )
    if indexed:
        texts = {row.n: (row.standing.name, city, _ids(records)) for row, city, records in live}
        _write_words(db, {n for (n,) in gone}, texts)


def _ids(records: Iterable[str]) -> str:
    return " ".join(record.partition(":")[2] for record in records)


def _write_words(db: sqlite3.Connection, gone: set[int], texts: dict[int, tuple[str, str, str]]) -> None:
    """Most changes of a client leave its words as they are: neither the index nor what is remembered of it changes."""
    asked = msgspec.json.encode(sorted(gone)).decode()
    sql = "SELECT rowid, name, city, records FROM search WHERE rowid IN (SELECT value FROM json_each(?))"
    same = {n for n, *text in db.execute(sql, (asked,)) if texts.get(n) == tuple(text)}
    removed, added = gone - same, texts.keys() - same
    db.executemany("DELETE FROM search WHERE rowid = ?", [(n,) for n in removed])
    db.executemany(
        "INSERT INTO search(rowid, name, city, records) VALUES (?, ?, ?, ?)", [(n, *texts[n]) for n in sorted(added)]
    )
    if removed or added:
        db.execute(schema.WORDED)


_INSERT = f"""
INSERT INTO clients(n, id, client_version, assignment_version, changed, name_key, {_STANDING},
  city, industry, amount, currency, confidence, members, parent_record, decided_by, conflicts, seq)
  VALUES ({",".join("?" * 27)})"""
_UPDATE_CLIENT = """
UPDATE clients SET seq=?, client_version=?, changed=?, live=?, status=?, name=?, name_key=?, country=?, client_type=?,
  cents=?, city=?, industry=?, amount=?, currency=?, confidence=?, members=?, parent_record=? WHERE n=?"""
_UPDATE_ASSIGNMENT = """
UPDATE clients SET seq=?, assignment_version=?, changed=?, status=?, territory=?, region=?, advisor=?, tier=?,
  segment=?, decided_by=?, conflicts=? WHERE n=?"""
_NO_DETAILS = (None, None, None, None, 100.0, 0, None)


def _whole(row: Held) -> tuple[object, ...]:
    details = _details(row.client[0]) if row.client is not None else _NO_DETAILS
    decided = _decided(row.assignment[0]) if row.assignment is not None else (None, 0)
    versions = (row.client_version, row.assignment_version)
    return (row.n, row.id, *versions, row.changed, row.standing.name.casefold(), *row.standing, *details, *decided)


def _client_half(row: Held) -> tuple[object, ...]:
    assert row.client is not None
    live, status, name, country, client_type, cents, *_ = row.standing
    standing = (live, status, name, name.casefold(), country, client_type, cents)
    return (row.client_version, row.changed, *standing, *_details(row.client[0]), row.n)


def _assignment_half(row: Held) -> tuple[object, ...]:
    assert row.assignment is not None
    at = row.standing
    standing = (at.status, at.territory, at.region, at.advisor, at.tier, at.segment)
    return (row.assignment_version, row.changed, *standing, *_decided(row.assignment[0]), row.n)


def _decided(said: Assignment) -> tuple[str, int]:
    return said.decided_by, len(said.conflicts)


def _details(said: LiveClient | EndedClient) -> tuple[object, ...]:
    """city, industry, amount, currency, confidence, members, parent_record."""
    if isinstance(said, EndedClient):
        return _NO_DETAILS
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
