"""The lives of one replica: one ends at a named point, one is frozen, one runs with something altered."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.altered import ALTERATIONS
from tests.support.pipeline import Pipeline
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

KILLED = -signal.SIGKILL


def killed_at(run: StageRun, point: str, **env: str) -> None:
    """Start it and wait until it has ended at this point, and nowhere else."""
    run.start(CADASTRE_CRASH_AT=point, **env)
    code = run.wait()
    assert code == KILLED, f"at {point} it ended with {code}: {run.text()[-3_000:]}"


def killed_and_started(run: StageRun) -> None:
    run.kill()
    run.start()


def altered(running: Pipeline, name: str, alteration: str) -> StageRun:
    """A replica such as dedupe-0 with one thing in it altered, to be started; what runs under its name is killed."""
    assert alteration in ALTERATIONS
    stage, _, ordinal = name.partition("-")
    if name in running.stages and running.stages[name].running:
        running.stages[name].kill()
    log = running.stages[f"{stage}-0"].log.with_name(f"{name}.log")
    module, arguments = "tests.support.altered", (stage, alteration)
    running.stages[name] = StageRun(module, running.settings, log, {"CADASTRE_ORDINAL": ordinal}, arguments)
    return running.stages[name]


def frozen(run: StageRun) -> bool:
    """Whether the process is stopped."""
    assert run.process is not None
    stat = Path(f"/proc/{run.process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


def wait_until_frozen(run: StageRun, seconds: float = 60.0) -> None:
    wait_until(lambda: frozen(run), f"{run.log.stem} frozen", seconds)


def thaw(run: StageRun) -> None:
    run.signal(signal.SIGCONT)
