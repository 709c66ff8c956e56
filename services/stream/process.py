"""A stage as a process: wires the loop to Kafka, answers signals and probes, and ends with a code that says why."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from types import FrameType

from confluent_kafka import KafkaException

from schemas.topics import REFERENCE, REJECTED, STATS, TOPICS
from services.stream import clients, logs
from services.stream.brake import Brake
from services.stream.clock import Clock, SystemClock
from services.stream.crash import CrashPoints
from services.stream.deployment import TopicsUnfit, topic_ids
from services.stream.health import HealthServer
from services.stream.heartbeat import Heart
from services.stream.loop import Loop
from services.stream.membership import Membership
from services.stream.outcome import Halt, Handler, Incoming
from services.stream.producer import AckedProducer
from services.stream.reading import OffsetLost, ends
from services.stream.restore import PositionLost, Restorer
from services.stream.settings import StreamSettings
from services.stream.sink import KafkaSink, TopicReplaced
from services.stream.suspects import Suspects
from services.stream.tables import GlobalTables
from services.stream.watchdog import Watchdog

INIT_TIMEOUT_S = 30.0
REFUSED = 2  # the exit code where a restart alone will not help


class StageProcess:
    """One replica of one stage. `run` returns the exit code."""

    def __init__(
        self,
        stage: str,
        handlers: Sequence[Handler],
        settings: StreamSettings,
        *,
        global_topics: Sequence[str] = (),
        writes: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self._stage = stage
        self._handlers = handlers
        self._settings = settings
        self._global_topics = global_topics
        self._writes = writes
        self._clock = clock or SystemClock()
        self._stopping = False
        self._loop: Loop | None = None
        self._brake = Brake(stage)

    def run(self) -> int:
        logs.configure(self._settings.log_level, stage=self._stage, replica=str(self._settings.ordinal))
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        health = HealthServer(self._settings.http_host, self._settings.http_port, self._not_ready)
        try:
            self._serve()
        except (Halt, OffsetLost, PositionLost, TopicReplaced, TopicsUnfit) as refusal:
            logs.logger().error("refused", stage=self._stage, reason=str(refusal))
            return REFUSED
        except KafkaException as failure:
            logs.logger().error("kafka_failed", stage=self._stage, error=str(failure.args[0]))
            return 1
        finally:
            health.close()
        logs.logger().info("stopped", stage=self._stage)
        return 0

    def _serve(self) -> None:
        settings = self._settings
        admin = clients.admin(settings)
        inputs = [handler.topic for handler in self._handlers]
        states = [topic for handler in self._handlers for topic in handler.state_topics]
        named = dict.fromkeys(
            [*inputs, *states, *self._global_topics, *self._writes, REFERENCE.name, REJECTED.name, STATS.name]
        )
        ids = topic_ids(admin, settings, named)
        producer = clients.transactional_producer(settings, clients.replica(settings, self._stage))
        producer.init_transactions(INIT_TIMEOUT_S)
        crash = CrashPoints(settings.crash_at)
        consumer = clients.member(settings, self._stage)
        sink = KafkaSink(producer, consumer, settings, ids, crash, Watchdog())
        followed = dict.fromkeys([REFERENCE.name, *self._global_topics])  # the brake's releases come on `reference`
        slots = [(topic, partition) for topic in followed for partition in self._partitions(topic)]
        tables = GlobalTables(clients.reader(settings), settings, ends(admin, settings, slots), self._learn)
        tables.read_to_end()
        for handler in self._handlers:
            handler.touched(self._clock.now())  # nothing is held yet: this only says that the tables are whole
        membership = Membership(consumer, sink, settings, inputs)
        self._loop = loop = Loop(
            self._stage,
            self._handlers,
            membership,
            sink,
            tables,
            Restorer(admin, settings),
            brake=self._brake,
            suspects=Suspects(settings.batch_max),
            clock=self._clock,
            rejected_partitions=REJECTED.partitions(settings.partitions),
            crash=crash,
        )
        heart = Heart(loop, AckedProducer(settings), settings, self._clock)
        logs.logger().info("started", stage=self._stage)
        while not self._stopping:
            loop.step()
            heart.beat()
        heart.beat(stopping=True)
        heart.close()
        tables.close()

    def _learn(self, message: Incoming) -> None:
        if message.topic == REFERENCE.name:
            self._brake.learn(message)
        for handler in self._handlers:
            if message.topic in self._global_topics:
                handler.learn(message)

    def _partitions(self, topic: str) -> range:
        return range(TOPICS[topic].partitions(self._settings.partitions))

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _not_ready(self) -> list[str]:
        if self._stopping:
            return ["stopping"]
        loop = self._loop
        if loop is None:
            return ["starting: reading the reference tables"]
        if loop.tripped is not None:
            return [str(loop.tripped)]
        if loop.membership.gained:
            return [f"restoring {len(loop.membership.gained)} partitions"]
        return []
