"""A client's golden record and its id."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha1
from uuid import UUID

import msgspec
from msgspec import UNSET

from schemas.events import FIELD_NAMES, ClientFields, Member, RecordKey

_NAMESPACE = bytes.fromhex("6ad7c6ae5d0b5f0e9d390f5f1c0b7a11")
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def golden_record(members: Sequence[Member], ranks: Mapping[str, int]) -> tuple[ClientFields, dict[str, RecordKey]]:
    """The fields, and where each was taken from."""
    golden: dict[str, object] = {}
    provenance: dict[str, RecordKey] = {}
    for name in FIELD_NAMES:
        speaking = [member for member in members if getattr(member.fields, name) is not UNSET]
        if speaking:
            first = _trusted(speaking, name, ranks)
            golden[name], provenance[name] = getattr(first.fields, name), first.record
    return ClientFields(**golden), provenance  # type: ignore[arg-type]  # each value comes from a field of this name


def _trusted(speaking: list[Member], name: str, ranks: Mapping[str, int]) -> Member:
    """Narrowed down rule by rule: best source, newest, most common, smallest value, smallest record key."""

    def time(member: Member) -> datetime:
        stamp = member.stamps.get(name, member.base)
        return _BEFORE_ALL if stamp is None else stamp.time

    def text(member: Member) -> bytes:
        return msgspec.json.encode(getattr(member.fields, name), order="sorted")

    named = [member for member in speaking if _source(member) in ranks]
    if named:
        best = min(ranks[_source(member)] for member in named)
        speaking = [member for member in named if ranks[_source(member)] == best]
    newest = max(map(time, speaking))
    speaking = [member for member in speaking if time(member) == newest]
    texts = [text(member) for member in speaking]
    return min(speaking, key=lambda member: (-texts.count(text(member)), text(member), member.record))


def _source(member: Member) -> str:
    return member.record.split(":", maxsplit=1)[0]


def id_of(pool: str, members: Sequence[Member]) -> str:
    """From the member that was created first (of those that say when), else from the smallest record key."""
    dated = [(member.fields.created_at, member.record) for member in members if member.fields.created_at is not UNSET]
    founding = min(dated)[1] if dated else min(member.record for member in members)
    digest = sha1(_NAMESPACE + f"{pool}|{founding}".encode(), usedforsecurity=False).digest()
    return f"c_{b32encode(UUID(bytes=digest[:16], version=5).bytes).decode().strip('=').lower()}"
