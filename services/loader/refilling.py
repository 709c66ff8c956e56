"""The rebuild itself: every object read, all emptied in one transaction, then loaded as the loader loads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from services.loader import rebuilding
from services.loader.adapters.object_store import ObjectStore
from services.loader.adapters.warehouse import Warehouse
from services.loader.batch import Cut
from services.loader.load import Load, Move
from services.loader.names import TABLES
from services.loader.statements import STAGED
from services.stream.crash import CrashPoints
from services.stream.reading import Slot

_CORE = ("client_dim", "client_xref", "assignments_fact", "region_dim", "territory_dim", "advisor_dim")


def whole(warehouse: Warehouse, store: ObjectStore, topic_ids: Mapping[str, str]) -> dict[Slot, list[Cut]]:
    """Partition → its objects, each whole and going on where the one before ends, as far as the ledger stands at least.

    Raises `ObjectsMissing`.
    """
    found: dict[Slot, list[Cut]] = {}
    for slot, keys in rebuilding.chains(store.stored(), topic_ids).items():
        cuts = []
        for key in keys:
            body, metadata = store.read(key)
            cuts.append(rebuilding.described(slot, key, metadata, hashlib.sha256(body).hexdigest()))
        found[slot] = rebuilding.joined(slot, cuts)
    if not found:
        raise rebuilding.ObjectsMissing("the bucket holds no object of today's topics: is it the right one?")
    _reach_the_ledger(warehouse, found, topic_ids)
    return found


def _reach_the_ledger(warehouse: Warehouse, chains: Mapping[Slot, Sequence[Cut]], topic_ids: Mapping[str, str]) -> None:
    rows = warehouse.rows("select topic, topic_partition, topic_id, next_offset, object_key from ${stage}.ledger")
    for topic, partition, topic_id, at, key in rows:
        chain = chains.get((str(topic), int(str(partition))), ())
        ends = chain[-1].end if chain else 0
        if topic_id == topic_ids[str(topic)] and ends < int(str(at)):
            raise rebuilding.ObjectsMissing(
                f"{key} is not there: the bucket ends at {ends} of {topic}, partition {partition}, loaded up to {at}"
            )


def refill(
    warehouse: Warehouse, chains: Mapping[Slot, Sequence[Cut]], now: datetime, told: Callable[[int, int], None]
) -> int:
    """Rows loaded of what `whole` gave. The loader must be stopped."""
    empty(warehouse)
    load, rows = Load(warehouse, CrashPoints()), dict.fromkeys(chains, 0)
    turns = list(rebuilding.waves(chains))
    for done, wave in enumerate(turns, 1):
        load([Move(cut, rows[cut.slot]) for cut in wave], now)
        for cut in wave:
            rows[cut.slot] += cut.rows
        told(done, len(turns))
    return sum(rows.values())


def empty(warehouse: Warehouse) -> None:
    """Every table of RAW, STAGE and CORE that a load fills; what quality checks found before is kept."""
    tables = [f"${{raw}}.{table}" for table in TABLES.values()]
    tables += [f"${{stage}}.{table}" for table in (*STAGED.values(), "unreadable", "ledger")]
    tables += [f"${{core}}.{table}" for table in _CORE]
    with warehouse.transaction():
        for table in tables:
            warehouse.changed(f"delete from {table}")
