"""The api as a process on a real Kafka: built from the log, killed and started again, with nothing missed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from deploy.local.issuer import LASTS_S
from schemas import codec
from schemas.codec import cloudevent, encode
from schemas.events import Assignment, AuditEvent, Client
from schemas.reference import Override, Reference
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.settings import StreamSettings
from tests.support.api_server import Follower, a_port, decode
from tests.support.api_view import REFERENCE, address, assigned, live
from tests.support.broker import SharedBroker
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

PARTITIONS = 4


@dataclass
class Running:
    """The api, its issuer and its log."""

    settings: StreamSettings
    run: StageRun
    url: str
    token: str

    def put(self, *values: Reference | Client | Assignment) -> None:
        with admin.transaction(self.settings, "test") as tx:
            for value in values:
                topic, key = address(value)
                tx.write(topic, key, encode(value), cloudevent("t", key, "test", "2026-01-01T00:00:00Z"))

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=10)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def socket_url(self) -> str:
        answer = httpx.post(f"{self.url}/api/ws-tickets", headers={"Authorization": f"Bearer {self.token}"})
        return f"ws://{self.url.removeprefix('http://')}/ws?ticket={answer.json()['ticket']}"


@pytest.fixture
def running(broker: SharedBroker, prefix: str, tmp_path: Path) -> Iterator[Running]:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS)
    create_topics(clients.admin(settings), settings)
    port = a_port()
    issuer = port + 1
    url, issuer_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{issuer}"
    signing = StageRun("deploy.local.issuer", settings, tmp_path / "issuer.log", arguments=("--port", str(issuer)))
    env = {
        "CADASTRE_API_PORT": str(port),
        "CADASTRE_ISSUER": issuer_url,
        "CADASTRE_SECRET": "a secret for tests only",
        "CADASTRE_VIEW": str(tmp_path / "view.sqlite"),
    }
    run = StageRun("services.api", settings, tmp_path / "api.log", env)
    signing.start()
    run.start()

    def token() -> str | None:
        try:
            return str(httpx.post(f"{issuer_url}/token", json={"username": "ada"}).json()["access_token"])
        except httpx.TransportError:
            return None

    wait_until(lambda: token() is not None, "the issuer answers")
    api = Running(settings, run, url, token() or "")
    assert LASTS_S > 60
    yield api
    for one in (run, signing):
        if one.running:
            one.kill()


def test_killed_in_the_midst_and_started_again_it_misses_nothing_and_followers_resume(running: Running) -> None:
    wait_until(running.ready, "the api is ready", 60)
    running.put(
        *REFERENCE, *(live(f"c_{i}") for i in range(30)), *(assigned(f"c_{i}", "t-west", "ann") for i in range(30))
    )
    wait_until(lambda: running.get("/api/clients?limit=1").json()["total"] == 30, "all clients are shown")
    follower = Follower("advisors")
    with connect(running.socket_url()) as socket:
        socket.send(json.dumps({"type": "subscribe", "ch": "advisors"}))
        while follower.asked:
            follower.take(decode(socket.recv(timeout=10)))
        running.put(*(assigned(f"c_{i}", "t-east", "ben", 2) for i in range(10)))
        running.run.kill()
        with suppress(ConnectionClosed):
            while True:
                follower.take(decode(socket.recv(timeout=10)))
    running.put(*(assigned(f"c_{i}", "t-coast", "cat", 2) for i in range(10, 15)), live("c_new"))
    running.run.start()
    wait_until(running.ready, "the api is ready again", 60)
    with connect(running.socket_url()) as socket:
        since = {"epoch": follower.epoch, "seq": follower.seq}
        follower.asked = True
        socket.send(json.dumps({"type": "subscribe", "ch": "advisors", "since": since}))
        while follower.asked:
            follower.take(decode(socket.recv(timeout=10)))
    assert running.get("/api/clients?limit=1").json()["total"] == 31
    shown = {row["id"]: row for row in running.get("/api/advisors").json()["items"]}
    assert follower.state == shown
    assert {name: row["clients"] for name, row in shown.items()} == {"ann": 15, "ben": 10, "cat": 5}
    moved = running.get("/api/assignments?kind=moved&limit=200").json()["items"]
    assert len(moved) == 15, "each move is told once"


def test_an_override_goes_out_with_its_audit_and_shows_when_it_comes_back(running: Running) -> None:
    wait_until(running.ready, "the api is ready", 60)
    running.put(*REFERENCE, live("c_1"), assigned("c_1", "t-west", "ann"))
    wait_until(lambda: running.get("/api/clients/c_1").status_code == 200, "the client is shown")
    wait_until(lambda: running.get("/api/clients/c_1").json()["client"]["status"] == "assigned", "it is assigned")
    headers = {
        "Authorization": f"Bearer {running.token}",
        "Idempotency-Key": "key-00001",
        "If-Match": running.get("/api/clients/c_1").headers["etag"],
    }
    body = {"territory": "t-east", "reason": "they asked for it"}
    sent = httpx.put(f"{running.url}/api/clients/c_1/override", json=body, headers=headers, timeout=30)
    assert sent.status_code == 202, sent.text
    wait_until(lambda: running.get("/api/clients/c_1").json()["override"] is not None, "it has come back")
    said = codec.reference(admin.read_all(running.settings, "reference")["override:crm:c_1"])
    assert isinstance(said, Override)
    assert (said.author, said.territory) == ("ada", "t-east")
    audit = codec.decoder(AuditEvent).decode(admin.read_all(running.settings, "audit")["ada"])
    assert isinstance(audit, AuditEvent)
    assert audit.action == "override.set"
    assert running.run.stop() == 0


def test_a_replica_that_is_stopped_says_so_on_its_sockets_and_closes_them(running: Running) -> None:
    wait_until(running.ready, "the api is ready", 60)
    with connect(running.socket_url()) as socket:
        socket.send(json.dumps({"type": "subscribe", "ch": "advisors"}))
        frames = [json.loads(socket.recv(timeout=10))]
        running.run.signal(signal.SIGTERM)
        with suppress(ConnectionClosed):
            while True:
                frames.append(json.loads(socket.recv(timeout=10)))
    assert frames[-1]["type"] == "bye"
    assert socket.close_code == 1012
    assert running.run.wait(10) == 0


def test_where_pulse_is_killed_its_strip_alone_is_old_and_goes_on_when_it_is_back(
    running: Running, tmp_path: Path
) -> None:
    def as_of() -> datetime:
        told = running.get("/api/stats/pulse").json()["as_of"]
        return datetime.fromisoformat(told) if told else datetime.min.replace(tzinfo=UTC)

    def heard() -> datetime:
        return max(datetime.fromisoformat(one["at"]) for one in running.get("/api/health").json()["stages"])

    wait_until(running.ready, "the api is ready", 60)
    pulse = StageRun("services.api.pulse", running.settings, tmp_path / "pulse.log").start()
    try:
        wait_until(lambda: as_of() > datetime.min.replace(tzinfo=UTC), "a first window", 60)
        pulse.kill()
        wait_until(lambda: heard() - as_of() > timedelta(seconds=5), "heartbeats that no window counts")
        assert running.get("/api/clients").status_code == 200
        killed_at = as_of()
        pulse.start()
        wait_until(lambda: as_of() > killed_at, "it goes on", 60)
        stages = running.get("/api/stats/pulse").json()["stages"]
        assert [one["stage"] for one in stages] == ["api"]
        last = datetime.fromisoformat(stages[0]["points"][-1]["start"])
        assert last > killed_at - timedelta(seconds=10)
    finally:
        pulse.kill()
