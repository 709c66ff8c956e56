"""The local warehouse in a test: started once, with a database and a bucket of each test's own; a loader beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from deploy.local.warehouse import LocalWarehouse, start_warehouse
from services.loader.adapters.landing import open_landing
from services.loader.adapters.object_store import ObjectStore
from services.loader.adapters.warehouse import Warehouse
from services.loader.migrating import migrate
from services.loader.names import TABLES
from services.loader.settings import LoaderSettings
from services.loader.standing import differences
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.oracle.warehouse import CoreOracle
from tests.support.stages import StageRun
from tests.support.waiting import wait_until

_CLIENTS = (
    "select client_id, version, valid_from::varchar, valid_to::varchar, is_current, status, value_hash, name "
    "from ${core}.client_dim"
)
_ASSIGNMENTS = (
    "select client_id, version, effective_from::varchar, effective_to::varchar, is_current, status, value_hash, "
    "territory from ${core}.assignments_fact"
)
_DIMENSION = (
    "select {kind}_id, version, valid_from::varchar, valid_to::varchar, is_current, status, value_hash, name "
    "from ${{core}}.{kind}_dim"
)
_XREF = (
    "select record_key, client_id, version, valid_from::varchar, valid_to::varchar, is_current from ${core}.client_xref"
)


@pytest.fixture(scope="session")
def local_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWarehouse]:
    """SeaweedFS and fakesnow for the whole run."""
    folder = tmp_path_factory.mktemp("warehouse")
    with Supervisor(folder / "logs", base_env()) as supervisor:
        yield start_warehouse(supervisor, folder)


class Loaded:
    """A deployment's topics, bucket and database, and its loader."""

    def __init__(self, settings: StreamSettings, local: LocalWarehouse, folder: Path) -> None:
        name = re.sub(r"[^a-z0-9]+", "", settings.topic_prefix.lower())
        database = f"T_{name.upper()}"
        self.local = local
        self.env = {
            **local.environment(),
            "CADASTRE_BUCKET": f"b-{name}"[:60],
            "CADASTRE_WAREHOUSE_TIMEOUT_S": "8",
            "CADASTRE_HEARTBEAT_EVERY_S": "0.2",
            **{f"CADASTRE_{part}_DATABASE": database for part in ("RAW", "STAGE", "CORE")},
        }
        self.settings = settings
        self.folder = folder
        self.warehouse = Warehouse(self.loader_settings())
        self.store = ObjectStore(self.loader_settings())
        self.runs: list[StageRun] = []

    def prepare(self) -> None:
        """Topics, bucket, schema."""
        create_topics(clients.admin(self.settings), self.settings)
        self.store.make_bucket()
        migrate(self.warehouse, datetime.now(UTC), emulated=True)
        open_landing(self.warehouse)

    def loader_settings(self, env: Mapping[str, str] | None = None) -> LoaderSettings:
        told = {key.removeprefix("CADASTRE_").lower(): value for key, value in {**self.env, **(env or {})}.items()}
        return LoaderSettings.model_validate({**self.settings.model_dump(exclude_unset=True), **told})

    def start(self, ordinal: int = 0, **env: str) -> StageRun:
        log = self.folder / f"loader-{ordinal}.log"
        run = StageRun("services.loader", self.settings, log, {**self.env, "CADASTRE_ORDINAL": str(ordinal)})
        self.runs.append(run)
        return run.start(**env)

    def end(self) -> None:
        for run in self.runs:
            if run.running:
                run.kill()
        self.warehouse.close()

    def wait_loaded(self, seconds: float = 90.0) -> None:
        """Until the ledger stands at the end of every partition: what these tests write has no transaction markers."""
        ends = {slot: end for slot, end in admin.ends(self.settings, list(TABLES)).items() if end}

        def loaded() -> bool:
            rows = self.warehouse.rows("select topic, topic_partition, next_offset from ${stage}.ledger")
            at = {(str(topic), int(str(partition))): int(str(offset)) for topic, partition, offset in rows}
            return all(at.get(slot, 0) >= end for slot, end in ends.items())

        wait_until(loaded, f"all is loaded; {self.runs[-1].text()[-2_000:] if self.runs else ''}", seconds)

    def loaded_rows(self) -> int:
        [(rows,)] = self.warehouse.rows("select coalesce(sum(rows_loaded), 0)::number(19, 0) from ${stage}.ledger")
        return int(str(rows))

    def log(self) -> list[Incoming]:
        found: list[Incoming] = []
        for topic in TABLES:
            admin.read(self.settings, topic, found.append)
        return found

    def assert_as_the_log_says(self) -> None:
        """CORE equals the oracle, RAW holds each record once, and `verify` finds nothing."""
        messages = self.log()
        oracle = CoreOracle(messages)
        assert core(self.warehouse, _CLIENTS) == oracle.clients
        assert core(self.warehouse, _ASSIGNMENTS) == oracle.assignments
        assert {
            (str(record), str(client), int(str(version))): (_time(start), _time(end), current)
            for record, client, version, start, end, current in self.warehouse.rows(_XREF)
        } == oracle.xref
        for kind, of_kind in oracle.dimensions.items():
            assert core(self.warehouse, _DIMENSION.format(kind=kind)) == of_kind, kind
        for topic, table in TABLES.items():
            rows = self.warehouse.rows(f"select topic_partition, record_offset from ${{raw}}.{table}")
            places = sorted((int(str(partition)), int(str(offset))) for partition, offset in rows)
            assert places == sorted((m.partition, m.offset) for m in messages if m.topic == topic), topic
        assert differences(self.warehouse, self.settings) == []


def core(warehouse: Warehouse, sql: str) -> dict[tuple[str, int], tuple[object, ...]]:
    return {
        (str(key), int(str(version))): (_time(start), _time(end), *rest)
        for key, version, start, end, *rest in warehouse.rows(sql)
    }


def _time(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


@pytest.fixture
def loading(broker: SharedBroker, prefix: str, local_warehouse: LocalWarehouse, tmp_path: Path) -> Iterator[Loaded]:
    """A loader with topics, a bucket and a database of its own."""
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=2, session_timeout_ms=6_000)
    made = Loaded(settings, local_warehouse, tmp_path)
    made.prepare()
    yield made
    made.end()
