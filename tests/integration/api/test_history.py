"""History as the api tells it from a real SQL engine that the real loader has filled from a real Kafka."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from msgspec import structs

from deploy.local.warehouse import LocalWarehouse
from schemas import codec
from schemas.events import Assignment
from services.api.adapters.warehouse import Sessions
from services.api.settings import ApiSettings
from services.stream.settings import StreamSettings
from tests.support.api_view import NOW, Api, address, api_over, assigned, live
from tests.support.broker import SharedBroker
from tests.support.told import send
from tests.support.warehouse import Loaded


def placed(territory: str, advisor: str, version: int) -> Assignment:
    return structs.replace(
        assigned("c_1", territory, advisor, version), effective_from=NOW + timedelta(minutes=version)
    )


SAID = (
    (live("c_1", 1, name="First", lei="LEI1"), placed("t-west", "ann", 1)),
    (live("c_1", 2, name="Second", aum="7.50"), placed("t-east", "ben", 2)),
    (live("c_1", 3, name="Third"), placed("t-coast", "cat", 3)),
)


def settings_of(loaded: Loaded) -> ApiSettings:
    told = {key.removeprefix("CADASTRE_").lower(): value for key, value in loaded.env.items()}
    return ApiSettings.model_validate({**told, "secret": "a secret of sixteen or more"})


def entries(api: Api, user: str) -> list[tuple[str, str | None, bool]]:
    told = api.get(user, "/api/clients/c_1/history").json()["entries"]
    return [(one["territory"]["id"], one["advisor"]["id"], one["effective_to"] is None) for one in told]


def test_history_is_what_was_said_scoped_and_stamped_with_how_far_it_reaches(
    broker: SharedBroker, prefix: str, local_warehouse: LocalWarehouse, tmp_path: Path
) -> None:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=2)
    loaded = Loaded(settings, local_warehouse, tmp_path)
    loaded.prepare()
    api = api_over(tmp_path, warehouse=Sessions(settings_of(loaded)))
    try:
        loaded.start()
        for client, assignment in SAID:
            api.put(client, assignment)
            send(settings, [(*address(value), codec.encode(value)) for value in (client, assignment)])
        loaded.wait_loaded()
        assert entries(api, "wes") == [("t-coast", "cat", True), ("t-west", "ann", False)]
        assert entries(api, "ada") == [("t-coast", "cat", True), ("t-east", "ben", False), ("t-west", "ann", False)]
        every = api.get("ada", "/api/clients/c_1/history").json()
        starts = [one["valid_from"] for one in every["versions"]]
        assert starts == sorted(set(starts), reverse=True)
        assert len(starts) == 3
        changed = {one["field"]: (one["before"], one["after"]) for one in every["versions"][1]["changes"]}
        assert changed == {"name": ("First", "Second"), "lei": ("LEI1", None), "aum": ("5.00 USD", "7.50 USD")}
        assert every["complete"]
        assert every["loaded_at"] is not None
        api.put(placed("t-west", "ann", 4))
        assert not api.get("wes", "/api/clients/c_1/history").json()["complete"], "the warehouse is behind"
        assert api.get("eve", "/api/clients/c_1/history").status_code == 404
    finally:
        loaded.end()
        api.close()
