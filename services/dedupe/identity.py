"""The client's id: derived from the founding member, so that the same records make the same id anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha1
from itertools import product
from uuid import UUID

from schemas.events import Member, RecordKey

_NAMESPACE = UUID("6ad7c6ae-5d0b-5f0e-9d39-0f5f1c0b7a11")  # never change: every published id hangs on it
_NAME_PREFIX = _NAMESPACE.bytes
_LETTERS = tuple(map("".join, product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)))  # of ten bits each
_NEVER = datetime.max.replace(tzinfo=UTC)


def founder(members: Iterable[Member]) -> RecordKey:
    """The member created first (those that don't say last), then the smallest record key."""
    return min(members, key=lambda member: (member.fields.created_at or _NEVER, member.record)).record


def client_id(pool: str, founding: RecordKey) -> str:
    """`c_` and the lower-case base32 of the UUIDv5 of pool and founding record.

    Spelled out, since every verdict needs one, and `uuid5` and `b32encode` together take three times as long.
    """
    digest = sha1(_NAME_PREFIX + f"{pool}|{founding}".encode(), usedforsecurity=False).digest()
    bits = UUID(bytes=digest[:16], version=5).int << 2  # 130 bits are 26 letters
    return "c_" + "".join([_LETTERS[bits >> shift & 1_023] for shift in range(120, -1, -10)])
