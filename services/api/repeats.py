"""Commands that come twice: the second gets the first one's answer, and nothing is done again."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.api.refusals import Refused

KEPT_S = 24 * 3_600
KEPT_MAX = 50_000

Key = tuple[str, str]  # who asks, and their Idempotency-Key


@dataclass(slots=True)
class _Kept:
    print: str
    at: float
    answer: bytes | None = None  # None while it is under way


class Repeats:
    """In this replica's memory. Another one knows a command by what it said, once that is on the log (`commands`)."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._clock = clock

    async def once(self, key: Key, request: str, act: Callable[[], Awaitable[bytes]]) -> bytes:
        """Raises `Refused`: 422 for another request under the key, 409 where the first is under way. A command that was
        refused may be sent again under its key."""
        self._forget()
        digest = hashlib.sha256(request.encode()).hexdigest()
        kept = self._kept.get(key)
        if kept is not None:
            if kept.print != digest:
                raise Refused(422, "key-reused", "Another request", "this Idempotency-Key was used for another request")
            if kept.answer is None:
                raise Refused(409, "under-way", "Under way", "the same request is under way", retry_after_s=1)
            return kept.answer
        self._kept[key] = entry = _Kept(digest, self._clock())
        try:
            entry.answer = await act()
        except BaseException:
            self._kept.pop(key, None)  # `_forget` may have been there first
            raise
        return entry.answer

    def _forget(self) -> None:
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if len(self._kept) <= KEPT_MAX and self._clock() - oldest.at < KEPT_S:
                return
            self._kept.popitem(last=False)
