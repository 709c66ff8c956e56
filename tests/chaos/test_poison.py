"""Input that nobody can read, that a handler raises on, or that ends the process: rejected, and its neighbours once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.ports import PortPair
from schemas import codec
from schemas.events import ChangeEvent, ClientFields, LiveClient, Origin, Version
from schemas.topics import DEDUPED, RAW
from services.stream import admin
from services.stream.commands.rejected import rejections
from services.stream.commands.state_hash import State, hash_of
from services.stream.rejected_log import Rejected
from tests.support.altered import marked_records
from tests.support.faults import report
from tests.support.lives import altered, killed_and_started
from tests.support.pipeline import Pipeline, RawRecord
from tests.support.undisturbed import FULL, Loaded, Make
from tests.support.waiting import wait_until

HANDLED = ("raw", "pooled", "deduped")
KILLING = HANDLED if FULL else ("pooled", "deduped")  # one of each stage, which takes four deaths to be known

AT = datetime(2026, 3, 1, tzinfo=UTC)
KINDS: Sequence[bytes] = (
    b"{",
    b"",
    b"null",
    b"[1, 2, 3]",
    b"\x00\xff\xfe",
    b'{"event_id": 12345678901234567890123}',
    b'{"event_id": "e", "source": 7, "record_id": [], "op": "upsert"}',
    b'{"event_id": "e", "source": "crm", "record_id": "1", "op": "explode"}',
    b'{"event_id": "\\ud800", "source": "crm"}',
    b'{"employees": NaN}',
    b'{"employees": Infinity, "a": 1e999999}',
    b'{"a": %s}' % (b"9" * 10_000),
    b"[" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"a": "%s"}' % (b"x" * 1_000_000),
)
CLIENTS: Sequence[bytes] = (
    b"{",
    b"[" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"status": "ended", "version": 1, "client_id": "c_1", "a": %s1%s}' % (b'{"a":' * 10_000, b"}" * 10_000),
    b'{"status": "\xff", "version": 1, "client_id": "c_1"}',
    b'{"status": "ended", "version": 1, "client_id": "\xff"}',
    b'{"status": "live", "version": 1}',
)


def poison(n: int) -> list[RawRecord]:
    """Of each kind in turn, spread over the partitions."""
    return [RawRecord(f"crm:poison-{i}", KINDS[i % len(KINDS)], []) for i in range(n)]


def mixed(good: Sequence[RawRecord], bad: Sequence[RawRecord]) -> list[RawRecord]:
    """The bad ones evenly between the good ones, whose order stays."""
    placed = [((i + 0.5) / len(good), record) for i, record in enumerate(good)]
    placed += [((i + 0.5) / len(bad), record) for i, record in enumerate(bad)]
    return [record for _, record in sorted(placed, key=lambda one: one[0])]


def test_five_per_cent_of_poison_is_rejected_and_its_neighbours_go_through(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline()
    bad = poison(len(loaded.raw) // 19)
    running.send(mixed(loaded.raw, bad))
    outcome = running.settle()
    assert outcome.hashes == loaded.outcome.hashes
    assert outcome.counts == loaded.outcome.counts | {"rejected": len(bad)}
    rejected_are(running, bad)
    running.versions_never_decrease()
    report("5 % of the input is poison", f"{len(bad)} rejected with their reasons")


def test_a_client_that_assign_cannot_read_is_rejected_and_the_next_life_goes_on(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline()
    running.send(loaded.raw[:200])
    before = running.settle()
    bad = Counter((f"c_unreadable_{i}", value) for i, value in enumerate(CLIENTS))
    with admin.transaction(running.settings, "test") as tx:
        for key, value in bad:
            tx.write(DEDUPED.name, key, value, [])

    def found() -> Counter[tuple[str, bytes]]:
        told = [one for one in rejections(running.settings) if one.value]
        assert {(one.stage, one.reason) for one in told} <= {("assign", "malformed")}
        return Counter((one.key, one.value or b"") for one in told)

    wait_until(lambda: found() == bad, "assign rejects what it cannot read")
    killed_and_started(running.stages["assign-0"])
    running.wait_idle(60)
    assert found() == bad
    with admin.transaction(running.settings, "test") as tx:
        for key, _ in bad:
            tx.write(DEDUPED.name, key, None, [])
    assert running.settle().hashes == before.hashes
    report("clients that assign cannot read", f"{len(bad)} rejected with their reason, also known at a restart")


@pytest.mark.parametrize(("share", "good"), [(50, True), (100, False)])
def test_more_poison_than_that_trips_the_brake_and_after_a_word_the_good_go_through(
    loaded: Loaded, pipeline: Make, share: int, good: bool
) -> None:
    running = pipeline()
    run = running.stages["dedupe-0"]
    run.kill()
    records = loaded.raw if good else []
    bad = poison(len(loaded.raw) if good else 700)
    running.send(mixed(records, bad) if good else bad)
    port = PortPair.choose().first
    run.start(CADASTRE_HTTP_PORT=str(port))
    wait_until(lambda: "of the last 1000 records of raw" in reasons(port), "/readyz names the brake", seconds=60)
    before = Counter(one.position.split(":")[1] for one in rejections(running.settings))
    assert max(before.values(), default=0) < 100
    assert admin.counts(running.settings, "dedupe", RAW.name).get("rejected", 0) == before.total()
    assert run.running
    running.command("stage", "resume", "dedupe", "--by", "test")
    outcome = running.settle()
    assert outcome.counts.get("rejected") == len(bad)
    rejected_are(running, bad)
    if good:
        assert outcome.hashes == loaded.outcome.hashes
    else:
        assert not outcome.deduped
    running.versions_never_decrease()
    report(
        f"{share} % of the input is poison",
        f"the brake trips with {before.total()} rejected; {len(bad)} once told to go on",
    )


def test_a_record_that_raises_or_kills_in_any_handler_is_rejected_and_its_neighbours_go_through(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline(batch_max=50)
    stages = {name: altered(running, name, marked_records.__name__) for name in ("dedupe-0", "assign-0")}
    half = len(loaded.raw) // 2
    bad = [
        marked(what, topic, number)
        for what, topics, numbers in (("RAISE", HANDLED, range(3)), ("KILL", KILLING, range(1)))
        for topic in topics
        for number in numbers
    ]
    running.send([*loaded.raw[:half], *bad, *loaded.raw[half:]])
    deaths: Counter[str] = Counter()
    for run in stages.values():
        run.start()

    def started_again() -> None:
        for name, run in stages.items():
            if not run.running:
                deaths[name] += 1
                assert run.wait() == -11, run.text()[-3_000:]
                run.start()

    def again_at_the_end(since: datetime) -> bool:
        started_again()
        return any(h.caught_up and h.at > since for h in admin.heartbeats(running.settings) if h.stage == "assign")

    outcome = running.settle(meanwhile=started_again)
    unmarked = {key: v for key, v in outcome.deduped.items() if not is_marked(v)}
    assigned = {key: v for key, v in outcome.assigned.items() if key in unmarked}
    assert hash_of(State.DEDUPED, unmarked.items()) == loaded.outcome.hashes[0]
    assert hash_of(State.ASSIGNED, assigned.items()) == loaded.outcome.hashes[1]
    assert outcome.assigned == assigned
    running.versions_never_decrease()
    told = Counter((one.position.split(":")[0], one.reason) for one in rejections(running.settings) if one.value)
    assert told == {(t, "stage_error"): 3 for t in HANDLED} | {(t, "kills_process"): 1 for t in KILLING}
    assert deaths.keys() == stages.keys()
    survived, now = deaths.total(), datetime.now(UTC)
    killed_and_started(stages["assign-0"])
    wait_until(lambda: again_at_the_end(now), "a restart does not die of what is known to kill")
    assert deaths.total() == survived
    report("a record that raises in each handler", "9 rejected as stage_error")
    report("a record that ends the process in each handler", f"rejected as kills_process after {dict(deaths)} deaths")


def marked(what: str, topic: str, number: int) -> RawRecord:
    """An event of a record alone in its match pool."""
    key = f"{what}-{topic}-{number}".lower()
    event = ChangeEvent(
        event_id=key,
        source="crm",
        record_id=key,
        op="upsert",
        received_at=AT,
        origin=Origin("test"),
        version=Version(AT),
        fields=ClientFields(name=f"{what} {topic} {number}", country="FJ"),
    )
    return RawRecord(event.record, codec.encode(event), [])


def is_marked(value: bytes) -> bool:
    client = codec.client(value)
    return isinstance(client, LiveClient) and client.pool == "FJ"


def rejected_are(running: Pipeline, bad: Sequence[RawRecord]) -> None:
    """Each once, with its bytes, its reason and the stage."""
    found: list[Rejected] = rejections(running.settings)
    assert Counter((one.key, one.value or b"") for one in found) == Counter((one.key, one.value) for one in bad)
    assert {(one.stage, one.reason) for one in found} == {("dedupe", "malformed")}
    assert all(one.detail for one in found)


def reasons(port: int) -> str:
    try:
        return " ".join(httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).json()["reasons"])
    except httpx.TransportError:
        return ""
