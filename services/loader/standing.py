"""How the warehouse stands: its counts, and whether it says what the topics say. Reads only."""

from __future__ import annotations

from schemas.topics import ASSIGNED, DEDUPED, REFERENCE
from services.loader import verifying
from services.loader.adapters.warehouse import Warehouse
from services.loader.names import TABLES
from services.loader.statements import DIMENSIONS
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings

CORE = {DEDUPED.name: "client_dim", ASSIGNED.name: "assignments_fact"}
_COUNTS = {
    "client_dim_current": "select count(*) from ${core}.client_dim where is_current",
    "client_dim": "select count(*) from ${core}.client_dim",
    "territory_dim": "select count(*) from ${core}.territory_dim",
    "assignments_fact_current": "select count(*) from ${core}.assignments_fact where is_current",
    "assignments_fact": "select count(*) from ${core}.assignments_fact",
}
_WITHOUT_ONE = (
    "select count(*) from (select c.client_id from ${core}.client_dim c left join ${core}.assignments_fact a "
    "on a.client_id = c.client_id and a.is_current where c.is_current group by c.client_id "
    "having count(a.client_id) <> 1) as wrong"
)


def counts(warehouse: Warehouse) -> dict[str, int]:
    """Rows of CORE, by the names that the demo prints."""
    [row] = warehouse.rows("select " + ", ".join(f"({one})" for one in _COUNTS.values()))
    return {name: int(str(n)) for name, n in zip(_COUNTS, row, strict=True)}


def differences(warehouse: Warehouse, settings: StreamSettings) -> list[str]:
    """What differs between the topics and the warehouse; empty where nothing does."""
    found = []
    for topic, table in CORE.items():
        told = verifying.Topic()
        admin.read(settings, topic, told.take)
        rows = warehouse.rows(f"select client_id, version, value_hash, is_current from ${{core}}.{table}")
        found += verifying.differences(table, told, rows)
        if topic == DEDUPED.name:
            held = warehouse.rows("select record_key, client_id from ${core}.client_xref where is_current")
            found += verifying.misheld(told, held)
    found += _dimensions(warehouse, settings)
    [(without,)] = warehouse.rows(_WITHOUT_ONE)
    if without:
        found.append(f"{without} active clients have not exactly one current assignment")
    ledger = warehouse.rows("select topic, sum(rows_loaded)::number(19, 0) from ${stage}.ledger group by topic")
    stored = warehouse.rows(
        " union all ".join(
            f"select '{topic}', count(*), count(distinct topic_partition::varchar || ':' || record_offset::varchar) "
            f"from ${{raw}}.{table}"
            for topic, table in TABLES.items()
        )
    )
    return found + verifying.miscounts(stored, {str(topic): int(str(n)) for topic, n in ledger})


def _dimensions(warehouse: Warehouse, settings: StreamSettings) -> list[str]:
    """Of what people own: a territory that was removed may have left `reference` altogether, and is ended in CORE."""
    told = {kind: verifying.Topic() for kind in DIMENSIONS}

    def take(message: Incoming) -> None:
        kind = message.key.partition(":")[0]
        if kind in told:
            told[kind].take_statement(message)

    admin.read(settings, REFERENCE.name, take)
    found = []
    for kind, table in DIMENSIONS.items():
        rows = warehouse.rows(f"select {table.key}, version, value_hash, is_current from ${{core}}.{table.into}")
        found += verifying.differences(table.into, told[kind], rows)
    return found
