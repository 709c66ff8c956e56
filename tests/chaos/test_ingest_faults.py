"""Ingest while Kafka is away or silent: it answers 503, and whatever it answered 2xx is on `raw`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from deploy.local.ports import PortPair
from schemas.topics import RAW
from services.stream import admin
from tests.chaos.conftest import MakeOn, Proxied
from tests.support.faults import report
from tests.support.lost_acks import PRODUCE, LostAcks
from tests.support.posting import Answer, as_sent, post
from tests.support.proxy import Proxy
from tests.support.toxics import DropResponses, Timeout
from tests.support.undisturbed import Loaded
from tests.support.waiting import wait_until

PER_REQUEST = 40
AWAY: tuple[Callable[[Proxy], None], ...] = (
    lambda proxy: proxy.add(DropResponses(), "down"),
    lambda proxy: proxy.add(Timeout(), "up", "down"),
    Proxy.down,
)


def test_ingest_never_loses_a_2xx_and_answers_503_while_kafka_is_away(
    loaded: Loaded, proxied: Proxied, pipeline_on: MakeOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADASTRE_DELIVERY_TIMEOUT_S", "3")
    running = pipeline_on(proxied.broker, through={"ingest": proxied.address})
    acks = LostAcks([PRODUCE], every=3)
    proxied.proxy.add(acks, "up", "down")
    url = running.start_ingest(PortPair.choose().first)
    bodies = [as_sent(loaded.raw[at : at + PER_REQUEST]) for at in range(0, len(loaded.raw), PER_REQUEST)]
    half = len(bodies) // 2
    durable: list[str] = []
    refusals = 0

    def sent(body: bytes) -> Answer:
        nonlocal refusals
        answer = post(url, body)
        assert answer is not None
        durable.extend(answer.event_ids)
        refusals += answer.status == 503
        return answer

    def until_taken(body: bytes) -> None:
        wait_until(lambda: sent(body).status == 202, "ingest takes a change", seconds=60)

    for body in bodies[:half]:
        until_taken(body)
    assert len(durable) == half * PER_REQUEST
    twice = sum(admin.ends(running.settings, [RAW.name]).values()) - len(durable)
    assert 0 <= twice <= refusals * PER_REQUEST  # what was retried within a request stands there once
    assert acks.lost[PRODUCE] >= 5

    proxied.proxy.clear()
    proxied.proxy.cut()
    rest = iter(bodies[half:])
    for away in AWAY:
        until_taken(next(rest))  # so that the connection stands when the fault comes
        away(proxied.proxy)
        refused = sent(body := next(rest))
        assert refused.status == 503
        assert refused.retry_after is not None
        proxied.proxy.clear()
        proxied.proxy.cut()
        until_taken(body)
    for body in rest:
        until_taken(body)

    outcome = running.settle()
    found = Counter(json.loads(record.value)["event_id"] for record in running.raw())
    assert not set(durable) - found.keys()
    assert outcome.hashes == loaded.outcome.hashes
    running.versions_never_decrease()
    twice = sum(found.values()) - len(found)
    assert twice  # what was written and not acknowledged stood there when it was sent again
    figure = f"{len(durable)} changes answered 2xx, all on raw; {len(AWAY)} x 503, {twice} sent again and superseded"
    report(f"{acks.lost[PRODUCE]} acknowledgements to ingest lost, then Kafka away {len(AWAY)} times", figure)
