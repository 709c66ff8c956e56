"""Versions of clients and assignments as the stages would say them, in any order, for a loader to load."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from schemas import codec
from schemas.events import Assignment, Client, ClientFields, EndedClient, LiveClient, Member, Money, RuleRef
from schemas.partition import partition_of
from schemas.topics import ASSIGNED, AUDIT, DEDUPED, RAW, REFERENCE, REJECTED, TOPICS
from services.stream.producer import AckedProducer
from services.stream.settings import StreamSettings

START = datetime(2026, 3, 1, tzinfo=UTC)
NASTY = (
    '=HYPERLINK("http://x","y")',
    "../../etc/passwd",
    "line\r\nfeed",
    "it's \"quoted\" \\ and '); drop table client_dim; --",
    "\u202etxt.exe",
    "x" * 65_536,
    "${core} %s %(a)s",
)
AT_ONCE = 20_000  # as many as the client's queue holds with ease
Said = tuple[str, str, bytes | None]  # topic, key, value


def client(number: int, version: int, rng: random.Random) -> Client:
    """Version 4 of every fifth is an end; members come and go."""
    if number % 5 == 0 and version == 4:
        return EndedClient(client_id=f"c_{number}", version=version, engine="1", pool="US", into=(f"c_{number + 1}",))
    members = sorted(rng.sample(range(6), rng.randint(1, 3)))
    name = NASTY[number] if number < len(NASTY) else f"Client {number}"
    return LiveClient(
        client_id=f"c_{number}",
        version=version,
        engine="1",
        pool="US",
        golden=ClientFields(name=name, aum=Money("1250000.50", "USD"), country="US"),
        provenance={},
        members=tuple(Member(record=f"crm:{number}-{m}", fields=ClientFields(name="x")) for m in members),
    )


def assignment(number: int, version: int, rng: random.Random) -> Assignment:
    ended = number % 5 == 0 and version == 4
    return Assignment(
        client_id=f"c_{number}",
        version=version,
        client_version=version,
        status="ended" if ended else "assigned",
        decided_by="ended" if ended else "rule",
        effective_from=START + timedelta(minutes=version * 10 - rng.randint(0, 15)),
        trigger="client",
        territory=rng.choice(("emea", "apac")),
        region="eu",
        advisor="kim",
        rule=RuleRef("main", 1, "r1", 10),
    )


def versions(clients: int, of_each: int, seed: int) -> list[Said]:
    """`of_each` versions of each client and of its assignment, shuffled: late and out of order."""
    rng = random.Random(seed)
    said: list[Said] = []
    for number in range(clients):
        for version in range(1, of_each + 1):
            said.append((DEDUPED.name, f"c_{number}", codec.encode(client(number, version, rng))))
            said.append((ASSIGNED.name, f"c_{number}", codec.encode(assignment(number, version, rng))))
    for number in range(clients // 2):
        said.append((RAW.name, f"crm:{number}", b'{"not": "decoded", "n": "\xff\x00"}'))
        said.append((REJECTED.name, "crm", b"=cmd|' /C calc'!A0\r\n"))
    rng.shuffle(said)
    statements = [
        ("territory:emea", b'{"kind":"territory","id":"emea","name":"EMEA","region":"eu"}'),
        ("territory:apac", b'{"kind":"territory","id":"apac","name":"APAC","region":"eu"}'),
        ("region:eu", b'{"kind":"region","id":"eu","name":"Europe"}'),
        ("advisor:kim", b'{"kind":"advisor","id":"kim","name":"Kim","territories":["emea"],"capacity":100000}'),
        ("territory:old", b'{"kind":"territory","id":"old","name":"Old","region":"eu"}'),
        ("territory:old", None),
    ]
    return [*((REFERENCE.name, key, value) for key, value in statements), *said, (AUDIT.name, "kim", b'{"a": 1}')]


def send(settings: StreamSettings, said: list[Said]) -> None:
    """Write them, acknowledged, each to the partition of its key."""
    producer = AckedProducer(settings)
    send_by(producer, settings, said)
    producer.close()


def send_by(producer: AckedProducer, settings: StreamSettings, said: list[Said]) -> None:
    """As `send`, by a producer that others go on with: its first delivery takes a second."""
    for start in range(0, len(said), AT_ONCE):
        sent = [
            producer.send(topic, key, value, partition_of(key, TOPICS[topic].partitions(settings.partitions)), [])
            for topic, key, value in said[start : start + AT_ONCE]
        ]
        for one in sent:
            one.result(60)


def later(seed: int) -> list[tuple[str, str, bytes | None]]:
    """More, under ids of their own."""
    return [
        (topic, key.replace("c_", f"c_{seed}_") if key.startswith("c_") else f"{key}_{seed}", value)
        for topic, key, told in versions(5, 2, seed)
        if topic != "reference" and told is not None
        for value in [told.replace(b'"c_', f'"c_{seed}_'.encode())]
    ]
