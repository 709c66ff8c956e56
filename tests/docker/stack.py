"""One Compose project under a name of its own, on free ports: started, loaded, scaled, hurt and taken down."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.local import demo_data, latency
from deploy.local.ports import PortPair
from services.stream import admin
from services.stream.commands.state_hash import State, hash_of
from services.stream.idle import IdleWatch
from services.stream.settings import StreamSettings
from tests.support.waiting import wait_until

PROJECT = "cadastre-smoke"
PORTS = ("KAFKA_PORT", "INGEST_PORT", "ISSUER_PORT", "API_PORT", "WEB_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT")
STAGES = ("dedupe", "assign", "loader", "api")
REQUIRED = ("CADASTRE_SECRET", "CADASTRE_S3_ACCESS_KEY", "CADASTRE_S3_SECRET_KEY", "CADASTRE_S3_SSE_KEY")
IDLE_WITHIN_S = 900.0
POSTED_AT_ONCE = 100


class Stack:
    def __init__(self, docker: str, compose: Sequence[str], bases: Mapping[str, str]) -> None:
        pairs = [PortPair.choose() for _ in PORTS]
        for pair in pairs:
            pair.release()
        self.ports = {name: pair.first for name, pair in zip(PORTS, pairs, strict=True)}
        given = {name: secrets.token_hex(16) for name in REQUIRED} | {"CADASTRE_WAREHOUSE_PASSWORD": "local"}
        ports = {name: str(port) for name, port in self.ports.items()}
        self._docker = docker
        self._env = {**os.environ, **given, **ports, **bases, "COMPOSE_PROJECT_NAME": PROJECT}
        self._env["COMPOSE_PROFILES"] = "core,observability"
        self._compose = list(compose)
        self.settings = StreamSettings(bootstrap=f"127.0.0.1:{self.ports['KAFKA_PORT']}")

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def config(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._run("config", "--format", "json", capture=True))
        return told

    def up(self, **scale: int) -> None:
        """Start all, or change how many of each there are; returns once all are healthy."""
        scaled = [word for name, count in scale.items() for word in ("--scale", f"{name}={count}")]
        self._run("up", "--detach", "--no-build", "--quiet-pull", *scaled)
        self.healthy()

    def down(self) -> None:
        self._run("down", "--volumes", "--timeout", "12")

    def logs(self) -> str:
        return self._run("logs", "--no-color", "--tail", "30", capture=True)

    def healthy(self) -> None:
        try:
            wait_until(lambda: not self.unwell(), "all containers are healthy", seconds=240)
        except AssertionError as late:
            late.add_note(f"not healthy: {', '.join(self.unwell())}")
            raise

    def unwell(self) -> list[str]:
        said = self._run("ps", "--all", "--format", "json", capture=True)
        rows = [json.loads(line) for line in said.splitlines() if line]
        fine = [(row["Service"] == "setup" and row["ExitCode"] == 0) or row.get("Health") == "healthy" for row in rows]
        return [row["Name"] for row, good in zip(rows, fine, strict=True) if not good]

    def load(self, exports: Sequence[str]) -> None:
        """CRM exports, by the command line of its image."""
        self._run("run", "--rm", "--no-deps", "-T", "setup", "/opt/cadastre/demo.sh", *exports)

    def post(self) -> None:
        """The demo's changes, and its new records, over HTTP."""
        url = self.url("INGEST_PORT")
        demo_data.post_changes(url)
        new = list(latency.new_records())
        for start in range(0, len(new), POSTED_AT_ONCE):
            demo_data.post(url, new[start : start + POSTED_AT_ONCE])

    def settle(self) -> None:
        """Return once nothing is pending."""
        watch = IdleWatch(self.settings, STAGES)
        try:
            watch.wait(IDLE_WITHIN_S)
        finally:
            watch.close()

    def hashes(self) -> dict[str, str]:
        return {f"{state}_hash": hash_of(state, admin.read_all(self.settings, state.value).items()) for state in State}

    def kill(self, service: str, number: int) -> None:
        """End a container as a crash would, and start it again: after `docker kill` its daemon leaves it down."""
        for what in ("kill", "start"):
            subprocess.run([self._docker, what, f"{PROJECT}-{service}-{number}"], stdout=sys.stderr, check=True)

    def replicas(self, service: str) -> set[int]:
        """The numbers that the service's containers took themselves for, in what they logged."""
        said = self._run("logs", "--no-color", "--no-log-prefix", service, capture=True)
        rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        return {int(row["replica"]) for row in rows if "replica" in row}

    def answer(self, port: str, path: str, **headers: str) -> tuple[int, Mapping[str, str]]:
        asked = urllib.request.Request(self.url(port) + path, headers=headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, dict(answer.headers)

    def _run(self, *arguments: str, capture: bool = False) -> str:
        out = subprocess.PIPE if capture else sys.stderr
        done = subprocess.run([*self._compose, *arguments], env=self._env, stdout=out, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"compose {' '.join(arguments)} ended with code {done.returncode}")
        return done.stdout or ""
