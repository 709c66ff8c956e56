"""The real main of a stage with one thing in it altered: `python -m tests.support.altered STAGE ALTERATION`.

All else is as deployed, so that a test can show how a whole stage takes what it never does by itself.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from msgspec import UNSET

from schemas.events import ClientFields

AHEAD = timedelta(days=8)

Function = Callable[..., Any]


def older_engine() -> None:
    _patch("services.dedupe.rules", "ENGINE_CODE", lambda code: code - 1)


def newer_engine() -> None:
    _patch("services.dedupe.rules", "ENGINE_CODE", lambda code: code + 1)


def clock_ahead() -> None:
    """Far enough for whatever is kept for a week to be due."""
    clock = import_module("services.stream.clock").SystemClock
    now = clock.now
    clock.now = lambda self: now(self) + AHEAD


def lost_producer() -> None:
    """A producer that is in a fatal state from its first record on."""
    _patch("services.stream.producer", "idempotent_producer", lambda _: lambda *_, **__: _Lost())


class _Lost:
    def produce(self, *_: Any, **__: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._FATAL, "as after a gap in its sequence numbers"))

    def poll(self, seconds: float) -> int:
        time.sleep(seconds)
        return 0

    def flush(self, _seconds: float) -> int:
        return 0


def marked_records() -> None:
    """A record named "RAISE raw …", "KILL pooled …" raises or ends the process amid that topic's handler."""
    _patch("services.dedupe.record_handler", "fold", lambda fold: _minding("raw", fold, lambda given: given[1].fields))
    _patch("services.dedupe.client_value", "survive", lambda f: _minding("pooled", f, lambda given: given[0][0].fields))
    _patch("services.assign.telling", "decide", lambda f: _minding("deduped", f, lambda given: given[0].golden))


def _minding(topic: str, function: Function, fields_of: Callable[[Any], ClientFields]) -> Function:
    def minding(*arguments: Any) -> Any:
        name = fields_of(arguments).name
        if name is not UNSET and name.startswith(f"RAISE {topic}"):
            raise ArithmeticError("the record is marked")
        if name is not UNSET and name.startswith(f"KILL {topic}"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return function(*arguments)

    return minding


def _patch(module: str, name: str, by: Callable[[Any], Any]) -> None:
    loaded = import_module(module)
    setattr(loaded, name, by(getattr(loaded, name)))


ALTERATIONS: Mapping[str, Callable[[], None]] = {
    alter.__name__: alter for alter in (older_engine, newer_engine, clock_ahead, lost_producer, marked_records)
}

if __name__ == "__main__":
    ALTERATIONS[sys.argv[2]]()
    runpy.run_module(f"services.{sys.argv[1]}", run_name="__main__")
