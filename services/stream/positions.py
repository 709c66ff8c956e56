"""Where a stage's group stands, looked at and moved from outside, while the stage is stopped.

Kafka refuses to move the positions of a group that has members, so a replica that starts meanwhile can't be overrun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from confluent_kafka import ConsumerGroupState, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]
from msgspec import structs

from services.stream import clients
from services.stream.deployment import topic_ids
from services.stream.reading import CALL_TIMEOUT_S, Slot
from services.stream.settings import StreamSettings
from services.stream.sink import ForeignCommit, Position, metadata_of, metadata_text


def committed(settings: StreamSettings, stage: str, slots: Sequence[Slot]) -> dict[Slot, Position | None]:
    """What stands committed for the group; None where that is somebody else's word, or about a topic's namesake."""
    ids = topic_ids(clients.admin(settings), settings, dict.fromkeys(topic for topic, _ in slots))
    consumer = clients.reader(settings, group=stage)
    try:
        asked = [TopicPartition(settings.topic(topic), partition) for topic, partition in slots]
        found: dict[Slot, Position | None] = {}
        for one in consumer.committed(asked, timeout=CALL_TIMEOUT_S):
            if one.offset >= 0:
                topic = settings.bare(one.topic)
                found[topic, one.partition] = _position(one, ids[topic])
        return found
    finally:
        consumer.close()


def move(settings: StreamSettings, stage: str, offsets: Mapping[Slot, tuple[int, dict[str, int]]]) -> None:
    """Commit an offset and counts for each partition. Raises `KafkaException` where the group has members."""
    ids = topic_ids(clients.admin(settings), settings, dict.fromkeys(topic for topic, _ in offsets))
    consumer = clients.reader(settings, group=stage)
    try:
        wanted = [
            TopicPartition(
                settings.topic(topic),
                partition,
                offset,
                metadata=metadata_text(Position(offset, ids[topic], counts)),
            )
            for (topic, partition), (offset, counts) in sorted(offsets.items())
        ]
        for one in consumer.commit(offsets=wanted, asynchronous=False) if wanted else []:
            if one.error is not None:
                raise KafkaException(one.error)
    finally:
        consumer.close()


def forget_marks(settings: StreamSettings, stage: str, slots: Sequence[Slot]) -> None:
    """Positions stay, and no longer tell under which rules all was decided: the stage decides everything again when it
    starts. Raises `KafkaException` where the group has members."""
    consumer = clients.reader(settings, group=stage)
    try:
        asked = [TopicPartition(settings.topic(topic), partition) for topic, partition in slots]
        unmarked = [
            TopicPartition(one.topic, one.partition, one.offset, metadata=msgspec.json.encode(known).decode())
            for one in consumer.committed(asked, timeout=CALL_TIMEOUT_S)
            if one.offset >= 0 and (known := structs.replace(metadata_of(one), mark=""))
        ]
        for one in consumer.commit(offsets=unmarked, asynchronous=False) if unmarked else []:
            if one.error is not None:
                raise KafkaException(one.error)
    finally:
        consumer.close()


def starts(settings: StreamSettings, slots: Sequence[Slot]) -> dict[Slot, int]:
    """Where each partition's log begins now."""
    asked = {TopicPartition(settings.topic(t), p): OffsetSpec.earliest() for t, p in slots}  # type: ignore[no-untyped-call]
    admin = clients.admin(settings)  # its futures never end once it is collected
    futures = admin.list_offsets(asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=CALL_TIMEOUT_S)
    return {(settings.bare(tp.topic), tp.partition): future.result().offset for tp, future in futures.items()}


def has_members(settings: StreamSettings, stage: str) -> bool:
    """Whether any replica is in the group, or was so lately that its session has not ended."""
    admin = clients.admin(settings)
    [future] = admin.describe_consumer_groups([settings.topic(stage)], request_timeout=CALL_TIMEOUT_S).values()
    try:
        state = future.result().state
    except KafkaException as unknown:
        if unknown.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise
        return False
    return state not in (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)


def _position(one: TopicPartition, topic_id: str) -> Position | None:
    try:
        metadata = metadata_of(one)
    except ForeignCommit:
        return None
    return Position(one.offset, topic_id, metadata.counts) if metadata.topic == topic_id else None
