"""Versions of clients and assignments as the stages would say them, in any order, for a loader to load."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from schemas import codec
from schemas.events import (
    Assignment,
    Client,
    ClientFields,
    Conflict,
    EndedClient,
    LiveClient,
    Member,
    Money,
    MovedRecord,
    Previous,
    RuleRef,
)
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


def ends(number: int, version: int) -> bool:
    """Version 4 of every eighth is an end, and of none that has a nasty name."""
    return number % 8 == 7 and version == 4


def client(number: int, version: int, rng: random.Random) -> Client:
    """Members come and go. No two fields of it say the same, nor one field of two versions."""
    client_id, mine = f"c_{number}", f"{number}.{version}"
    if ends(number, version):
        into, moved = (f"c_{number + 1}", f"c_{number + 2}"), (MovedRecord(f"crm:{number}-1", f"pool {mine}"),)
        return EndedClient(client_id=client_id, version=version, engine="1", pool=f"P{mine}", into=into, moved=moved)
    members = sorted(rng.sample(range(6), rng.randint(1, 3)))
    golden = ClientFields(
        name=NASTY[number] if number < len(NASTY) else f"Client {number}",
        client_type=f"type {mine}",
        country=rng.choice(("US", "DE", "FR", "GB")),
        city=f"city {mine}",
        lei=f"lei {number}",
        industry=f"industry {mine}",
        aum=Money(f"{1_250_000 + number}.{version:02}", "USD"),
        parent_record=f"erp:{mine}",
    )
    return LiveClient(
        client_id=client_id,
        version=version,
        engine="1",
        pool=f"P{number % 3}",
        golden=golden,
        provenance={},
        members=tuple(Member(record=f"crm:{number}-{m}", fields=ClientFields(name="x")) for m in members),
        confidence=50 + number % 50 + version / 100,
        oversized=version % 2 == 0,
        split_from=f"c_{number + 1_000}" if version > 1 else None,
    )


def assignment(number: int, version: int, rng: random.Random) -> Assignment:
    ended, mine = ends(number, version), f"{number}.{version}"
    return Assignment(
        client_id=f"c_{number}",
        version=version,
        client_version=version + 10 * (number % 3),
        status="ended" if ended else "assigned",
        decided_by="ended" if ended else rng.choice(("rule", "override", "parent")),
        effective_from=START + timedelta(minutes=version * 10 - rng.randint(0, 15)),
        trigger=rng.choice(("client", "reference", "time")),
        territory="UNASSIGNED" if ended else rng.choice(("emea", "apac")),
        region=None if ended else "eu",
        advisor=None if ended else "kim",
        tier=f"tier {mine}",
        segment=f"segment {mine}",
        rule=RuleRef(f"set {number}", version, f"rule {mine}", 10 + version),
        source_record=f"crm:{mine}",
        conflicts=(Conflict("whitelist", f"subject {mine}"),),
        previous=Previous(f"was {mine}", f"whose {mine}", f"what {mine}") if version > 1 else None,
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
        ("region:world", b'{"kind":"region","id":"world","name":"World"}'),
        ("region:eu", b'{"kind":"region","id":"eu","name":"Europe","parent":"world"}'),
        ("advisor:kim", b'{"kind":"advisor","id":"kim","name":"Kim","territories":["emea"],"capacity":100000}'),
        ("advisor:lee", b'{"kind":"advisor","id":"lee","name":"Lee","territories":[],"capacity":7,"active":false}'),
        ("rate:USD", b'{"kind":"rate","currency":"USD","usd":"1"}'),
        ("territory:old", b'{"kind":"territory","id":"old","name":"Old","region":"eu"}'),
        ("territory:old", None),
    ]
    return [*((REFERENCE.name, key, value) for key, value in statements), *said, (AUDIT.name, "kim", b'{"a": 1}')]


def send(settings: StreamSettings, said: Sequence[Said]) -> None:
    """Write them, acknowledged, each to the partition of its key."""
    producer = AckedProducer(settings)
    send_by(producer, settings, said)
    producer.close()


def send_by(producer: AckedProducer, settings: StreamSettings, said: Sequence[Said]) -> None:
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


def telling(client_id: str, version: int, *records: str) -> bytes:
    """A client with these records and nothing else."""
    members = ",".join(f'{{"record":"{record}"}}' for record in records)
    return (
        f'{{"status":"live","client_id":"{client_id}","version":{version},"pool":"US","golden":{{}},'
        f'"members":[{members}]}}'
    ).encode()


def assigned(client_id: str, version: int, client_version: int, region: str) -> bytes:
    return (
        f'{{"client_id":"{client_id}","version":{version},"client_version":{client_version},"status":"assigned",'
        f'"effective_from":"2026-03-0{version}T00:00:00Z","territory":"of-{region}","region":"{region}"}}'
    ).encode()
