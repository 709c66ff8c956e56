"""Keeps named child processes running: a dead one starts again under its name, all end with this process.

Each child writes to `<logs>/<name>.log`. Children start and restart only inside the calls below, so call them
from the main thread; nothing runs in the background. A child that keeps dying ends the watch with its last words.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from deploy.local import revival
from deploy.local.child import Child, tail
from deploy.local.errors import LocalError

STOP_SECONDS = 10.0
REFUSED = 2  # the exit code of a service that a restart would not help
_POLL_SECONDS = 0.1


@dataclass(slots=True)
class _Service:
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    child: Child | None = None
    deaths: list[float] = field(default_factory=list)
    due: float = 0.0


class Supervisor:
    """`with Supervisor(logs, env) as supervisor:` stops all children at its end, whatever ends it."""

    def __init__(
        self,
        logs: Path,
        base_env: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = print,
    ) -> None:
        """`base_env` goes to every child; `tell` hears of deaths and restarts."""
        self.logs = logs
        self._base_env = dict(base_env)
        self._clock = clock
        self._tell = tell
        self._services: dict[str, _Service] = {}

    def start(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Starts it now and keeps it running; `env` overrides the base environment."""
        if name in self._services:
            raise ValueError(f"a service named {name!r} is already supervised; choose another name")
        service = _Service(argv, {**self._base_env, **(env or {})}, self.logs / f"{name}.log")
        service.child = Child(service.argv, env=service.env, log=service.log)
        self._services[name] = service

    def run_once(self) -> None:
        """Notices the dead and starts again those whose time has come. Raises `LocalError`, with the end of its
        log, for one that died five times within 30 s, or at
        once for one that says that a restart will not help."""
        for name, service in self._services.items():
            if service.child is None:
                self._revive_when_due(name, service)
            elif (code := service.child.exit_code) is not None:
                self._bury(name, service, code)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """`run_once` again and again until the condition holds."""
        while not until():
            self.run_once()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Asks all to end, waits 10 s, and kills what is left. Nothing is started again."""
        children = [service.child for service in self._services.values() if service.child is not None]
        self._services.clear()
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            if not child.wait(deadline - time.monotonic()):
                child.kill()

    def pid(self, name: str) -> int | None:
        """None between a death and the restart."""
        child = self._services[name].child
        return child.pid if child is not None and child.exit_code is None else None

    def kill(self, name: str) -> None:
        """Ends it as a crash would; `run_once` starts it again."""
        self._running(name).kill()

    def freeze(self, name: str) -> None:
        """It keeps its connections and does nothing until `thaw`."""
        self._running(name).freeze()

    def thaw(self, name: str) -> None:
        self._running(name).thaw()

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self, name: str) -> Child:
        child = self._services[name].child
        if child is None or child.exit_code is not None:
            raise RuntimeError(f"{name} is not running at the moment")
        return child

    def _bury(self, name: str, service: _Service, code: int) -> None:
        now = self._clock()
        service.child = None
        service.deaths = [*revival.recent(service.deaths, now), now]
        if code == REFUSED:
            raise LocalError(f"{name} refuses to run:\n{tail(service.log)}", f"see {service.log}")
        wait = revival.delay(service.deaths)
        if wait is None:
            raise LocalError(
                f"{name} died {len(service.deaths)} times within {revival.WITHIN:.0f} s, the last time "
                f"{_ending(code)}:\n{tail(service.log)}",
                f"see {service.log}",
            )
        self._tell(f"{name} ended {_ending(code)}; starting it again in {wait:g} s ({service.log})")
        service.due = now + wait

    def _revive_when_due(self, name: str, service: _Service) -> None:
        if self._clock() < service.due:
            return
        service.child = Child(service.argv, env=service.env, log=service.log)
        self._tell(f"{name} runs again as process {service.child.pid}")


def _ending(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
