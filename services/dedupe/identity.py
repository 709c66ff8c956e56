"""The client's id: derived from the founding member, so that the same records make the same id anywhere."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid5

from schemas.events import Member, RecordKey

_NAMESPACE = UUID("6ad7c6ae-5d0b-5f0e-9d39-0f5f1c0b7a11")  # never change: every published id hangs on it
_NEVER = datetime.max.replace(tzinfo=UTC)


def founder(members: Iterable[Member]) -> RecordKey:
    """The member created first (those that don't say last), then the smallest record key."""
    return min(members, key=lambda member: (member.fields.created_at or _NEVER, member.record)).record


def client_id(pool: str, founding: RecordKey) -> str:
    """`c_` and the lower-case base32 of the UUIDv5 of pool and founding record."""
    digest = uuid5(_NAMESPACE, f"{pool}|{founding}").bytes
    return "c_" + b32encode(digest).decode().rstrip("=").lower()
