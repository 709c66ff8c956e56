"""What the tests of ingest start from."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.events import Origin, Version
from services.ingest.change import Accepted, Change, Op, Refused
from services.ingest.handler import decide
from services.ingest.normalise import normalise

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODIFIED = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
VALID_LEI = "549300E9PC51EN656011"


class FixedClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


def change(op: Op = "upsert", *, version: Version | None = Version(MODIFIED), **fields: object) -> Change:
    named = {"name": "Harbor Point Capital LLC", **fields} if op == "upsert" else fields
    return Change("salesforce", "001", op, Origin("http", "0"), named, (), version)


def accepted(sent: Change) -> Accepted:
    decided = decide(sent, NOW)
    assert isinstance(decided, Accepted)
    return decided


def refused(sent: Change) -> Refused:
    decided = decide(sent, NOW)
    assert isinstance(decided, Refused)
    return decided


def field(raw: object, name: str, **around: object) -> object:
    read = normalise({name: raw, **around}, "salesforce")
    assert not read.problems, read.problems
    return getattr(read.fields, name)


def problem(raw: object, name: str, **around: object) -> str:
    (found,) = normalise({name: raw, **around}, "salesforce").problems
    assert found.pointer == f"/fields/{name}"
    return found.message
