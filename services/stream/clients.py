"""How each Kafka client is configured. The reasons stand here, since every default left alone was measured too."""

from __future__ import annotations

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from services.stream.logs import KAFKA
from services.stream.settings import StreamSettings

LONGEST_MESSAGE = 4_194_304  # bytes, that a producer of ours sends; the topics' own bounds decide below it
Config = dict[str, str | int | float | bool]


def _shared(settings: StreamSettings) -> Config:
    return {
        "bootstrap.servers": settings.bootstrap,
        "log_level": 4,
        "reconnect.backoff.max.ms": 500,  # the default grows to 10 s, on top of every outage
        **settings.kafka,
    }


def replica(settings: StreamSettings, stage: str) -> str:
    """The stable name of this replica: static member and transactional id, so that a restart is not a rebalance."""
    return f"{settings.topic_prefix}{stage}-{settings.ordinal}"


def _reading(settings: StreamSettings) -> Config:
    return _shared(settings) | {
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",  # a lost position is refused, never guessed
        "enable.partition.eof": True,  # the only sound sign of "nothing more to read": transaction markers take offsets
        "fetch.wait.max.ms": 100,
        "fetch.queue.backoff.ms": 10,  # the default makes a partition that was paused wait a second for its first fetch
        "queued.max.messages.kbytes": 65_536,
        # The broker counts what is compressed and the queue what is not: by the default of 1 MiB a partition, one
        # answer of long and repetitive values can unpack to hundreds of MiB.
        "fetch.message.max.bytes": 65_536,
        # A broker that comes back names topics before their leaders: who joins in that moment is assigned nothing, and
        # would learn better with the next look at the metadata, by default five minutes later.
        "topic.metadata.refresh.interval.ms": 10_000,
    }


def member(settings: StreamSettings, stage: str) -> Consumer:
    """A static member of the stage's consumer group."""
    return Consumer(
        _reading(settings)
        | {
            "group.id": f"{settings.topic_prefix}{stage}",
            "group.instance.id": replica(settings, stage),
            "group.protocol": "classic",  # a killed static member may come back at once, which the newer one refuses
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": settings.session_timeout_ms,
            "heartbeat.interval.ms": min(1_000, settings.session_timeout_ms // 3),  # 1 s: a join costs 1.0 s, not 3.2
            "max.poll.interval.ms": max(120_000, settings.session_timeout_ms),
        },
        logger=KAFKA,
    )


def reader(settings: StreamSettings, group: str = "reader") -> Consumer:
    """A consumer that joins no group: to read what there is once, and to look at a group's positions."""
    return Consumer(_reading_alone(settings, group) | {"fetch.wait.max.ms": 20}, logger=KAFKA)


def follower(settings: StreamSettings, group: str = "reader") -> Consumer:
    """As a reader, but it stays and follows; while nothing comes it asks a fifth as often."""
    return Consumer(_reading_alone(settings, group), logger=KAFKA)


def _reading_alone(settings: StreamSettings, group: str) -> Config:
    return _reading(settings) | {
        "group.id": f"{settings.topic_prefix}{group}",
        "auto.offset.reset": "earliest",  # it always reads from the start, wherever retention has put that
    }


def _writing(settings: StreamSettings) -> Config:
    return _shared(settings) | {
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.max.bytes": LONGEST_MESSAGE,  # sizes are checked before produce
    }


def transactional_producer(settings: StreamSettings, transactional_id: str) -> Producer:
    return Producer(
        _writing(settings)
        | {
            "transactional.id": transactional_id,
            # By default a client whose last connection breaks forgets its brokers, and the next transaction waits for
            # one of them, the group's coordinator, until the watchdog ends the process (librdkafka issue 5511). What
            # "none" can't bring back (no known leader after a long freeze) times out here; other clients would hang.
            "metadata.recovery.strategy": "none",
            "transaction.timeout.ms": 10_000,  # a frozen replica stalls its successor for this long, not for 60 s
            "retry.backoff.ms": 5,  # the default adds ~100 ms to a third of all transactions
        },
        logger=KAFKA,
    )


def idempotent_producer(settings: StreamSettings, *, delivery_timeout_s: float = 30.0) -> Producer:
    return Producer(_writing(settings) | {"delivery.timeout.ms": int(delivery_timeout_s * 1_000)}, logger=KAFKA)


def admin(settings: StreamSettings) -> AdminClient:
    return AdminClient(_shared(settings), logger=KAFKA)
