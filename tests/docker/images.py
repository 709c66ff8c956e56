"""The images that docker-compose.yml names: built, weighed, and looked into for what should not be there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.markers import Marker

# Given where they are: what lets a build through a proxy that signs anew.
SECRETS = {"ca": "/etc/ssl/certs/ca-certificates.crt", "cacerts": "/etc/ssl/certs/java/cacerts"}
LIST = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)(?: *; *([^\\]+))?", re.MULTILINE)

Built = dict[str, dict[str, Any]]


def wanted(config: dict[str, Any]) -> Built:
    """Image → how it is built, from what `compose config` says."""
    return {service["image"]: service["build"] for service in config["services"].values() if "build" in service}


def build(docker: str, image: str, how: dict[str, Any]) -> None:
    """By `docker build`, since Compose wants a plug-in for secrets."""
    command = [docker, "build", "-q", "-f", how["dockerfile"], "-t", image]
    for name, path in SECRETS.items():
        command += ["--secret", f"id={name},src={path}"] if Path(path).exists() else []
    command += ["--target", how["target"]] if "target" in how else []
    for name, value in how.get("args", {}).items():
        command += ["--build-arg", f"{name}={value}"]
    subprocess.run([*command, "."], env={**os.environ, "DOCKER_BUILDKIT": "1"}, stdout=sys.stderr, check=True)


def mib(docker: str, image: str) -> int:
    return int(_inspect(docker, image)["Size"] / 1_048_576)


def problems(docker: str, image: str, how: dict[str, Any]) -> Iterator[str]:
    """It runs as root, or holds another package than its lock names, or another version."""
    user = _inspect(docker, image)["Config"]["User"]
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user):
        yield f"{image} runs as {user or 'root'!r}"
    lock = how.get("args", {}).get("EXTRA") or ("emulators" if "emulators" in image else None)
    if lock is None:
        return
    found = subprocess.run(
        [docker, "run", "--rm", "--network=none", "--entrypoint=/opt/venv/bin/python", image, "-c", LIST],
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {_canonical(name): version for name, version in json.loads(found.stdout).items()}
    if installed != (pinned := pins(lock)):
        yield f"{image} is not what requirements/{lock}.txt says: {set(installed.items()) ^ set(pinned.items())}"


def pins(lock: str) -> dict[str, str]:
    """What a lock puts on a machine such as this one."""
    found = _PIN.findall(Path(f"requirements/{lock}.txt").read_text())
    return {_canonical(name): version for name, version, marker in found if not marker or Marker(marker).evaluate()}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _inspect(docker: str, image: str) -> dict[str, Any]:
    told = subprocess.run([docker, "image", "inspect", image], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(told.stdout)[0]
    return found
