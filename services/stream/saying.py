"""How people's statements and the record of who made them are written: in one transaction, so that neither is alone."""

from __future__ import annotations

from confluent_kafka import KafkaException

from schemas.codec import cloudevent, encode, rfc3339
from schemas.events import AuditEvent
from schemas.reference import Reference
from schemas.topics import AUDIT, REFERENCE
from services.stream import admin
from services.stream.settings import StreamSettings

SOURCE = "cadastre/cli"
NotSaid = KafkaException  # raised where Kafka did not take the statement


def say(settings: StreamSettings, statement: Reference, audit: AuditEvent, writer: str = "cli-reference") -> None:
    """Write one statement to `reference`, signed. A second `writer` of one name fences the first. Raises
    `KafkaException`."""
    at = rfc3339(audit.at)
    with admin.transaction(settings, writer) as tx:
        headers = cloudevent(REFERENCE.event_type, f"{statement.key}@{at}", SOURCE, at)
        tx.write(REFERENCE.name, statement.key, encode(statement), headers)
        sign(tx, audit)


def sign(tx: admin.Transaction, audit: AuditEvent) -> None:
    """Say in this transaction who does what it does."""
    at = rfc3339(audit.at)
    headers = cloudevent(AUDIT.event_type, f"{audit.actor}:{audit.action}:{audit.subject}:{at}", SOURCE, at)
    tx.write(AUDIT.name, audit.actor, encode(audit), headers)
