"""Does CORE say what the topics say? Compared by id, version and hash of the value's bytes, and by what is current.

CORE may hold more versions than a compacted topic still does, never fewer, and never other ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from services.loader.names import Row
from services.stream.outcome import Incoming

SHOWN = 5  # ids of one kind of difference

VersionKey = tuple[str, int]


class Said(msgspec.Struct):
    """As much of a value as a comparison needs."""

    client_id: str
    version: int
    status: str


@dataclass(slots=True)
class Topic:
    """What one topic says: every version's hash, and the last version of each id that has not ended."""

    hashes: dict[VersionKey, str] = field(default_factory=dict)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    unreadable: int = 0

    def take(self, message: Incoming) -> None:
        try:
            said = msgspec.json.decode(message.value or b"", type=Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.unreadable += 1
            return
        self.hashes[said.client_id, said.version] = hashlib.sha256(message.value or b"").hexdigest()
        self.last[said.client_id] = max(self.last.get(said.client_id, (0, "")), (said.version, said.status))

    def take_statement(self, message: Incoming) -> None:
        """Of `reference`: the version is the offset, and a tombstone is an end."""
        key = message.key.partition(":")[2]
        ended = message.value is None
        digest = "" if message.value is None else hashlib.sha256(message.value).hexdigest()
        self.hashes[key, message.offset] = digest
        self.last[key] = message.offset, "ended" if ended else "live"

    @property
    def current(self) -> dict[str, int]:
        return {key: version for key, (version, status) in self.last.items() if status != "ended"}


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
    }
    return [f"{name}: {len(which)} {what}: {_shown(which)}" for what, which in found.items() if which]


def miscounts(rows: Iterable[Row], ledger: Mapping[str, int]) -> list[str]:
    """`rows`: topic, rows in RAW, distinct places among them. `ledger`: topic → rows that were loaded."""
    return [
        f"RAW of {topic} holds {n} rows at {distinct} places, and the ledger says {ledger.get(str(topic), 0)}"
        for topic, n, distinct in rows
        if not n == distinct == ledger.get(str(topic), 0)
    ]


def _shown(which: list[str]) -> str:
    more = f" and {len(which) - SHOWN} more" if len(which) > SHOWN else ""
    return ", ".join(sorted(which)[:SHOWN]) + more
