"""The real main of a stage with one thing in it altered: `python -m tests.support.altered STAGE ALTERATION`.

All else is as deployed, so that a test can show how a whole stage takes what it never does by itself.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from msgspec import UNSET

from schemas.events import ClientFields
from services.stream.clock import SystemClock
from tests.support.pipeline import Pipeline
from tests.support.stages import StageRun

AHEAD = timedelta(days=8)


def altered(running: Pipeline, name: str, alteration: str) -> StageRun:
    """A replica such as dedupe-0, to be started with this alteration; whatever runs under its name is killed."""
    before = running.stages.get(name)
    if before is not None and before.running:
        before.kill()
    stage, _, ordinal = name.partition("-")
    log = running.folder / f"{name}.log"
    env = {"CADASTRE_ORDINAL": ordinal}
    running.stages[name] = StageRun(__name__, running.settings, log, env, (stage, alteration))
    return running.stages[name]


def older_engine() -> None:
    _patch("services.dedupe.matching", "ENGINE_CODE", lambda code: code - 1)


def newer_engine() -> None:
    _patch("services.dedupe.matching", "ENGINE_CODE", lambda code: code + 1)


def clock_ahead() -> None:
    now = SystemClock().now

    def later(_: SystemClock) -> datetime:
        return now() + AHEAD

    _patch("services.stream.clock", "SystemClock", lambda _: type("Later", (SystemClock,), {"now": later}))


def marked_records() -> None:
    """A record named "RAISE raw", "KILL pooled", … raises or ends the process in the middle of that topic's handler."""
    _patch("services.dedupe.record_handler", "fold", lambda fold: _minding("raw", fold, lambda a: a[1].fields))
    _patch("services.dedupe.client_value", "survive", lambda survive: _minding("pooled", survive, lambda a: a[0][0].fields))
    _patch("services.assign.telling", "decide", lambda decide: _minding("deduped", decide, lambda a: a[0].golden))


def _minding(topic: str, function: Callable[..., Any], fields_of: Callable[[Any], ClientFields]) -> Callable[..., Any]:
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
    alter.__name__: alter for alter in (older_engine, newer_engine, clock_ahead, marked_records)
}

if __name__ == "__main__":
    ALTERATIONS[sys.argv[2]]()
    runpy.run_module(f"services.{sys.argv[1]}", run_name="__main__")
