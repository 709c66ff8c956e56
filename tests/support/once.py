"""What one worker of a run makes and all of them use: the others wait for the first, and the maker ends it last."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


@contextmanager
def once(factory: pytest.TempPathFactory, name: str, make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """What `make` gives must pickle. The locks go with a worker that crashes."""
    folder = factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    made = folder / f"{name}.pickle"
    with ExitStack() as mine, (folder / f"{name}.users").open("w") as users:
        with _alone(folder / f"{name}.making"):
            if is_mine := not made.exists():
                value = mine.enter_context(make())
                made.write_bytes(pickle.dumps(value))
            else:
                value = pickle.loads(made.read_bytes())
            fcntl.flock(users, fcntl.LOCK_SH)
        yield value
        if is_mine:
            with _alone(folder / f"{name}.making"):
                made.unlink()  # whoever asks from now on makes another
            fcntl.flock(users, fcntl.LOCK_EX)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
