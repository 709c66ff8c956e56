"""The chaos runner: on its schedule, the same for the same seed, and never taken for alive when it was not."""

from __future__ import annotations

import pytest

from tests.support.chaos import Chaos


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def chaos(time: Time, seed: int = 1) -> Chaos:
    return Chaos(seed, clock=time, sleep=time.sleep)


def moments(seed: int) -> list[float]:
    time = Time()
    seen: list[float] = []
    running = chaos(time, seed).every(5, "note", lambda: seen.append(time.now))
    running.run(lambda: time.now > 60, at_most_s=100)
    return seen


def test_it_acts_about_as_often_as_it_was_told_and_waits_before_the_first() -> None:
    seen = moments(1)
    assert 10 <= len(seen) <= 14
    gaps = [after - before for before, after in zip([0.0, *seen], seen, strict=False)]
    assert all(4.0 <= gap <= 6.1 for gap in gaps)


def test_the_same_seed_acts_at_the_same_moments_and_another_seed_at_others() -> None:
    assert moments(3) == moments(3) != moments(4)


def test_it_fails_when_the_end_does_not_come() -> None:
    with pytest.raises(AssertionError, match="not done after 10 s of chaos: seed 1: note 1 times"):
        chaos(Time()).every(6, "note", lambda: None).run(lambda: False, at_most_s=10)


def test_an_action_that_never_came_is_told() -> None:
    running = chaos(Time()).every(5, "kill", lambda: None)
    running.run(lambda: True, at_most_s=1)
    with pytest.raises(AssertionError, match="kill came fewer than 1 times"):
        running.assert_happened()


@pytest.mark.parametrize(("failing", "alive"), [(4, True), (5, False)])
def test_an_action_that_failed_every_other_time_is_told_with_its_errors(failing: int, alive: bool) -> None:
    left = [*[True] * failing, *[False] * (10 - failing)]

    def act() -> None:
        if left.pop():
            raise OSError("no such broker")

    running = chaos(Time()).every(1, "cut", act)
    running.run(lambda: not left, at_most_s=20)
    assert len(running.actions[0].errors) == failing
    if alive:
        running.assert_happened(at_least=10)
    else:
        with pytest.raises(AssertionError, match=r"cut failed: .'OSError: no such broker'"):
            running.assert_happened(at_least=10)


def test_what_stands_between_is_called_whether_or_not_something_is_due() -> None:
    time = Time()
    calls: list[float] = []
    chaos(time).run(lambda: len(calls) == 5, at_most_s=10, between=lambda: calls.append(time.now))
    assert len(calls) == 5
