"""`make docker-smoke`: the images are built, and the demo runs in containers, alone and scaled, to the hashes of the
local run. Progress goes to stderr; the last line of stdout is one JSON object. Where Docker cannot run it says why
before anything else runs, and ends with 0."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.docker import images, page, strip, watched
from tests.docker.daemon import RUN, NoDocker, bases, compose, daemon
from tests.docker.stack import Stack

SUMMARY = Path(".run/demo/summary.json")
SCALE = {"dedupe": 3, "assign": 3, "api": 2}


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
    tell("smoke: base images")
    needed = compose(docker), bases(docker)
    expected = hashes_here()
    stack = Stack(docker, *needed)
    wanted = images.wanted(stack.config())
    began = time.monotonic()
    for image, how in wanted.items():
        tell(f"smoke: building {image}")
        images.build(docker, image, how)
    build_s = round(time.monotonic() - began, 1)
    found = [problem for image, how in wanted.items() for problem in images.problems(docker, image, how)]
    by_themselves = through_testcontainers()
    alone, alone_s = round_of(stack, {})
    scaled, scaled_s = round_of(stack, SCALE)
    checks = {
        "images_hold_their_own_and_no_root": not found,
        "images_by_themselves": by_themselves,
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


def hashes_here() -> dict[str, str]:
    """Those of the demo on this machine, without containers."""
    subprocess.run(["make", "-s", "browser", "demo", "ONCE=1"], stdout=sys.stderr, check=True)
    local = json.loads(SUMMARY.read_text())
    return {name: local[name] for name in ("deduped_hash", "assigned_hash")}


def through_testcontainers() -> bool:
    """The tests that run single images: all of them, none skipped."""
    tell("smoke: the images by themselves")
    report = RUN / "containers.xml"
    tests = ["tests/integration/containers", "-q", f"--junitxml={report}"]
    done = subprocess.run([sys.executable, "-m", "pytest", *tests], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        return False
    suite = next(ElementTree.parse(report).iter("testsuite"))
    return suite.get("skipped") == "0" and suite.get("tests") != "0"


def round_of(stack: Stack, scale: dict[str, int]) -> tuple[dict[str, Any], float]:
    """Up, the whole demo through it, the hashes, down. Scaled: more replicas come to the running stack, and two stages
    lose one while they work."""
    tell(f"smoke: up, {f'then {scale}' if scale else 'alone'}")
    began = time.monotonic()
    try:
        stack.up()
        stack.load(("salesforce",))
        if scale:
            stack.up(**scale)
        stack.load(("hubspot",))
        if scale:
            stack.kill("dedupe", 2)
            stack.kill("assign", 2)
        stack.load(("dynamics",))
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
    """The replicas have the numbers of their containers, Prometheus sees them all, pulse comes back from a kill, and
    the page works in front of them."""
    numbers = {name: stack.replicas(name) == set(range(count)) for name, count in scale.items()}
    problems = {
        "all_watched": list(watched.problems(stack, scale)),
        "pulse_again_within_15_s": list(strip.problems(stack)),
        "page_through_nginx": [*page.headers(stack), *page.problems(stack)],
    }
    for problem in chain.from_iterable(problems.values()):
        tell(f"smoke: {problem}")
    return {"replicas_by_number": all(numbers.values())} | {name: not found for name, found in problems.items()}


def tell(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    sys.exit(main())
