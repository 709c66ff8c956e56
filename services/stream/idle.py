"""Is anything pending? Two looks in a row must find every reader at the high watermarks of all that it reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas import codec
from schemas.events import Heartbeat
from schemas.topics import STAGES, STATS, TOPICS, WINDOW_KEYS
from services.stream import admin, clients, reading
from services.stream.outcome import Incoming
from services.stream.reading import Slot
from services.stream.settings import StreamSettings

STALE = timedelta(seconds=5)  # a replica that has not beaten for so long says nothing about the present
LOOK_EVERY_S = 0.1


class StillPending(Exception):
    """The bound passed with work left; says what is left."""


@dataclass(frozen=True, slots=True)
class Look:
    ends: dict[Slot, int]
    behind: list[str]


class IdleWatch:
    """Follows `stats`. One consumer for its life, so that a look costs milliseconds."""

    def __init__(self, settings: StreamSettings, stages: Sequence[str]) -> None:
        self._settings = settings
        self._stages = stages
        self._admin = clients.admin(settings)
        self._consumer = clients.follower(settings)
        self._latest: dict[str, Heartbeat] = {}
        self._following = reading.Reading(self._consumer, settings, admin.ends(settings, [STATS.name]), follow=True)

    def wait(self, timeout_s: float, progress: Callable[[str], None] = lambda _: None) -> None:
        """Return once nothing is pending. Raises `StillPending` after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        before: Look | None = None
        while True:
            look = self.look()
            if not look.behind and before is not None and not before.behind and before.ends == look.ends:
                return
            if time.monotonic() > deadline:
                raise StillPending(f"after {timeout_s:.0f} s still pending: {'; '.join(look.behind) or 'moving ends'}")
            progress("; ".join(look.behind))
            before = look

    def look(self) -> Look:
        """Take the heartbeats that have come, then compare with the ends as they are now."""
        self._following.advance(self._take, LOOK_EVERY_S)
        topics = dict.fromkeys(t for stage in self._stages for t in (*STAGES[stage].shared, *STAGES[stage].whole))
        ends = reading.ends(
            self._admin,
            self._settings,
            [(t, p) for t in topics for p in range(TOPICS[t].partitions(self._settings.partitions))],
        )
        behind = [problem for stage in self._stages for problem in self._behind(stage, ends)]
        return Look(ends, behind)

    def close(self) -> None:
        self._consumer.close()

    def _take(self, message: Incoming) -> None:
        if message.value is not None and not message.key.startswith(WINDOW_KEYS):
            self._latest[message.key] = codec.heartbeat(message.value)

    def _behind(self, stage: str, ends: Mapping[Slot, int]) -> list[str]:
        now = datetime.now(UTC)
        replicas = [h for h in self._latest.values() if h.stage == stage and now - h.at < STALE]
        live = [h for h in replicas if h.state != "stopping"]
        if not live:
            return [f"{stage} is not running"]
        problems = [f"{stage}-{h.replica} is {h.state}" for h in live if h.state != "running"]
        problems += [f"{stage}-{h.replica} re-examines {h.re_examining}" for h in live if h.re_examining]
        problems += [f"{stage}-{h.replica} is behind by {h.lag}" for h in live if not h.caught_up]
        reads = STAGES[stage]
        problems += [
            f"{stage} has not seen the end of {topic}"
            for topic in reads.shared
            if any(max(_at(h, slot) for h in live) < end for slot, end in ends.items() if slot[0] == topic)
        ]
        problems += [
            f"{stage}-{h.replica} has not seen the end of {topic}"
            for topic in reads.whole
            for h in live
            if any(_at(h, slot) < end for slot, end in ends.items() if slot[0] == topic)
        ]
        return problems


def _at(heartbeat: Heartbeat, slot: Slot) -> int:
    return heartbeat.positions.get(slot[0], {}).get(slot[1], 0)
