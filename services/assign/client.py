"""As much of a `deduped` value as assigning reads: about a third of it, decoded in a third of the time."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from schemas.events import ClientFields, RecordKey


class HeldRecord(Struct, frozen=True):
    record: RecordKey


class Live(Struct, frozen=True, kw_only=True, tag_field="status", tag="live"):
    client_id: str
    version: int
    golden: ClientFields
    members: tuple[HeldRecord, ...]
    touch: bool = False


class Ended(Struct, frozen=True, tag_field="status", tag="ended"):
    client_id: str
    version: int


Client = Live | Ended

read = msgspec.json.Decoder[Client](Client).decode
"""Raises `codec.UNREADABLE` on what isn't a client's value."""
