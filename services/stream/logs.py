"""JSON logs, one line an outcome. Never a payload field: keys of clients and positions are all that is named."""

from __future__ import annotations

import logging
import sys
from traceback import extract_tb
from typing import cast

import structlog

# What the Kafka client says of itself. Silent until `configure`: a command tells its own failures, in one line.
KAFKA = logging.getLogger("cadastre.kafka")
KAFKA.propagate = False
KAFKA.addHandler(logging.NullHandler())


class AsOurs(logging.Handler):
    """What a library says, as a line of ours. `event`: who says it."""

    def __init__(self, event: str) -> None:
        super().__init__()
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        at = {"error": type(error).__name__, "frames": frames(error)} if error is not None else {}
        logger().log(max(record.levelno, logging.WARNING), self._event, told=record.getMessage(), **at)


def configure(level: str, **context: str) -> None:
    """Once per process, before the first line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**context)
    KAFKA.handlers = [AsOurs("kafka_client")]


def logger() -> structlog.stdlib.BoundLogger:
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger())


def frames(error: BaseException) -> list[str]:
    """Where it was raised, innermost last. The error's own text may quote a record, so it is not for the log."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)[-5:]]
