"""Ends the process when a transaction call does not return: some ignore their timeout while a broker is frozen."""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

LIMIT_S = 30.0  # the transaction times out at 10 s: after three times that, nothing good can come
EXIT_CODE = 70


class Watchdog:
    """`with watchdog:` around the calls that must return. Re-entered for every transaction, so it only notes a time."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._entered_at: float | None = None
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def __enter__(self) -> None:
        self._entered_at = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered_at = None

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            entered_at = self._entered_at
            if entered_at is not None and time.monotonic() - entered_at > self._limit_s:
                os._exit(EXIT_CODE)
