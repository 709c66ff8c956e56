"""The steps in their order: events → records → clients → assignments → hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from schemas.codec import canonical
from schemas.events import Assignment, ChangeEvent, LiveClient
from schemas.reference import Reference
from tests.support.oracle.assigning import assignments_of
from tests.support.oracle.clients import clients_of
from tests.support.oracle.folding import named_records


@dataclass(frozen=True, slots=True)
class Expected:
    """By client id, live clients only. Versions, triggers and times of deciding mean nothing in these values."""

    clients: dict[str, LiveClient]
    assignments: dict[str, Assignment]
    deduped_hash: str
    assigned_hash: str


def expected(
    events: Iterable[ChangeEvent], reference: Mapping[str, Reference] | Iterable[Reference], now: datetime
) -> Expected:
    """What the topics must tell once nothing is pending. Of statements with one key the last holds.

    Raises `ValueError` on an event without a version, and where no engine is active.
    """
    given = reference.values() if isinstance(reference, Mapping) else reference
    statements = list({statement.key: statement for statement in given}.values())
    clients = clients_of(named_records(events), statements)
    assignments = assignments_of(clients, statements, now)
    return Expected(clients, assignments, _hash(clients), _hash(assignments))


def _hash(values: Mapping[str, LiveClient] | Mapping[str, Assignment]) -> str:
    states = {client_id: canonical(value) or b"" for client_id, value in values.items()}
    return sha256(b"".join(b"%b\0%b\n" % (key.encode(), states[key]) for key in sorted(states))).hexdigest()
