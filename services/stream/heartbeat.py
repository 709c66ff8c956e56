"""How this replica stands, said on `stats` every second and whenever it comes to stand at the end of its inputs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

from schemas.codec import cloudevent, encode, rfc3339
from schemas.events import Heartbeat
from schemas.partition import partition_of
from schemas.topics import STATS
from services.stream import metrics
from services.stream.clock import Clock
from services.stream.loop import Loop
from services.stream.producer import AckedProducer, ProducerLost
from services.stream.settings import StreamSettings
from services.stream.tally import Tally

FLUSH_S = 2.0  # of the last heartbeat: with a broker that is away it is not worth more of the ten seconds
SOON_S = 0.1  # after news; a steady trickle of records is news after every batch


class Heart:
    """Beats through a plain producer: a heartbeat that is lost is followed by the next. Raises `ProducerLost` where
    none will follow."""

    def __init__(
        self,
        loop: Loop,
        producer: AckedProducer,
        settings: StreamSettings,
        clock: Clock,
        failing: Mapping[str, int],
    ) -> None:
        self._loop = loop
        self._producer = producer
        self._settings = settings
        self._clock = clock
        self._failing = failing
        self._beaten_at = 0.0
        self._said: tuple[object, ...] = ()
        self._decided = 0

    def beat(self, *, stopping: bool = False) -> None:
        """Called after every step and between the reads of a restore.

        Speaks when a second has passed or something that others wait for has changed.
        """
        loop, tick = self._loop, time.monotonic()
        caught_up = loop.caught_up()
        positions = self._positions() if caught_up else {}
        elapsed = tick - self._beaten_at
        news = (caught_up, positions)
        due = self._settings.heartbeat_every_s if not caught_up or news == self._said else SOON_S
        if elapsed < due and not stopping:
            return
        lag = loop.membership.lag()
        tally, loop.tally = loop.tally, Tally()
        self._send(
            Heartbeat(
                stage=loop.stage,
                replica=str(self._settings.ordinal),
                at=self._clock.now(),
                state="stopping" if stopping else _state(loop),
                caught_up=caught_up,
                lag=lag,
                re_examining=len(loop.waiting),
                positions=positions or self._positions(),
                counts=self._counts(),
                failing=dict(self._failing),
                rate_per_s=round((loop.decided - self._decided) / elapsed, 1) if self._beaten_at else 0.0,
                decided=dict(tally.decided),
                rejected=dict(tally.rejected),
                took=dict(tally.took),
                tallies={name: dict(own) for name, own in tally.tallies.items()},
            )
        )
        metrics.LAG.labels(loop.stage).set(lag)
        metrics.RE_EXAMINING.labels(loop.stage).set(len(loop.waiting))
        metrics.CAUGHT_UP.labels(loop.stage).set(caught_up)
        metrics.BRAKE.labels(loop.stage).set(loop.tripped is not None)
        self._beaten_at, self._said, self._decided = tick, news, loop.decided

    def close(self) -> None:
        self._producer.close(FLUSH_S)

    def _positions(self) -> dict[str, dict[int, int]]:
        positions: dict[str, dict[int, int]] = {}
        for (topic, partition), offset in (self._loop.membership.at_end | self._loop.tables.at).items():
            if topic == STATS.name:
                continue  # every heartbeat would be news, and so another heartbeat
            positions.setdefault(topic, {})[partition] = offset
        return positions

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for (topic, _), position in self._loop.membership.positions.items():
            for outcome, n in position.counts.items():
                name = f"{topic}.{outcome}"
                counts[name] = counts.get(name, 0) + n
        return counts

    def _send(self, heartbeat: Heartbeat) -> None:
        key = f"{heartbeat.stage}:{heartbeat.replica}"
        at = rfc3339(heartbeat.at)
        headers = cloudevent(STATS.event_type, f"{key}@{at}", f"cadastre/{heartbeat.stage}", at)
        partition = partition_of(key, STATS.partitions(self._settings.partitions))
        self._producer.send(STATS.name, key, encode(heartbeat), partition, headers)
        if self._producer.lost is not None:
            raise ProducerLost(self._producer.lost)


def _state(loop: Loop) -> Literal["paused", "restoring", "running"]:
    if loop.tripped is not None:
        return "paused"
    return "restoring" if loop.membership.gained else "running"
