"""Does CORE say what the topics say? Compared by id, version and hash of the value's bytes, and by what is current.

CORE may hold more versions than a compacted topic still does, never fewer, and never other ones.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from services.loader.names import Row
from services.stream.outcome import Incoming

SHOWN = 5  # ids of one kind of difference

VersionKey = tuple[str, int]


class Held(msgspec.Struct):
    record: str


class Said(msgspec.Struct):
    """As much of a value as a comparison needs."""

    client_id: str
    version: int
    status: str
    members: tuple[Held, ...] = ()


class Named(msgspec.Struct):
    """What every statement of a dimension says."""

    name: str


@dataclass(slots=True)
class Topic:
    """What one topic says: every version's hash, and of each id the last version, its status and its records."""

    hashes: dict[VersionKey, str] = field(default_factory=dict)
    last: dict[str, tuple[int, str, tuple[str, ...]]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)  # keys

    def take(self, message: Incoming) -> None:
        try:
            said = msgspec.json.decode(message.value or b"", type=Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.unreadable.append(message.key)
            return
        self.hashes[said.client_id, said.version] = hashlib.sha256(message.value or b"").hexdigest()
        told = said.version, said.status, tuple(one.record for one in said.members)
        self.last[said.client_id] = max(self.last.get(said.client_id, told), told)

    def take_statement(self, message: Incoming) -> None:
        """Of `reference`: the version is the offset, and a tombstone is an end."""
        key, status, digest = message.key.partition(":")[2], "ended", ""
        if message.value is not None:
            try:
                msgspec.json.decode(message.value, type=Named)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.unreadable.append(message.key)
                return
            status, digest = "live", hashlib.sha256(message.value).hexdigest()
        self.hashes[key, message.offset] = digest
        self.last[key] = message.offset, status, ()

    @property
    def current(self) -> dict[str, int]:
        return {key: version for key, (version, status, _) in self.last.items() if status != "ended"}

    @property
    def holds(self) -> set[tuple[str, str]]:
        """(record, client) as they stand now."""
        lasting = ((key, records) for key, (_, status, records) in self.last.items() if status != "ended")
        return {(record, key) for key, records in lasting for record in records}


def differences(name: str, topic: Topic, rows: Iterable[Row]) -> list[str]:
    """One line for each kind of difference. `rows`: id, version, hash, whether it is current, of every row of CORE."""
    core: dict[VersionKey, str] = {}
    current: dict[str, list[int]] = {}
    doubled: list[str] = []
    for client_id, version, value_hash, is_current in rows:
        key = str(client_id), int(str(version))
        if key in core:
            doubled.append(f"{key[0]} version {key[1]}")
        core[key] = str(value_hash)
        if is_current:
            current.setdefault(key[0], []).append(key[1])
    missing = [f"{k[0]} version {k[1]}" for k in topic.hashes if k not in core]
    other = [f"{k[0]} version {k[1]}" for k, told in topic.hashes.items() if core.get(k, told) != told]
    told = topic.current
    not_current = [k for k, version in told.items() if current.get(k) != [version]]
    still_current = [k for k in current if k not in told]
    found = {
        "are missing": missing,
        "hold other bytes than the topic": other,
        "are there more than once": doubled,
        "are not current as the topic says": not_current,
        "are current and have ended, or never were": still_current,
        "of the topic cannot be read": topic.unreadable,
    }
    return _lines(name, found)


def misheld(topic: Topic, rows: Iterable[Row]) -> list[str]:
    """`rows`: record and client, of every current row of CLIENT_XREF."""
    core = Counter((str(record), str(client)) for record, client in rows)
    told = topic.holds
    found = {
        "are missing": [f"{record} of {client}" for record, client in told - core.keys()],
        "are current and are not held": [f"{record} of {client}" for record, client in core.keys() - told],
        "are current more than once": [f"{record} of {client}" for (record, client), n in core.items() if n > 1],
    }
    return _lines("client_xref", found)


def miscounts(rows: Iterable[Row], ledger: Mapping[str, int]) -> list[str]:
    """`rows`: topic, rows in RAW, distinct places among them. `ledger`: topic → rows that were loaded."""
    return [
        f"RAW of {topic} holds {n} rows at {distinct} places, and the ledger says {ledger.get(str(topic), 0)}"
        for topic, n, distinct in rows
        if not n == distinct == ledger.get(str(topic), 0)
    ]


def _lines(name: str, found: Mapping[str, list[str]]) -> list[str]:
    return [f"{name}: {len(which)} {what}: {_shown(which)}" for what, which in found.items() if which]


def _shown(which: list[str]) -> str:
    more = f" and {len(which) - SHOWN} more" if len(which) > SHOWN else ""
    return ", ".join(sorted(which)[:SHOWN]) + more
