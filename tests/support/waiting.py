"""Waiting for a condition instead of for time."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Returns soon after the condition holds; fails with `what` when it does not within that time.

    It asks less often the longer it waits: a condition that asks Kafka or a database takes from what it waits for.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(min(0.01 + waited / 10, 0.25))
