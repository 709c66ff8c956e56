"""The pipeline strip through nginx: pulse is lost, and its windows go on within seconds of its restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from services.api.standing import Pulse
from tests.docker.stack import Stack
from tests.support.waiting import wait_until

WITHIN_S = 15.0
STAGES = {"dedupe", "assign"}


def problems(stack: Stack) -> Iterator[str]:
    token = httpx.post(f"{stack.url('ISSUER_PORT')}/token", json={"username": "ada"}, timeout=10).raise_for_status()
    bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}
    yield from quiet(stack, bearer, "pulse")
    stack.kill("pulse", 1)
    yield from quiet(stack, bearer, "pulse, killed and started again,")


def quiet(stack: Stack, bearer: dict[str, str], who: str) -> Iterator[str]:
    since = datetime.now(UTC)
    try:
        wait_until(lambda: told_since(stack, bearer, since) >= STAGES, f"{who} tells of {STAGES}", WITHIN_S)
    except AssertionError as late:
        yield str(late)


def told_since(stack: Stack, bearer: dict[str, str], since: datetime) -> set[str]:
    """The stages that the strip has windows of from then on, where it counts heartbeats from then on at all."""
    answer = httpx.get(f"{stack.url('WEB_PORT')}/api/stats/pulse", headers=bearer, timeout=10).raise_for_status()
    strip = msgspec.json.decode(answer.content, type=Pulse)
    if strip.as_of is None or strip.as_of <= since:
        return set()
    window = timedelta(seconds=strip.window_s)
    return {one.stage for one in strip.stages or () if one.points and one.points[-1].start + window > since}
