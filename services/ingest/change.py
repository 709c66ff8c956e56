"""A change as an adapter hands it over: its envelope read, its fields as they were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.events import ChangeEvent, Origin, Version
from services.ingest.problems import FieldProblem

SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")  # how a source is called
Op = Literal["upsert", "patch", "delete"]  # `touch` is the system's own


@dataclass(frozen=True, slots=True)
class Change:
    """`sent_id` is the sender's own id of the change, which makes a repeat known where there is no version."""

    source: str
    record_id: str
    op: Op
    origin: Origin
    fields: Mapping[str, object] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()
    version: Version | None = None
    sent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event, and the bytes of it that go to Kafka."""

    event: ChangeEvent
    value: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """All that is wrong with a change, never empty."""

    problems: tuple[FieldProblem, ...]
