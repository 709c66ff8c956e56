"""Statements and their audit, in one transaction on the log."""

from __future__ import annotations

import threading
from collections.abc import Callable

from schemas.events import AuditEvent
from schemas.reference import Reference
from services.api.refusals import Refused
from services.stream.saying import NotSaid, say
from services.stream.settings import StreamSettings


def speaker(settings: StreamSettings) -> Callable[[Reference, AuditEvent], None]:
    """One at a time: each transaction is under this replica's name, and a second would fence the first."""
    lock = threading.Lock()

    def speak(statement: Reference, audit: AuditEvent) -> None:
        try:
            with lock:
                say(settings, statement, audit, writer=f"api-{settings.ordinal}-reference")
        except NotSaid as failure:
            detail = f"Kafka did not take the statement ({failure.args[0].name()}); send it again"
            raise Refused(503, "kafka-away", "Kafka does not answer", detail, retry_after_s=5) from failure

    return speak
