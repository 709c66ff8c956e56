"""One child process that cannot outlive this one, and the signals it may be sent.

The kernel kills the child when this process ends, also by `kill -9`. It watches the *thread* that started the
child, so only the main thread may start one. Output goes to the child's log file; a child leads its own process
group, so that Ctrl-C in a terminal reaches this process alone and it decides in which order things end.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.errors import LocalError

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_TAIL_BYTES = 16_384


class Child:
    """A running process; start it with `Child(...)`. Raises `LocalError` when the program cannot be started."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path | None = None) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("start children from the main thread: the kernel ends them with their thread")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            try:
                self._process = subprocess.Popen(
                    list(argv),
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                    preexec_fn=_ending_with(os.getpid()),  # noqa: PLW1509 - two system calls, no lock, no import
                )
            except OSError as error:
                raise LocalError(
                    f"cannot start {argv[0]!r}: {error.strerror}", "check the program's path and that it is executable"
                ) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def freeze(self) -> None:
        """Stop it in place: it keeps its connections and answers nothing until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash would, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def ask_to_end(self) -> None:
        """SIGTERM, also to a frozen child."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within that time."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def foreground(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a program to its end with this one's stderr; its exit code. It ends with this process, as a child does."""
    ending = _ending_with(os.getpid())
    done = subprocess.run(list(argv), env=dict(env), stdout=sys.stderr, check=False, preexec_fn=ending)
    return done.returncode


def _ending_with(parent: int) -> Callable[[], None]:
    """What the child does before it becomes the program."""

    def end_with_parent() -> None:
        # KILL and not TERM: a child that is hung or deaf to TERM must go as well.
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return end_with_parent


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty log)"
