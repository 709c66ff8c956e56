"""The topics of a deployment: made once with their settings, checked whenever a process starts."""

from __future__ import annotations

import time
from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from pydantic import ValidationError

from schemas.topics import ALWAYS, TOPICS, Topic
from services.stream import clients
from services.stream.reading import CALL_TIMEOUT_S
from services.stream.settings import StreamSettings
from services.stream.sink import ForeignCommit


class TopicsUnfit(Exception):
    """Topics are missing or have another number of partitions than the deployment says; lists every one."""


class KafkaAway(Exception):
    """No broker answers at the address that the settings give."""


def check_topics(settings: StreamSettings, names: Iterable[str]) -> None:
    """For processes that only write. Raises `TopicsUnfit` or `KafkaAway`."""
    try:
        topic_ids(clients.admin(settings), settings, names)
    except KafkaException as failure:
        told = failure.args[0].str()
        raise KafkaAway(
            f"Kafka at {settings.bootstrap} does not answer ({told}); CADASTRE_BOOTSTRAP says where it is"
        ) from None


def current_topic_ids(settings: StreamSettings, names: Iterable[str]) -> dict[str, str]:
    """For the commands: the topics' ids as they are now. Raises `TopicsUnfit`."""
    return topic_ids(clients.admin(settings), settings, names)


def told(failure: BaseException) -> str | None:
    """One line for a person who ran a command, where the failure is about Kafka or the settings; None for a defect."""
    match failure:
        case KafkaException():
            return f"Kafka does not do what was asked ({failure.args[0].str()}); CADASTRE_BOOTSTRAP says where it is"
        case ValidationError():
            return "; ".join(
                f"CADASTRE_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}, got {one['input']!r}"
                for one in failure.errors()
            )
        case KafkaAway() | TopicsUnfit() | ForeignCommit():
            return str(failure)
    return None


def create_topics(admin: AdminClient, settings: StreamSettings) -> list[str]:
    """Create what is missing; returns the names created. Three replicas wherever there are three brokers."""
    brokers = len(admin.list_topics(timeout=CALL_TIMEOUT_S).brokers)
    replicas = min(3, brokers)
    safe = {"min.insync.replicas": "2"} if replicas == 3 else {}
    wanted = [
        NewTopic(
            settings.topic(topic.name),
            num_partitions=topic.partitions(settings.partitions),
            replication_factor=replicas,
            config=topic.config | ALWAYS | safe,
        )
        for topic in TOPICS.values()
    ]
    created = []
    for name, future in admin.create_topics(wanted, operation_timeout=CALL_TIMEOUT_S).items():
        try:
            future.result()
            created.append(settings.bare(name))
        except KafkaException as refused:
            if refused.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    _await_known(admin, {topic.topic for topic in wanted})
    return created


def _await_known(admin: AdminClient, names: set[str]) -> None:
    """A broker hears of a topic a little after the controller has made it, later when it is busy."""
    deadline = time.monotonic() + CALL_TIMEOUT_S
    while names - admin.list_topics(timeout=CALL_TIMEOUT_S).topics.keys():
        if time.monotonic() > deadline:
            raise TopicsUnfit(f"created {CALL_TIMEOUT_S:g} s ago, and Kafka does not know all of them yet: try again")
        time.sleep(0.05)


def topic_ids(admin: AdminClient, settings: StreamSettings, names: Iterable[str]) -> dict[str, str]:
    """The id of each topic, after checking that it is there with its partitions. Raises `TopicsUnfit`."""
    topics = [TOPICS[name] for name in names]
    asked = TopicCollection([settings.topic(topic.name) for topic in topics])
    futures = admin.describe_topics(asked, request_timeout=CALL_TIMEOUT_S)
    ids: dict[str, str] = {}
    problems = []
    for topic in topics:
        found, problem = _described(futures[settings.topic(topic.name)], topic, settings)
        ids[topic.name] = found
        problems += problem
    if problems:
        raise TopicsUnfit("; ".join(problems))
    return ids


def _described(future: object, topic: Topic, settings: StreamSettings) -> tuple[str, list[str]]:
    name = settings.topic(topic.name)
    try:
        description = future.result()  # type: ignore[attr-defined]
    except KafkaException as refused:
        if refused.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        return "", [f"topic {name} is missing: create the topics with `cadastre topics create`"]
    have, want = len(description.partitions), topic.partitions(settings.partitions)
    if have != want:
        return "", [
            f"topic {name} has {have} partitions where CADASTRE_PARTITIONS says {want}: counts are fixed when a topic "
            f"is created, so set the variable to what the topics have"
        ]
    return str(description.topic_id), []
