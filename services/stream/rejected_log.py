"""`rejected`, read back: what could not be processed, and what has become of it since.

A rejection is handled by a marker on the same topic, so that it ages with what it handles. Nothing is ever taken back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from schemas.codec import cloudevent, rfc3339
from schemas.topics import REJECTED
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings

Verdict = Literal["redriven", "discarded"]
_ID = re.compile(r"\d+:\d+")


class Rejected(Struct, frozen=True, kw_only=True):
    """One rejected record. `id` is its own place on `rejected`: partition and offset. `verdict` "": nobody has
    handled it yet."""

    id: str
    reason: str
    stage: str
    position: str
    detail: str
    key: str
    at: str
    value: bytes | None
    headers: dict[str, bytes]
    verdict: str = ""

    @property
    def source(self) -> str:
        """The source of its record; "-" where the key is a client's."""
        source, colon, _ = self.key.partition(":")
        return source if colon or self.stage == "ingest" else "-"


class Wanted(Struct, frozen=True):
    """Which rejections; "" is any. `handled`: also those that somebody has handled."""

    reason: str = ""
    stage: str = ""
    source: str = ""
    handled: bool = False

    def matches(self, one: Rejected) -> bool:
        asked = ((self.reason, one.reason), (self.stage, one.stage), (self.source, one.source))
        return (self.handled or not one.verdict) and all(want in ("", got) for want, got in asked)


class NoSuchRejection(LookupError):
    """An id that is none, or that `rejected` does not hold."""


def rejections(settings: StreamSettings) -> list[Rejected]:
    """Everything on `rejected`, oldest first, with what has become of it."""
    found: list[Incoming] = []
    admin.read(settings, REJECTED.name, found.append)
    found.sort(key=lambda message: (message.appended_at, message.partition, message.offset))
    return read_back(found)


def read_back(messages: Sequence[Incoming]) -> list[Rejected]:
    told = [(message, {name: value or b"" for name, value in message.headers}) for message in messages]
    verdicts = {
        headers["cadastre_handles"]: headers.get("cadastre_verdict", b"")
        for _, headers in told
        if "cadastre_handles" in headers
    }
    return [
        _rejected(message, headers, verdicts.get(_place(message).encode(), b""))
        for message, headers in told
        if "cadastre_handles" not in headers
    ]


def by_ids(found: Sequence[Rejected], ids: Sequence[str]) -> list[Rejected]:
    """Those with these ids, in the order of the log. Raises `NoSuchRejection` naming those that aren't there."""
    there = {one.id for one in found}
    missing = sorted(set(ids) - there)
    if missing:
        shape = "" if all(_ID.fullmatch(one) for one in missing) else ", as PARTITION:OFFSET"
        raise NoSuchRejection(
            f"no rejected record {', '.join(missing)}: `cadastre rejected list` gives the ids{shape}; "
            f"they are kept for 21 days"
        )
    return [one for one in found if one.id in ids]


def mark(
    tx: admin.Transaction, one: Rejected, verdict: Verdict, author: str, at: datetime, *, reason: str = ""
) -> None:
    """Say in this transaction that the rejection is handled."""
    event = cloudevent(REJECTED.event_type, f"{verdict}:{one.id}", "cadastre/cli", rfc3339(at))
    headers = [
        *((name, value) for name, value in event if name != "content-type"),
        ("cadastre_handles", one.id.encode()),
        ("cadastre_verdict", verdict.encode()),
        ("cadastre_author", author.encode()),
        ("cadastre_detail", reason.encode()),
    ]
    tx.write(REJECTED.name, one.key, None, headers)


def _place(message: Incoming) -> str:
    return f"{message.partition}:{message.offset}"


def _rejected(message: Incoming, headers: dict[str, bytes], verdict: bytes) -> Rejected:
    def told(name: str, otherwise: str) -> str:
        return headers[name].decode("utf-8", "replace") if name in headers else otherwise

    return Rejected(
        id=_place(message),
        reason=told("cadastre_reason", "?"),
        stage=told("cadastre_stage", "?"),
        position=told("cadastre_position", "?"),
        detail=told("cadastre_detail", ""),
        key=message.key,
        at=told("ce_time", ""),
        value=message.value,
        headers=headers,
        verdict=verdict.decode("utf-8", "replace"),
    )
