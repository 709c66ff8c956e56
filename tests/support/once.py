"""What one worker of a run makes and all of them use: the others wait for the first, and the maker ends it last."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

import pytest

T = TypeVar("T")


@contextmanager
def once(factory: pytest.TempPathFactory, name: str, make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """What `make` gives must pickle. A lock is held by all who use it, and goes with a worker that crashes."""
    folder = factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    made = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock, ExitStack() as mine:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_mine := not made.exists():
            value = mine.enter_context(make())
            made.write_bytes(pickle.dumps(value))
        else:
            value = pickle.loads(made.read_bytes())
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield value
        if is_mine:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made.unlink()
