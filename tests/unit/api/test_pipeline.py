"""The pipeline strip: the windows that hold, added up over replicas, each reader within role and scope."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY

from schemas import codec
from schemas.events import Heartbeat, Window
from services.api.handler import projectors
from services.api.metrics import count_clients
from services.api.pipeline import Pipeline, quantile
from services.api.scope import Scope
from services.api.standing import Pulse
from services.stream.outcome import Incoming
from tests.support.api_server import Follower, decode
from tests.support.api_view import NOW, REFERENCE, Api, api_over, assigned, live

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def window(stage: str, n: int, replica: str = "0", beats: int = 10, **more: Mapping[object, int] | int) -> Window:
    start = START + timedelta(seconds=10 * n)
    at = start + timedelta(seconds=9)
    given = {"lag": 0, **more}
    return Window(stage=stage, replica=replica, start=start, seconds=10, beats=beats, at=at, **given)  # type: ignore[arg-type]


@pytest.fixture
def api(tmp_path: Path) -> Api:
    clients = (live("c_1"), assigned("c_1", "t-west"), live("c_2"), assigned("c_2", None), live("c_3"))
    return api_over(tmp_path, (*REFERENCE, *clients))


def asked(api: Api, user: str, query: str = "") -> Pulse:
    answer = api.get(user, f"/api/stats/pulse{query}")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Pulse)


def test_replicas_add_up_and_the_last_whole_window_gives_the_rates(api: Api) -> None:
    for one in (
        window("assign", 0, "0", decided={"deduped.assigned": 40}, took={8: 30, 64: 10}, lag=3),
        window("assign", 0, "1", decided={"deduped.assigned": 20, "deduped.rejected": 2}, rejected={"malformed": 2}),
        window("assign", 1, "0", beats=2, decided={"deduped.assigned": 7}),
    ):
        api.parts.pipeline.hear(one)
    (stage,) = asked(api, "ada").stages or ()
    assert (stage.replicas, stage.records_per_s, stage.rejected_per_s, stage.lag) == (2, 6.2, 0.2, 3)
    assert (stage.p50_ms, stage.p99_ms) == (8, 64)
    assert [point.records for point in stage.points] == [62, 7]


def test_of_two_windows_for_the_same_time_the_one_with_more_heartbeats_holds(api: Api) -> None:
    whole, part = (
        window("dedupe", 0, decided={"raw.applied": 10}),
        window("dedupe", 0, beats=3, decided={"raw.applied": 4}),
    )
    for one in (part, whole, part):
        api.parts.pipeline.hear(one)
    (stage,) = asked(api, "eli").stages or ()
    assert [point.records for point in stage.points] == [10]


def test_moves_are_told_within_the_scope_and_stages_to_who_may_see_them(api: Api) -> None:
    api.parts.pipeline.hear(window("assign", 0, arrived={"t-west": 3, "t-east": 5, "gone": 1}, left={"t-coast": 2}))
    told = {user: asked(api, user) for user in ("ada", "eli", "olga", "wes", "eve")}
    moved = {
        user: {m.territory.id: (m.arrived, m.left) for m in one.moves} if one.moves is not None else None
        for user, one in told.items()
    }
    everything = {"t-west": (3, 0), "t-coast": (0, 2), "t-east": (5, 0)}
    assert moved == {
        "ada": everything,
        "eli": everything,
        "olga": None,
        "wes": {"t-west": (3, 0), "t-coast": (0, 2)},
        "eve": {"t-east": (5, 0)},
    }
    assert {user for user, one in told.items() if one.stages is not None} == {"ada", "eli", "olga"}


def test_what_is_hidden_from_a_leader_changes_no_byte_of_the_strip(api: Api) -> None:
    api.parts.pipeline.hear(window("assign", 0, arrived={"t-east": 5}))
    before = api.get("eve", "/api/stats/pulse")
    api.parts.pipeline.hear(
        window("assign", 0, beats=11, arrived={"t-east": 5, "t-west": 9}, rejected={"malformed": 1})
    )
    after = api.get("eve", "/api/stats/pulse")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


def test_the_age_is_told_and_the_last_hour_is_kept(api: Api) -> None:
    assert asked(api, "ada").as_of is None
    for n in range(500):
        api.parts.pipeline.hear(window("dedupe", n, decided={"raw.applied": n}))
    told = asked(api, "ada", "?minutes=60")
    assert told.as_of == window("dedupe", 499).at
    (stage,) = told.stages or ()
    assert [point.records for point in stage.points] == list(range(140, 500))
    (stage,) = asked(api, "ada", "?minutes=1").stages or ()
    assert len(stage.points) == 6
    assert api.get("ada", "/api/stats/pulse?minutes=61").status_code == 400


def test_the_channel_holds_the_last_minute_within_the_scope_and_tells_what_is_heard(api: Api) -> None:
    hub = api.parts.door.hub

    async def followed(regions: frozenset[str] | None) -> list[Pulse]:
        follower, scope = Follower("pipeline"), Scope(regions)
        api.parts.pipeline.hear(window("assign", 0, arrived={"t-east": 5}))
        channel = await hub.follow(scope, "pipeline")
        for frame in channel.greeting(None)[0]:
            follower.take(decode(frame))
        held = [follower.state["pulse"]]
        api.parts.pipeline.hear(window("assign", 9, arrived={"t-west": 1, "t-east": 2}))
        await hub.tick(NOW)
        follower.take(decode(channel.since(follower.seq)))
        return [msgspec.convert(one, Pulse) for one in (*held, follower.state["pulse"])]

    first, then = asyncio.run(followed(None))
    assert (first.as_of, then.as_of) == (window("assign", 0).at, window("assign", 9).at)
    assert then.stages is not None
    assert {m.territory.id: m.arrived for m in then.moves or ()} == {"t-west": 1, "t-east": 2}


def test_the_channel_tells_a_leader_of_no_stage_and_no_other_region(api: Api) -> None:
    api.parts.pipeline.hear(window("assign", 0, arrived={"t-east": 5, "t-west": 1}))
    told = api.parts.pipeline.live(api.parts.view.roster, Scope(frozenset(("east",))))
    assert told.stages is None
    assert [(m.territory.id, m.arrived) for m in told.moves or ()] == [("t-east", 5)]


@pytest.mark.parametrize(("share", "bound"), [(0.5, 8), (0.75, 8), (0.76, 64), (0.99, 64)])
def test_a_share_of_the_records_stayed_below_its_bound(share: float, bound: int) -> None:
    assert quantile({64: 1, 8: 3}, share) == bound


def test_nothing_committed_took_no_time() -> None:
    assert quantile({}, 0.5) is None


def test_requests_are_measured_by_route_and_never_by_path(api: Api) -> None:
    def measured(route: str, status: str, method: str = "GET") -> float:
        labels = {"route": route, "method": method, "status": status}
        return REGISTRY.get_sample_value("cadastre_api_request_seconds_count", labels) or 0.0

    before = measured("/api/clients/{client_id}", "200"), measured("(none)", "404")
    assert api.get("ada", "/api/clients/c_1").status_code == 200
    assert api.get("ada", "/nowhere/c_1").status_code == 404
    assert (measured("/api/clients/{client_id}", "200"), measured("(none)", "404")) == (before[0] + 1, before[1] + 1)


def test_clients_are_counted_by_status(api: Api) -> None:
    count_clients(api.parts.view)
    found = {
        status: REGISTRY.get_sample_value("cadastre_clients", {"status": status})
        for status in ("assigned", "unassigned", "pending")
    }
    assert found == {"assigned": 1, "unassigned": 1, "pending": 1}


def test_a_window_on_stats_is_no_heartbeat_and_one_that_cannot_be_read_changes_nothing() -> None:
    heard: dict[str, Heartbeat] = {}
    pipeline = Pipeline()
    projector = projectors(heard, pipeline)[0]
    for value in (codec.encode(window("assign", 0)), b"{{"):
        projector.learn(Incoming("stats", 0, 0, 0, "pulse:assign:0", value, []))
    assert (pipeline.version, heard) == (1, {})
