"""What Prometheus sees of the stack: every replica under its service's name, its rules, and where its alerts go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from tests.docker.stack import Stack
from tests.support.waiting import wait_until

SERVICES = ("ingest", "dedupe", "assign", "loader", "api", "pulse")


def problems(stack: Stack, scale: Mapping[str, int]) -> Iterator[str]:
    expected = Counter({service: scale.get(service, 1) for service in SERVICES})
    try:
        wait_until(lambda: up(stack) == expected, "every replica is scraped", seconds=60)
    except AssertionError:
        yield f"Prometheus sees {dict(up(stack))} of {dict(expected)}"
    if not asked(stack, "rules")["groups"]:
        yield "Prometheus has no rules"
    if not asked(stack, "alertmanagers")["activeAlertmanagers"]:
        yield "Prometheus knows no Alertmanager"


def up(stack: Stack) -> Counter[str]:
    """Service → how many of its replicas answer."""
    targets = asked(stack, "targets")["activeTargets"]
    return Counter(target["labels"]["service"] for target in targets if target["health"] == "up")


def asked(stack: Stack, what: str) -> dict[str, Any]:
    answer = httpx.get(f"{stack.url('PROMETHEUS_PORT')}/api/v1/{what}", timeout=10).raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data
