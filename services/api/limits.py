"""How much one person may ask in a minute, reads and writes apart."""

from __future__ import annotations

import math
import time
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from services.api.refusals import Refused


class Limits:
    def __init__(self, reads: int, writes: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._budgets = {"read": RateLimitItemPerMinute(reads), "write": RateLimitItemPerMinute(writes)}

    def spend(self, subject: str, budget: Literal["read", "write"]) -> None:
        """Raises `Refused` (429)."""
        item = self._budgets[budget]
        if not self._limiter.hit(item, budget, subject):
            ends = self._limiter.get_window_stats(item, budget, subject).reset_time
            wait = max(1, math.ceil(ends - time.time()))  # who comes back a moment too early is refused again
            raise Refused(429, "too-many-requests", "Too many requests", f"go on in {wait} s", retry_after_s=wait)
