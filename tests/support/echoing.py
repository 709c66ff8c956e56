"""What goes into an echo stage, and what it should have said."""

from __future__ import annotations

import random
from collections import Counter

import msgspec

from schemas.partition import partition_of
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings
from tests.support.echo import Count
from tests.support.waiting import wait_until

PARTITIONS = 4


def some(n: int, keys: int = 97) -> list[tuple[str, str]]:
    """Records as (key, value); the same for the same `n`."""
    rng = random.Random(n)
    return [(f"crm:{rng.randrange(keys)}", str(i)) for i in range(n)]


def send(settings: StreamSettings, records: list[tuple[str, str]]) -> None:
    producer = AckedProducer(settings)
    sent = [producer.send("raw", k, v.encode(), partition_of(k, PARTITIONS), [("ce_id", b"1")]) for k, v in records]
    for future in sent:
        future.result(30)
    producer.close()


def said(settings: StreamSettings) -> dict[str, list[int]]:
    """Every count that was said, per key, in the order of the log."""
    counts: dict[str, list[int]] = {}

    def take(message: Incoming) -> None:
        assert message.value is not None
        counts.setdefault(message.key, []).append(msgspec.json.decode(message.value, type=Count).n)

    admin.read(settings, "records", take)
    return counts


def assert_each_once(settings: StreamSettings, records: list[tuple[str, str]]) -> None:
    expected = Counter(key for key, _ in records)
    wait_until(lambda: sum(map(len, said(settings).values())) >= len(records), "every record said", seconds=60)
    assert said(settings) == {key: list(range(1, n + 1)) for key, n in expected.items()}


def rejections(settings: StreamSettings) -> list[Incoming]:
    found: list[Incoming] = []
    admin.read(settings, "rejected", found.append)
    return found
