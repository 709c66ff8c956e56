"""The view as it is written: batches and positions in one transaction, by one process alone.

A value is applied where its version is higher than the one that is here. While the view is filled for the first time
it has no indexes and syncs nothing: a crash then starts it over.
"""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import msgspec

from schemas import codec
from schemas.events import Assignment, EndedClient, LiveClient, Money
from schemas.reference import Rate
from schemas.topics import REFERENCE
from services.api.adapters import moved, rows, schema
from services.api.adapters.rollups import DAY_MS, Rollups
from services.api.handler import Applied
from services.api.placement import NONE, Standing, cents_of, move_kind, with_assignment, with_client
from services.stream.outcome import Output
from services.stream.reading import Slot
from services.stream.sink import Fence, Metadata, Position, TopicReplaced, metadata_text

LONGEST_ABSENCE_S = 6 * 86_400.0  # of versions and removals the log keeps 7 days


@dataclass(frozen=True, slots=True)
class Change:
    """One client as a batch left it."""

    client_id: str
    before: Standing
    after: Standing
    appended_ms: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What a batch came to, for those who show it live."""

    changes: Sequence[Change]
    statements: bool  # whether reference changed
    moves: Sequence[moved.Move]


class ViewLocked(Exception):
    """Another process writes this view."""


class Store:
    """The sink of the api's loop. `whole`: it has once been at the end of its topics, and has its indexes."""

    def __init__(self, path: Path, topic_ids: Mapping[str, str]) -> None:
        self.path = path
        self._topic_ids = topic_ids
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_suffix(".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ViewLocked(f"{path} is written by another process; give each replica a view of its own") from None
        self._db = self._opened()
        self.whole = self._about("whole") == "yes"
        self._db.execute(f"PRAGMA synchronous={'NORMAL' if self.whole else 'OFF'}")
        self._rates: dict[str, Decimal] = {}
        self._learn_rates()
        self._rollups = Rollups(self._db, whole=self.whole)
        self._seq = count(self._db.execute("SELECT coalesce(max(seq), 0) + 1 FROM clients").fetchone()[0])
        self._named: list[str] = []  # clients that this batch gave their first name
        self.on_commit: Callable[[Committed], None] = lambda _: None

    def positions(self, slots: Iterable[Slot]) -> dict[Slot, Position]:
        """Raises `TopicReplaced` for a namesake of the topic that the view was built from."""
        found = {slot: Position(0, self._topic_ids[slot[0]], fresh=True) for slot in slots}
        for topic, partition, offset, state in self._db.execute("SELECT * FROM positions"):
            if (topic, partition) not in found:
                continue
            kept = msgspec.json.decode(state, type=Metadata)
            if kept.topic != self._topic_ids[topic]:
                raise TopicReplaced(f"{topic} was created again since {self.path} was built: delete that file")
            window = int(kept.window or "0", 16)
            found[topic, partition] = Position(
                offset, kept.topic, kept.counts, window, kept.starts, kept.trying, kept.tries, killers=kept.killers
            )
        return found

    def commit(self, fence: Fence, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> None:
        """Apply a batch. All or nothing."""
        statements: list[Applied] = []
        halves: list[Applied] = []
        for output in outputs:
            if not isinstance(output, Applied):
                raise TypeError(f"the view takes what its handlers say, not a record for {output.topic}")
            (statements if output.topic == REFERENCE.name else halves).append(output)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._state(statements)
            changes = self._tell(halves)
            moves = [*self._rollups.flush(), *self._name_moves()]
            self._keep(positions)
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        if changes or statements:
            self.on_commit(Committed(changes, bool(statements), moves))

    def note(self, positions: Mapping[Slot, Position]) -> None:
        with self._db:
            self._keep(positions)

    def settle(self) -> None:
        """The end of all topics is seen for the first time: make what reading needs."""
        if self.whole:
            return
        with self._db:
            self._db.execute("BEGIN")
            for name, on in schema.INDEXES.items():
                self._db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {on}")
            self._name_moves(of_all=True)
            self._rollups.settle()
            self._db.execute("DELETE FROM search")
            self._db.execute(
                "INSERT INTO search(rowid, name, city, records) SELECT n, name, coalesce(city, ''), "
                "(SELECT group_concat(substr(record, instr(record, ':') + 1), ' ') FROM members WHERE client = n) "
                "FROM clients WHERE live"
            )
            self._db.execute(schema.WORDED)
            self._db.execute("INSERT OR REPLACE INTO about VALUES ('whole', 'yes')")
        self._db.execute("PRAGMA synchronous=NORMAL")
        for table in schema.COUNTED:
            self._db.execute(f"ANALYZE {table}")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.whole = True

    def prune(self, now_ms: int) -> None:
        """Forget the moves of more than a day ago."""
        with self._db:
            for table, column, bound in (
                ("moves", "at", now_ms - DAY_MS),
                ("flows", "hour", (now_ms - DAY_MS) // moved.HOUR_MS),
                ("turns", "hour", (now_ms - DAY_MS) // moved.HOUR_MS),
                ("drift", "hour", (now_ms - DAY_MS) // moved.HOUR_MS),
            ):
                self._db.execute(f"DELETE FROM {table} WHERE {column} < ?", (bound,))

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def _opened(self) -> sqlite3.Connection:
        away = self._untouched_s() > LONGEST_ABSENCE_S
        db = self._connected()
        with suppress(sqlite3.Error):
            about = dict(db.execute("SELECT key, value FROM about"))
            if about.get("edition") == str(schema.EDITION) and about.get("whole") == "yes" and not away:
                return db
        db.close()  # another edition, half built, or left alone for too long: built anew from the log
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        db = self._connected()
        db.executescript(schema.TABLES)
        db.execute("INSERT INTO about VALUES ('edition', ?), ('worded', '0')", (str(schema.EDITION),))
        return db

    def _untouched_s(self) -> float:
        """How long ago the view was last written; it is, all the time, where anything is said."""
        files = [Path(f"{self.path}{suffix}") for suffix in ("", "-wal")]
        written = [file.stat().st_mtime for file in files if file.exists()]
        return time.time() - max(written) if written else 0.0

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA page_size=8192")  # half as many pages to find, write and check on the way of a value
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA cache_size=-65536")
        db.execute("PRAGMA temp_store=MEMORY")
        return db

    def _about(self, key: str) -> str | None:
        found = self._db.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return str(found[0]) if found else None

    def _keep(self, positions: Mapping[Slot, Position]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)",
            [(topic, part, position.offset, metadata_text(position)) for (topic, part), position in positions.items()],
        )

    def _state(self, statements: Sequence[Applied]) -> None:
        removed = [(output.key,) for output in statements if output.value is None]
        said = {output.key: output.value for output in statements}
        self._db.executemany("DELETE FROM reference WHERE key = ?", removed)
        self._db.executemany(
            "INSERT OR REPLACE INTO reference VALUES (?, ?)",
            [(key, value) for key, value in said.items() if value is not None],
        )
        if any(key.startswith("rate:") for key in said):
            self._learn_rates()
            self._convert()

    def _learn_rates(self) -> None:
        self._rates = {"USD": Decimal(1)}
        for (value,) in self._db.execute("SELECT value FROM reference WHERE key GLOB 'rate:*'"):
            rate = codec.reference(value)
            if isinstance(rate, Rate):
                self._rates[rate.currency] = Decimal(rate.usd)

    def _convert(self) -> None:
        """A rate has changed: every amount in dollars is made again."""
        amounts = self._db.execute("SELECT id, amount, currency FROM clients WHERE live AND currency IS NOT NULL")
        money = {client_id: Money(amount, currency) for client_id, amount, currency in amounts.fetchall()}
        for client_id, row in rows.held(self._db, money).items():
            after = row.standing._replace(cents=cents_of(money[client_id], self._rates) or 0)
            self._db.execute("UPDATE clients SET seq = ?, cents = ? WHERE n = ?", (next(self._seq), after.cents, row.n))
            self._rollups.count(row.standing, after, row.changed)

    def _name_moves(self, *, of_all: bool = False) -> list[moved.Move]:
        """`assigned` may come first: its moves get their name and money when the client does."""
        for client_id in (None,) if of_all else self._named:
            for move in moved.named_at_last(self._db, client_id):
                self._rollups.move(move, clients=0)
        self._named.clear()
        return self._rollups.flush()

    def _tell(self, outputs: Sequence[Applied]) -> list[Change]:
        """Each half where its version is higher than the one that is here."""
        held = rows.held(self._db, dict.fromkeys(output.key for output in outputs))
        for output in outputs:
            row = held[output.key]
            before = row.standing
            match output.said:
                case LiveClient() | EndedClient() as said if said.version > row.client_version:
                    self._tell_client(row, said, output)
                case Assignment() as said if said.version > row.assignment_version:
                    self._tell_assignment(row, said, output)
                case _:
                    continue
            row.changed = max(row.changed, output.appended_ms)
            self._rollups.count(before, row.standing, output.appended_ms)
        told = rows.write(self._db, held.values(), self._seq, indexed=self.whole)
        if not self.whole:
            return []  # nobody is shown anything yet
        return [Change(row.id, row.before, row.standing, row.changed) for row in told]

    def _tell_client(self, row: rows.Held, said: LiveClient | EndedClient, output: Applied) -> None:
        live = said if isinstance(said, LiveClient) else None
        cents = cents_of(live.golden.aum, self._rates) if live is not None else None
        before = row.standing
        row.standing = with_client(before, live, cents)
        row.client_version, row.client = said.version, (said, output.value)
        if self.whole and before.name == NONE != row.standing.name:
            self._named.append(row.id)

    def _tell_assignment(self, row: rows.Held, said: Assignment, output: Applied) -> None:
        before = row.standing
        row.standing = after = with_assignment(before, said)
        row.assignment_version, row.assignment = said.version, (said, output.value)
        kind = move_kind(before, after)
        if kind is not None:
            self._rollups.move(moved.move(said, kind, before, after, output.appended_ms))
