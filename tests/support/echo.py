"""The smallest stage: counts the records of each key on `raw`, and says every count on `records`, its state.

It knows nothing of clients, so that what the loop promises is shown by the loop alone: each count is said once, and
the last count of a key is the number of its records.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from datetime import datetime

import msgspec

from schemas.reasons import Reason
from services.stream.outcome import Effects, Incoming, Output, Rejection, StateKey
from services.stream.process import StageProcess
from services.stream.settings import StreamSettings


class Count(msgspec.Struct, frozen=True):
    key: str
    n: int
    payload: str


class Echo:
    """`raise` as a value makes it raise, `kill` ends the process, `bad` makes it refuse."""

    topic = "raw"
    state_topics = ("records",)
    mark = ""

    def __init__(self) -> None:
        self._counts: dict[int, dict[str, int]] = {}

    def restore(self, message: Incoming) -> None:
        if message.value is not None:
            count = msgspec.json.decode(message.value, type=Count)
            self._counts.setdefault(message.partition, {})[count.key] = count.n

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        return []

    def drop(self, partition: int) -> None:
        self._counts.pop(partition, None)

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        changed: dict[tuple[int, str], int] = {}
        for message in batch:
            if message.value == b"raise":
                raise ValueError("asked to raise")
            if message.value == b"kill":
                os.kill(os.getpid(), signal.SIGSEGV)
            if message.value == b"bad":
                effects.rejections.append(Rejection(message, Reason.MALFORMED, "value is bad: send another"))
                continue
            slot = (message.partition, message.key)
            held = self._counts.get(message.partition, {}).get(message.key, 0)
            changed[slot] = n = changed.get(slot, held) + 1
            value = msgspec.json.encode(Count(message.key, n, (message.value or b"").decode()))
            effects.outputs.append(Output("records", message.key, value, message.partition, message.headers))
            effects.count(message.partition, "echoed")
        for (partition, key), n in changed.items():
            self._counts.setdefault(partition, {})[key] = n
        return effects

    def learn(self, message: Incoming) -> None:
        """It follows no table."""

    def touched(self, now: datetime) -> Sequence[StateKey]:
        return []

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        return Effects()

    def next_moment(self) -> datetime | None:
        return None


if __name__ == "__main__":
    StageProcess("echo", [Echo()], StreamSettings()).run_and_exit()
