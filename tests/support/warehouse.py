"""The local warehouse in a test: started once, with a database and a bucket of each test's own; a loader beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from typer.testing import CliRunner

from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from deploy.local.warehouse import LocalWarehouse, start_warehouse
from schemas.topics import ASSIGNED, DEDUPED
from services.cli import build
from services.loader.adapters.landing import open_landing
from services.loader.adapters.object_store import ObjectStore
from services.loader.adapters.warehouse import Warehouse
from services.loader.migrating import migrate
from services.loader.names import TABLES
from services.loader.settings import LoaderSettings
from services.loader.standing import differences
from services.loader.statements import DIMENSIONS, TABLES_OF, Versions
from services.stream import admin, clients
from services.stream.deployment import create_topics
from services.stream.outcome import Incoming
from services.stream.positions import has_members
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.oracle.warehouse import CoreOracle
from tests.support.stages import StageRun, environment
from tests.support.waiting import wait_until

_AS_JSON = frozenset(("ended_into", "moved", "conflicts", "territories"))
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

    def command(self, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None) -> str:
        """What `cadastre …` says, with the exit code that it must have."""
        told = {**environment(self.settings), **self.env, **(env or {})}
        result = CliRunner().invoke(build(arguments[0]), list(arguments), env=told)
        assert result.exit_code == code, result.output
        return result.output

    def wait_gone(self) -> None:
        wait_until(lambda: not has_members(self.settings, "loader"), "the loader's session has ended")

    def objects(self) -> BaseClient:
        """The bucket as somebody else would reach it."""
        settings = self.loader_settings()
        assert settings.s3_access_key is not None
        assert settings.s3_secret_key is not None
        return boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key.get_secret_value(),
            aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        )

    def loaded_rows(self) -> int:
        [(rows,)] = self.warehouse.rows("select coalesce(sum(rows_loaded), 0)::number(19, 0) from ${stage}.ledger")
        return int(str(rows))

    def log(self) -> list[Incoming]:
        found: list[Incoming] = []
        for topic in TABLES:
            admin.read(self.settings, topic, found.append)
        return found

    def assert_as_the_log_says(self, but: Sequence[str] = ()) -> None:
        """CORE equals the oracle in every column, RAW holds each record once, and `verify` finds nothing else."""
        messages = self.log()
        oracle = CoreOracle(messages)
        [of_clients], [of_assignments] = TABLES_OF[DEDUPED.name], TABLES_OF[ASSIGNED.name]
        assert core(self.warehouse, of_clients) == oracle.clients
        assert core(self.warehouse, of_assignments) == oracle.assignments
        assert {
            (str(record), str(client), int(str(version))): (_time(start), _time(end), current)
            for record, client, version, start, end, current in self.warehouse.rows(_XREF)
        } == oracle.xref
        for kind, of_kind in oracle.dimensions.items():
            assert core(self.warehouse, DIMENSIONS[kind]) == of_kind, kind
        for topic, table in TABLES.items():
            rows = self.warehouse.rows(f"select topic_partition, record_offset from ${{raw}}.{table}")
            places = sorted((int(str(partition)), int(str(offset))) for partition, offset in rows)
            assert places == sorted((m.partition, m.offset) for m in messages if m.topic == topic), topic
        assert differences(self.warehouse, self.settings) == list(but)


def core(warehouse: Warehouse, table: Versions) -> dict[tuple[str, int], dict[str, object]]:
    """(id, version) → each column that the table has, by name; `period`: from, to, and whether it is current."""
    start, end = table.period
    columns = [name for name in table.columns if name != "told_at"]
    rows = warehouse.rows(
        f"select {table.key}, version, {start}::varchar, {end}::varchar, is_current, told_at::varchar, "
        f"{', '.join(columns)} from ${{core}}.{table.into}"
    )
    found: dict[tuple[str, int], dict[str, object]] = {}
    for key, version, begins, ends, current, told_at, *said in rows:
        row = {name: _read(name, value) for name, value in zip(columns, said, strict=True)}
        row |= {"period": (_time(begins), _time(ends), current), "told_at": _time(told_at)}
        assert (key, version) not in found, f"{table.into} holds version {version} of {key} twice"
        found[str(key), int(str(version))] = row
    return found


def _read(name: str, value: object) -> object:
    return json.loads(str(value)) if name in _AS_JSON and value is not None else value


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
