"""A stage that rejects too much for reasons of its own stops; a record that kills it is found."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest

from deploy.local.ports import PortPair
from schemas.codec import encode
from schemas.reference import Resume
from services.stream import admin
from services.stream.settings import StreamSettings
from tests.support.echoing import assert_each_once, rejections, send, some
from tests.support.stages import StageRun
from tests.support.waiting import wait_until


def reasons(port: int) -> list[str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
            return []
    except urllib.error.HTTPError as unready:
        return list(json.load(unready)["reasons"])
    except OSError:
        return []


@pytest.mark.parametrize("kind", ["bad", "raise"])
def test_the_brake_trips_before_anything_is_committed_and_a_word_lets_the_stage_go_on(
    settings: StreamSettings,
    echo: StageRun,
    kind: str,
) -> None:
    good = some(50)
    send(settings, [*good, *[("crm:1", kind)] * 300])
    port = PortPair.choose().first
    echo.start(CADASTRE_HTTP_PORT=str(port))
    wait_until(lambda: any("100 of the last 1000" in reason for reason in reasons(port)), "/readyz names the brake")
    assert len(rejections(settings)) < 100
    assert [beat.state for beat in admin.heartbeats(settings)] != ["stopping"]
    echo.kill()
    echo.start(CADASTRE_HTTP_PORT=str(port))
    wait_until(lambda: bool(reasons(port)), "a restart does not release the brake")
    _resume(settings)
    assert_each_once(settings, good)
    wait_until(lambda: len(rejections(settings)) == 300, "the bad ones rejected after all")
    assert reasons(port) == []


def test_a_record_that_kills_the_process_is_rejected_unhandled_and_its_neighbours_are_said_once(
    settings: StreamSettings,
    echo: StageRun,
) -> None:
    records = some(60)
    send(settings, [*records[:30], ("crm:1", "kill"), *records[30:]])
    deaths = 0
    echo.start()
    while deaths < 10 and len(rejections(settings)) < 1:
        wait_until(lambda: not echo.running or bool(rejections(settings)), "a death or a verdict")
        if not echo.running:
            deaths += 1
            echo.start()
    assert_each_once(settings, records)
    (rejected,) = rejections(settings)
    assert dict(rejected.headers)["cadastre_reason"] == b"kills_process"
    assert rejected.value == b"kill"
    assert deaths == 4


def test_a_record_on_trial_that_a_kill_from_outside_hits_once_is_said_all_the_same(
    settings: StreamSettings, echo: StageRun
) -> None:
    records = [("crm:1", str(i)) for i in range(50)]  # of one partition, so that each life begins at the same record
    send(settings, records)
    for point in ("start_noted", "start_noted", "tried"):
        echo.start(CADASTRE_CRASH_AT=point)
        assert echo.wait() == -9, echo.text()
    echo.start()
    assert_each_once(settings, records)
    assert rejections(settings) == []


def _resume(settings: StreamSettings) -> None:
    below: dict[str, dict[int, int]] = {}
    for (topic, partition), end in admin.ends(settings, ["raw"]).items():
        below.setdefault(topic, {})[partition] = end
    statement = Resume(stage="echo", below=below, author="test", at=datetime.now(UTC))
    with admin.transaction(settings, "test") as tx:
        tx.write("reference", statement.key, encode(statement), [])
