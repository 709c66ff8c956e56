"""`make docker-smoke`: the images are built, and the demo runs in containers, alone and scaled, to the hashes of the
local run. Progress goes to stderr; the last line of stdout is one JSON object. Where Docker cannot run it says why, and
ends with 0."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.docker import images, page, watched
from tests.docker.daemon import NoDocker, bases, compose, daemon
from tests.docker.stack import Stack

SUMMARY = Path(".run/demo/summary.json")
SCALE = {"dedupe": 3, "assign": 3, "api": 2}
FIRST, REST = ("salesforce",), ("hubspot", "dynamics")


def main() -> int:
    try:
        with daemon() as docker:
            result = run(docker)
    except NoDocker as reason:
        tell(f"skipped: {reason}")
        result = {"skipped": str(reason)}
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if all(result.get("checks", {}).values()) else 1


def run(docker: str) -> dict[str, Any]:
    local = json.loads(SUMMARY.read_text())
    expected = {name: local[name] for name in ("deduped_hash", "assigned_hash")}
    tell("smoke: base images")
    stack = Stack(docker, compose(docker), bases(docker))
    wanted = images.wanted(stack.config())
    began = time.monotonic()
    for image, how in wanted.items():
        tell(f"smoke: building {image}")
        images.build(docker, image, how)
    build_s = round(time.monotonic() - began, 1)
    found = [problem for image, how in wanted.items() for problem in images.problems(docker, image, how)]
    alone, alone_s = round_of(stack, {})
    scaled, scaled_s = round_of(stack, SCALE)
    checks = {
        "images_hold_their_own_and_no_root": not found,
        "hashes_alone": alone.pop("hashes") == expected,
        "hashes_scaled": scaled.pop("hashes") == expected,
        **scaled,
    }
    for problem in found:
        tell(f"smoke: {problem}")
    return {
        "checks": checks,
        "build_s": build_s,
        "images_mib": {image: images.mib(docker, image) for image in wanted},
        "seconds": {"alone": alone_s, "scaled": scaled_s},
    }


def round_of(stack: Stack, scale: dict[str, int]) -> tuple[dict[str, Any], float]:
    """Up, the whole demo through it, the hashes, down. Scaled, two stages lose a replica while they work."""
    tell(f"smoke: up {scale or 'alone'}")
    began = time.monotonic()
    try:
        stack.up(**scale)
        stack.load(FIRST)
        if scale:
            stack.kill("dedupe", 2)
            stack.kill("assign", 2)
        stack.load(REST)
        stack.post()
        stack.settle()
        told: dict[str, Any] = {"hashes": stack.hashes()}
        seconds = round(time.monotonic() - began, 1)
        tell(f"smoke: {told['hashes']} after {seconds} s")
        if scale:
            told |= look(stack, scale)
        return told, seconds
    except Exception:
        tell(stack.logs())
        raise
    finally:
        stack.down()


def look(stack: Stack, scale: dict[str, int]) -> dict[str, bool]:
    """The replicas have the numbers of their containers, the page works in front of them, Prometheus sees them all."""
    numbers = {name: stack.replicas(name) == set(range(count)) for name, count in scale.items()}
    unseen = list(watched.problems(stack, scale))
    seen = [*page.headers(stack), *page.problems(stack)]
    for problem in [*unseen, *seen]:
        tell(f"smoke: {problem}")
    return {"replicas_by_number": all(numbers.values()), "page_through_nginx": not seen, "all_watched": not unseen}


def tell(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    sys.exit(main())
