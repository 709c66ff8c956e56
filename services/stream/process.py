"""A stage as a process: wires the loop to Kafka, answers signals and probes, and ends with a code that says why."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.topics import REFERENCE, REJECTED, STATS, TOPICS
from services.stream import clients, logs
from services.stream.all_partitions import AllPartitions
from services.stream.brake import Brake
from services.stream.clock import Clock, SystemClock
from services.stream.crash import CrashPoints
from services.stream.deployment import TopicsUnfit, topic_ids
from services.stream.health import HealthServer
from services.stream.heartbeat import Heart
from services.stream.loop import Loop, Stopped
from services.stream.membership import Membership
from services.stream.outcome import Halt, Handler, Incoming
from services.stream.producer import AckedProducer
from services.stream.reading import OffsetLost, ends
from services.stream.restore import PositionLost, Restorer
from services.stream.settings import StreamSettings
from services.stream.sink import ForeignCommit, KafkaSink, Seat, Sink, SinkFactory, TopicReplaced
from services.stream.suspects import Suspects
from services.stream.tables import GlobalTables
from services.stream.watchdog import Watchdog

INIT_TIMEOUT_S = 30.0
STOP_WITHIN_S = 9.0  # those who stop a stage give it ten
GC_AFTER = 50_000  # objects: at the default of 700 a resolver spends a fifth of its time looking for cycles it has not
CRASHED = 1
REFUSED = 2  # the exit code where a restart alone will not help
_ENDS = (signal.SIGTERM, signal.SIGINT)


def collect_seldom() -> None:
    """Look for cycles of garbage as a process of ours does."""
    gc.set_threshold(GC_AFTER, 20, 50)


def _told_to_end() -> int:
    """A file that can be read from as soon as a signal to end arrives, on whichever thread: also on one that a library
    has started, which blocks no signal and would else end the process."""
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells)
    for end in _ENDS:
        signal.signal(end, lambda *_: None)
    return told


class StageProcess:
    """One replica of one stage, until SIGTERM."""

    def __init__(
        self,
        stage: str,
        handlers: Sequence[Handler],
        settings: StreamSettings,
        *,
        global_topics: Sequence[str] = (),
        writes: Sequence[str] = (),
        sink: SinkFactory | None = None,
        clock: Clock | None = None,
        takes_all: bool = False,
        after_step: Callable[[Loop], None] = lambda _: None,
        at_end: Callable[[], None] = lambda: None,
        failing: Mapping[str, int] | None = None,
    ) -> None:
        """`sink`: makes the stage's own, where its outputs go elsewhere than into a Kafka transaction. `takes_all`: it
        joins no group and takes every partition, so that each replica has the whole. `at_end`: called when all is
        committed and nothing more will be. `failing`: the stage's own checks that fail, said in its heartbeats."""
        self._stage = stage
        self._handlers = handlers
        self._settings = settings
        self._global_topics = global_topics
        self._writes = writes
        self._make_sink = sink or self._kafka_sink
        self._clock = clock or SystemClock()
        self._takes_all = takes_all
        self._after_step = after_step
        self._at_end = at_end
        self._failing = failing if failing is not None else {}
        self._stopping = False
        self._loop: Loop | None = None
        self._brake = Brake(stage)

    def run_and_exit(self) -> NoReturn:
        """Run, then end the process at once. All is committed and flushed by then; taking the client of a static member
        apart was seen to wait forever while its group rebalanced."""
        code = CRASHED
        try:
            code = self.run()
        except BaseException as crash:  # noqa: BLE001 - the end of the process: told, then gone, so that it is restarted
            logs.logger().error("crashed", error=type(crash).__name__, frames=logs.frames(crash))
        finally:
            sys.stderr.flush()
            os._exit(code)

    def run(self) -> int:
        logs.configure(self._settings.log_level, stage=self._stage, replica=str(self._settings.ordinal))
        collect_seldom()
        threading.Thread(target=self._await_stop, args=(_told_to_end(),), name="stop", daemon=True).start()
        health = HealthServer(self._settings.http_host, self._settings.http_port, self._not_ready)
        logs.logger().info("probes", host=self._settings.http_host, port=health.port)
        try:
            self._serve()
        except (ForeignCommit, Halt, OffsetLost, PositionLost, TopicReplaced, TopicsUnfit) as refusal:
            logs.logger().error("refused", stage=self._stage, reason=str(refusal))
            return REFUSED
        except KafkaException as failure:
            logs.logger().error("kafka_failed", stage=self._stage, error=str(failure.args[0]))
            return CRASHED
        finally:
            health.close()
        logs.logger().info("stopped", stage=self._stage)
        return 0

    def _serve(self) -> None:
        try:
            self._loop = loop = self._joined()
        except Stopped:
            return
        heart = Heart(loop, AckedProducer(self._settings), self._settings, self._clock, self._failing)
        loop.between_reads = heart.beat
        logs.logger().info("started")
        with suppress(Stopped):
            while not self._stopping:
                loop.step()
                self._after_step(loop)
                heart.beat()
        self._at_end()
        heart.beat(stopping=True)
        heart.close()
        loop.tables.close()

    def _joined(self) -> Loop:
        """The loop, with everything read that must be known before the first decision, as a member of its group.

        The predecessor is fenced before the tables are read, so that they hold all it said; the group is joined only
        then, since the tables may tell that this build is not to join at all.
        """
        settings, admin = self._settings, clients.admin(self._settings)
        crash = CrashPoints(settings.crash_at, settings.freeze_at)
        seat = self._seat(topic_ids(admin, settings, self._topics()), crash)
        sink = self._make_sink(seat)
        tables = self._tables(admin)
        kind = AllPartitions if self._takes_all else Membership
        return Loop(
            self._stage,
            self._handlers,
            kind(seat.consumer, sink, settings, [handler.topic for handler in self._handlers]),
            sink,
            tables,
            Restorer(self._stage, admin, settings),
            brake=self._brake,
            suspects=Suspects(settings.batch_max),
            clock=self._clock,
            rejected_partitions=REJECTED.partitions(settings.partitions),
            crash=crash,
        )

    def _seat(self, ids: Mapping[str, str], crash: CrashPoints) -> Seat:
        settings, stage = self._settings, self._stage
        consumer = clients.follower(settings, group=stage) if self._takes_all else clients.member(settings, stage)
        return Seat(consumer, settings, ids, crash)

    def _kafka_sink(self, seat: Seat) -> Sink:
        producer = clients.transactional_producer(self._settings, clients.replica(self._settings, self._stage))
        producer.init_transactions(INIT_TIMEOUT_S)
        return KafkaSink(producer, seat.consumer, self._settings, seat.topic_ids, seat.crash, Watchdog())

    def _topics(self) -> Iterable[str]:
        """All that this process reads or writes."""
        of_handlers = [topic for handler in self._handlers for topic in (handler.topic, *handler.state_topics)]
        always = (REFERENCE.name, REJECTED.name, STATS.name)
        return dict.fromkeys([*of_handlers, *self._global_topics, *self._writes, *always])

    def _tables(self, admin: AdminClient) -> GlobalTables:
        followed = dict.fromkeys([REFERENCE.name, *self._global_topics])  # the brake's releases come on `reference`
        slots = [
            (topic, partition)
            for topic in followed
            for partition in range(TOPICS[topic].partitions(self._settings.partitions))
        ]
        tables = GlobalTables(
            clients.follower(self._settings), self._settings, ends(admin, self._settings, slots), self._learn
        )
        tables.read_to_end(self._end_if_stopping)
        for handler in self._handlers:
            handler.touched(self._clock.now())  # nothing is held yet: this only says that the tables are whole
        return tables

    def _learn(self, message: Incoming) -> None:
        if message.topic == REFERENCE.name:
            self._brake.learn(message)
        for handler in self._handlers:
            if message.topic in self._global_topics:
                handler.learn(message)

    def _await_stop(self, told: int) -> None:
        """In a thread of its own, since a call that waits for a broker keeps Python from running signal handlers.

        What is under way may end in peace; if the broker lets it not, the process ends all the same, as in a crash.
        """
        os.read(told, 1)
        self._stopping = True
        if self._loop is not None:
            self._loop.stopping = True
        time.sleep(STOP_WITHIN_S)
        logs.logger().error("stopped_uncommitted", waited_s=STOP_WITHIN_S)
        os._exit(CRASHED)

    def _end_if_stopping(self) -> None:
        if self._stopping:
            raise Stopped

    def _not_ready(self) -> list[str]:
        if self._stopping:
            return ["stopping"]
        loop = self._loop
        if loop is None:
            return ["starting: reading the reference tables"]
        if loop.tripped is not None:
            return [str(loop.tripped)]
        if not loop.membership.joined:
            return ["joining the consumer group"]
        if loop.membership.gained:
            return [f"restoring {len(loop.membership.gained)} partitions"]
        return []
