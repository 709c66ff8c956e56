"""Supervised children: they come back, they give up, and they never outlive their supervisor."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import revival
from deploy.local.errors import LocalError
from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from tests.integration.local.orphans import DEAF, SLEEPER
from tests.integration.local.processes import is_gone
from tests.support.waiting import wait_until

DYING = [sys.executable, "-c", "import sys; sys.exit('no such topic: raw')"]


class Jumping:
    """A clock that moves a second at each look, so that waits pass at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def supervisor_in(folder: Path, told: list[str] | None = None) -> Supervisor:
    return Supervisor(folder, base_env(), clock=Jumping(), tell=(told if told is not None else []).append)


def test_a_dead_child_comes_back_under_the_same_name_and_log(tmp_path: Path) -> None:
    told: list[str] = []
    announcing = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
    with supervisor_in(tmp_path, told) as supervisor:
        supervisor.start("dedupe", announcing)
        first = supervisor.pid("dedupe")
        log = tmp_path / "dedupe.log"
        wait_until(lambda: log.exists() and log.read_text().split() == [str(first)], "first line in the log")

        supervisor.kill("dedupe")
        assert supervisor.pid("dedupe") is None
        supervisor.watch(until=lambda: supervisor.pid("dedupe") is not None)

        second = supervisor.pid("dedupe")
        assert second != first
        wait_until(lambda: log.read_text().split() == [str(first), str(second)], "second line in the log")
    assert "dedupe ended by signal 9" in told[0]


def test_a_child_that_keeps_dying_ends_the_watch_with_its_last_words(tmp_path: Path) -> None:
    with supervisor_in(tmp_path) as supervisor:
        supervisor.start("assign", DYING)
        with pytest.raises(LocalError) as caught:
            supervisor.watch()
    assert "assign died 5 times within 30 s, the last time with exit code 1" in caught.value.problem
    assert "no such topic: raw" in caught.value.problem
    assert str(tmp_path / "assign.log") in caught.value.remedy


def test_a_child_that_refuses_to_run_is_not_started_again(tmp_path: Path) -> None:
    refusing = [sys.executable, "-c", "import sys; print('raw has 3 partitions, not 16'); sys.exit(2)"]
    with supervisor_in(tmp_path) as supervisor:
        supervisor.start("dedupe", refusing)
        with pytest.raises(LocalError, match=r"dedupe refuses to run:\n +raw has 3 partitions"):
            supervisor.watch()


def test_waits_grow_from_half_a_second_and_end_at_the_fifth_death() -> None:
    assert [revival.delay([0.0] * deaths) for deaths in range(1, 6)] == [0.5, 1.0, 2.0, 4.0, None]


def test_deaths_longer_ago_than_half_a_minute_are_forgotten() -> None:
    assert revival.recent([0.0, 5.0, 29.0], now=31.0) == [5.0, 29.0]


def test_stop_ends_all_children_also_a_frozen_one(tmp_path: Path) -> None:
    supervisor = supervisor_in(tmp_path)
    supervisor.start("one", SLEEPER)
    supervisor.start("two", SLEEPER)
    supervisor.freeze("two")
    pids = [supervisor.pid("one"), supervisor.pid("two")]
    supervisor.stop()
    assert all(pid is not None and is_gone(pid) for pid in pids)


def test_stop_kills_a_child_that_ignores_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.supervisor.STOP_SECONDS", 0.2)
    supervisor = supervisor_in(tmp_path)
    supervisor.start("deaf", DEAF)
    log = tmp_path / "deaf.log"
    wait_until(lambda: "deaf" in log.read_text(), "the child ignores SIGTERM")
    pid = supervisor.pid("deaf")
    supervisor.stop()
    assert pid is not None
    assert is_gone(pid)


def test_a_frozen_child_goes_on_after_thaw(tmp_path: Path) -> None:
    counting = [sys.executable, "-uc", "import time\nwhile True: print('tick'); time.sleep(0.01)"]
    with supervisor_in(tmp_path) as supervisor:
        supervisor.start("ticker", counting)
        log, pid = tmp_path / "ticker.log", supervisor.pid("ticker")
        wait_until(lambda: log.read_text() != "", "it ticks")
        supervisor.freeze("ticker")
        wait_until(lambda: ") T " in Path(f"/proc/{pid}/stat").read_text(), "it is stopped")
        still = log.read_text()
        supervisor.thaw("ticker")
        wait_until(lambda: len(log.read_text()) > len(still), "it ticks again")
        assert supervisor.pid("ticker") == pid


def test_a_child_gets_the_base_environment_and_its_own_overrides(tmp_path: Path) -> None:
    showing = [sys.executable, "-c", "import os; print(os.environ['SHARED'], os.environ['OWN'])"]
    with Supervisor(tmp_path, {"SHARED": "base", "OWN": "base"}) as supervisor:
        supervisor.start("shown", showing, {"OWN": "own"})
        wait_until(lambda: (tmp_path / "shown.log").read_text() == "base own\n", "its environment in the log")


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with supervisor_in(tmp_path) as supervisor, pytest.raises(LocalError, match="no-such-program"):
        supervisor.start("ghost", ["no-such-program"])


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    with supervisor_in(tmp_path) as supervisor:
        supervisor.start("dedupe", SLEEPER)
        with pytest.raises(ValueError, match="'dedupe' is already supervised"):
            supervisor.start("dedupe", SLEEPER)


def test_children_die_when_their_supervisor_is_killed_also_those_frozen_or_deaf(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.integration.local.orphans", "supervisor", str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(children) == 3
        assert not any(is_gone(pid) for pid in children)
        parent.kill()
    wait_until(lambda: all(is_gone(pid) for pid in children), "all children are gone")
