"""A client's past as each reader may know it, and an api whose warehouse is away, slow or silent."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.api.adapters.warehouse import Sessions
from services.api.explained import History
from services.api.history import Known, Period, Version, told
from services.api.roster import Roster, roster_of
from services.api.scope import EVERYTHING, Scope
from services.api.settings import ApiSettings
from tests.support.api_server import a_port
from tests.support.api_view import REFERENCE, api_over, assigned, live

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WEST = Scope(frozenset(("west",)))
ROSTER = roster_of(REFERENCE)


def at(minute: int) -> datetime:
    return T0 + timedelta(minutes=minute)


def periods(regions: Sequence[str | None], starts: Sequence[int]) -> list[Period]:
    ends = [at(start) for start in starts[1:]]
    return [
        Period(n + 1, f"t-{region}", region, "ann", "gold", None, "rule", at(start), end)
        for n, (region, start, end) in enumerate(zip(regions, starts, [*ends, None], strict=True))
    ]


def versions(names: Sequence[str], starts: Sequence[int]) -> list[Version]:
    ends = [at(start) for start in starts[1:]]
    return [
        Version(n + 1, "live", at(start), end, {"name": name})
        for n, (name, start, end) in enumerate(zip(names, starts, [*ends, None], strict=True))
    ]


def seen(known: Known, scope: Scope, now: tuple[int, int] = (0, 0)) -> History:
    return told(known, scope, ROSTER, lambda _: False, now)


def test_a_leader_is_told_of_the_time_in_their_regions_as_if_there_had_been_no_other() -> None:
    known = Known(
        periods(["east", "west", "east", "west"], [0, 10, 20, 30]),
        versions(["A", "B", "C", "D"], [0, 12, 22, 35]),
        at(99),
    )
    history = seen(known, WEST, (4, 4))
    assert [(one.effective_from, one.effective_to) for one in history.entries] == [(at(30), None), (at(10), at(20))]
    told_of = [(one.valid_from, one.valid_to) for one in history.versions]
    assert told_of == [(at(35), None), (at(30), at(35)), (at(12), at(20)), (at(10), at(12))]
    changes = [(one.changes[0].before, one.changes[0].after) for one in history.versions]
    assert changes == [("C", "D"), ("B", "C"), ("A", "B"), (None, "A")]
    assert (history.watermark, history.loaded_at, history.complete) == (at(35), None, True)
    assert len(seen(known, EVERYTHING).entries) == 4
    assert seen(known, EVERYTHING).loaded_at == at(99)


def test_a_history_without_what_the_api_shows_says_that_it_is_not_complete() -> None:
    known = Known(periods(["west"], [0]), versions(["A"], [0]), None)
    assert seen(known, WEST, (1, 1)).complete
    assert not seen(known, WEST, (2, 1)).complete
    assert not seen(known, WEST, (1, 2)).complete
    assert seen(Known([], [], None), WEST, (0, 0)).complete


def test_a_parent_that_the_reader_may_not_see_is_in_no_version() -> None:
    named = [
        one._replace(fields={**one.fields, "parent_record": f"crm:{one.version}"})
        for one in versions(["A", "A"], [0, 5])
    ]
    known = Known(periods(["west"], [0]), named, None)
    assert "crm" not in msgspec.json.encode(seen(known, WEST)).decode()
    every = told(known, EVERYTHING, ROSTER, lambda _: True, (0, 0))
    assert [(one.field, one.before, one.after) for one in every.versions[0].changes] == [
        ("parent_record", "crm:1", "crm:2")
    ]


_STARTS = st.lists(st.integers(0, 100), min_size=1, max_size=8).map(sorted)


@given(
    data=st.data(),
    starts=_STARTS,
    changed=_STARTS,
    other=st.sampled_from(("east", "coast-of-nowhere", None)),
)
@settings(max_examples=2_000 if os.environ.get("CADASTRE_TEST_FULL") else 100, deadline=None)
def test_what_happens_elsewhere_changes_no_byte_of_what_a_leader_is_told(
    data: st.DataObject, starts: list[int], changed: list[int], other: str | None
) -> None:
    regions = data.draw(st.lists(st.sampled_from(("west", "east", None)), min_size=len(starts), max_size=len(starts)))
    names = data.draw(st.lists(st.sampled_from("ABC"), min_size=len(changed), max_size=len(changed)))
    one = Known(periods(regions, starts), versions(names, changed), at(1))
    hidden = [
        i for i, v in enumerate(one.versions) if not any(_overlap(v, p) for p in one.periods if p.region == "west")
    ]
    another = Known(
        [
            p
            if p.region == "west"
            else p._replace(territory="t-x", region=other, advisor="zed", tier="x", decided_by="x")
            for p in one.periods
        ],
        [v._replace(fields={"name": "X", "city": "Y"}) if i in hidden else v for i, v in enumerate(one.versions)],
        at(2),
    )
    assert msgspec.json.encode(seen(one, WEST)) == msgspec.json.encode(seen(another, WEST))


def _overlap(version: Version, period: Period) -> bool:
    last = at(1_000)
    return version.valid_from < (period.effective_to or last) and period.effective_from < (version.valid_to or last)


def _settings(port: int, **more: object) -> ApiSettings:
    told = {"warehouse_host": "127.0.0.1", "warehouse_port": port, "warehouse_protocol": "http", **more}
    return ApiSettings(secret=SecretStr("a secret of sixteen or more"), **told)  # type: ignore[arg-type]


def test_a_warehouse_that_is_away_costs_history_and_nothing_else(tmp_path: Path) -> None:
    api = api_over(tmp_path, warehouse=Sessions(_settings(a_port(), warehouse_timeout_s=1)))
    api.put(live("c_w"), live("c_e"), assigned("c_w", "t-west"), assigned("c_e", "t-east"))
    for _ in range(2):
        answer = api.get("wes", "/api/clients/c_w/history")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["code"] == "warehouse-away"
    assert api.get("wes", "/api/clients/c_w").status_code == 200
    assert api.get("wes", "/api/clients/c_e/history").status_code == 404, "the scope is asked first"
    api.close()


class Stuck(Sessions):
    """Every question is under way until the test lets go."""

    def __init__(self, settings: ApiSettings) -> None:
        super().__init__(settings)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def _known(self, client_id: str) -> Known:
        self.asked.set()
        self.let_go.wait()
        return Known([], [], None)


def test_who_waits_for_the_warehouse_holds_up_nobody_else(tmp_path: Path) -> None:
    stuck = Stuck(_settings(1, warehouse_timeout_s=60, warehouse_sessions=2))
    api = api_over(tmp_path, warehouse=stuck)
    api.put(live("c_w"), assigned("c_w", "t-west"))
    statuses: list[int] = []
    asking = [
        threading.Thread(target=lambda: statuses.append(api.get("wes", "/api/clients/c_w/history").status_code))
        for _ in range(50)  # more than the server has threads
    ]
    with api.http:
        for one in asking:
            one.start()
        assert stuck.asked.wait(30)
        assert api.get("wes", "/api/clients/c_w").status_code == 200
        assert statuses == []
        stuck.let_go.set()
        for one in asking:
            one.join(30)
    assert statuses == [200] * 50
    api.close()


def test_a_warehouse_that_takes_connections_and_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        api = api_over(tmp_path, warehouse=Sessions(_settings(silent.getsockname()[1], warehouse_timeout_s=1)))
        api.put(live("c_w"), assigned("c_w", "t-west"))
        assert api.get("wes", "/api/clients/c_w/history").status_code == 503
        api.close()


def test_an_empty_roster_names_places_by_their_ids() -> None:
    known = Known(periods(["west"], [0]), [], None)
    [entry] = told(known, EVERYTHING, Roster(), lambda _: True, (0, 0)).entries
    assert (entry.territory.id, entry.territory.name) == ("t-west", "t-west")
