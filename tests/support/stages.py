"""Stages as real processes in a test: started, killed, frozen and restarted under one name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.stream.settings import StreamSettings


class StageRun:
    """One replica. Its log goes to a file that a failing assertion can quote."""

    def __init__(
        self,
        module: str,
        settings: StreamSettings,
        log: Path,
        env: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self._module = module
        self._settings = settings
        self.log = log
        self._env = dict(env or {})
        self._arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> StageRun:
        """`env`: more variables for this one life, such as CADASTRE_CRASH_AT."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self._module, *self._arguments],
                env={**os.environ, **environment(self._settings), **self._env, **env},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return self

    def signal(self, signum: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(signum)

    def wait(self, timeout_s: float = 60.0) -> int:
        assert self.process is not None
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"it runs still: {self.text()[-2_000:]}") from late

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self, timeout_s: float = 20.0) -> int:
        """SIGTERM, and the exit code."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait(timeout_s)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def text(self) -> str:
        return self.log.read_text(errors="replace")


def environment(settings: StreamSettings) -> dict[str, str]:
    """The settings as the variables that a process reads them from."""
    given = settings.model_dump(exclude_unset=True)
    return {f"CADASTRE_{name.upper()}": str(value) for name, value in given.items()}
