"""`python -m services.api.pulse`, a Faust worker: the heartbeats on `stats` added up to windows, which go back there.

It keeps no table and no file. A position is committed once the windows that its messages count in have ended and are on
the log, so whoever starts next reads open windows again from their first heartbeat. What is no heartbeat is counted,
told and passed over; anything else that goes wrong ends the process, uncommitted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, cast

import faust

from schemas import codec
from schemas.events import Heartbeat, Window
from schemas.partition import partition_of
from schemas.topics import STATS, WINDOW_KEYS, WINDOW_TYPE
from services.api import pulse_metrics as metrics
from services.api.pulse_settings import PulseSettings
from services.api.pulse_stalls import Standings, stalled, standings
from services.api.windows import Windows
from services.stream import logs
from services.stream.health import HealthServer

SAY_EVERY_S = 1.0
CRASHED = 1


class Stalled(Exception):
    """The worker has partitions of which it takes nothing. Nothing but a new one mends that."""


class Event(Protocol):
    """A message as the worker hands it on, and the word that it is done with."""

    @property
    def message(self) -> faust.types.Message: ...
    def ack(self) -> bool: ...


class Pulse:
    """What is added up, by partition; and whether the worker has partitions at all."""

    def __init__(self, settings: PulseSettings) -> None:
        self._settings = settings
        self._windows: defaultdict[int, Windows[Event]] = defaultdict(Windows)
        self._taken: dict[int, int] = {}
        self._standings: Standings = {}
        self.joined = False

    def take(self, event: Event) -> None:
        message = event.message
        self._taken[message.partition] = message.offset
        windows, key = self._windows[message.partition], (message.key or b"").decode(errors="replace")
        if key.startswith(WINDOW_KEYS):  # its own word
            return windows.skip(event)
        beat = _heartbeat(message)
        if beat is None:
            metrics.UNREADABLE.inc()
            logs.logger().error("unreadable", topic=STATS.name, partition=message.partition, offset=message.offset)
            return windows.skip(event)
        metrics.BEATS.labels(beat.stage).inc()
        return windows.take(key, beat, message.timestamp, event)

    async def say(self, stats: faust.types.TopicT) -> None:
        """Say what is news, and give back what is done with once the log has it."""
        partitions = dict(self._windows)
        news = [window for windows in partitions.values() for window in windows.news()]
        sent = [await self._send(stats, window) for window in news]
        await asyncio.gather(*sent)
        if news:
            metrics.SAID_AT.set(time.time())
        for partition, windows in partitions.items():
            if self._windows.get(partition) is windows:  # else it was taken away meanwhile
                for event in windows.settled():
                    event.ack()

    def look(self, ends: Mapping[int, int], now: float) -> None:
        """`ends`: where the partitions that it has end. Raises `Stalled` where it is not getting there."""
        self._standings = standings(self._standings, self._taken, ends, now)
        if late := stalled(self._standings, now):
            raise Stalled(f"partitions {late} of {STATS.name} are not read on")

    async def _send(self, stats: faust.types.TopicT, window: Window) -> asyncio.Future[object]:
        key, at = f"{WINDOW_KEYS}{window.stage}:{window.replica}", codec.rfc3339(window.at)
        headers = codec.cloudevent(WINDOW_TYPE, f"{key}@{at}", "cadastre/pulse", at)
        partition = partition_of(key, STATS.partitions(self._settings.partitions))
        future = await stats.send(key=key.encode(), value=codec.encode(window), partition=partition, headers=headers)
        return asyncio.ensure_future(future)

    async def forget(self, *_: object, **__: object) -> None:
        """Partitions go: whoever has them next reads their open windows again."""
        self._windows.clear()
        self._taken.clear()
        self._standings = {}
        self.joined = False

    async def join(self, *_: object, **__: object) -> None:
        self.joined = True

    def not_ready(self) -> list[str]:
        return [] if self.joined else ["joining the consumer group"]


def _heartbeat(message: faust.types.Message) -> Heartbeat | None:
    """None for what is none."""
    try:
        return codec.heartbeat(message.value or b"")
    except codec.UNREADABLE:
        return None


def worker(settings: PulseSettings) -> tuple[faust.App, Pulse]:
    """The Faust app, and what it adds up."""
    app, pulse = _app(settings), Pulse(settings)
    # Raw on purpose: a value that Faust itself fails to decode would be skipped without a word.
    stats = app.topic(settings.topic(STATS.name), key_serializer="raw", value_serializer="raw")

    @app.agent(stats, concurrency=1)  # type: ignore[untyped-decorator, unused-ignore]
    async def add_up(stream: faust.StreamT[bytes]) -> None:
        events = cast("faust.Stream[bytes]", stream).noack().events()
        with ending():
            async for event in events:
                pulse.take(event)

    @app.timer(SAY_EVERY_S)  # type: ignore[untyped-decorator, unused-ignore]
    async def say() -> None:
        with ending():
            await pulse.say(stats)
            pulse.look(_ends(app) if pulse.joined else {}, time.monotonic())

    app.on_partitions_revoked.connect(pulse.forget, weak=False)
    app.on_rebalance_complete.connect(pulse.join, weak=False)
    return app, pulse


def _ends(app: faust.App) -> dict[int, int]:
    """Where each partition ended when something of it was last fetched."""
    found = {tp.partition: app.consumer.highwater(tp) for tp in app.consumer.assignment()}
    return {partition: end for partition, end in found.items() if end is not None}


def _app(settings: PulseSettings) -> faust.App:
    """The defaults that it departs from were each seen to lose something, to hold it up or to fail."""
    return faust.App(
        f"{settings.topic_prefix}pulse",
        broker=settings.brokers(),
        broker_credentials=settings.credentials(),
        consumer_group_instance_id=f"{settings.topic_prefix}pulse-{settings.ordinal}",
        # After kill -9 the next worker waits until the last one's session ends: a minute at the default. Windows are
        # to be right within 15 s of a restart, so this is the least that a broker takes unless it is told otherwise.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / "cadastre-pulse"),  # it makes one, and puts nothing there
        stream_wait_empty=False,
        topic_allow_declare=False,  # `cadastre topics create` makes them
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        web_enabled=False,
        worker_redirect_stdouts=False,
        logging_config={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"ours": {"()": partial(logs.AsOurs, "faust")}},
            "root": {"level": "WARNING", "handlers": ["ours"]},
        },
    )


@contextmanager
def ending() -> Iterator[None]:
    """Whatever is raised ends the process. Left alone, Faust passes over the message that an agent raises on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the end of the process: told, then gone, so that it is restarted
        logs.logger().error("crashed", error=type(error).__name__, frames=logs.frames(error))
        sys.stderr.flush()
        os._exit(CRASHED)


def main() -> None:
    settings = PulseSettings()
    logs.configure(settings.log_level, stage="pulse", replica=str(settings.ordinal))
    app, pulse = worker(settings)
    metrics.SAID_AT.set(time.time())  # it counts from here: at 0 a start would look like decades of silence
    health = HealthServer(settings.http_host, settings.http_port, pulse.not_ready)
    logs.logger().info("probes", host=settings.http_host, port=health.port)
    run = faust.Worker(app, loglevel="WARN", quiet=True)
    run.spinner = None  # a log is no terminal
    run.execute_from_commandline()


if __name__ == "__main__":
    main()
