"""The rebuild itself: everything emptied in one transaction, then the bucket's objects loaded as the loader loads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from services.loader import rebuilding
from services.loader.adapters.object_store import ObjectStore
from services.loader.adapters.warehouse import Warehouse
from services.loader.load import Load, Move
from services.loader.names import TABLES
from services.loader.statements import STAGED
from services.stream.crash import CrashPoints

_CORE = ("client_dim", "client_xref", "assignments_fact", "region_dim", "territory_dim", "advisor_dim")


def refill(
    warehouse: Warehouse,
    store: ObjectStore,
    topic_ids: Mapping[str, str],
    now: datetime,
    told: Callable[[int, int], None],
) -> int:
    """Rows loaded. Raises `ObjectsMissing` with the warehouse filled up to there. The loader must be stopped."""
    of_slots = rebuilding.chains(store.stored(), topic_ids)
    empty(warehouse)
    load, at, rows = Load(warehouse, CrashPoints()), dict.fromkeys(of_slots, 0), dict.fromkeys(of_slots, 0)
    turns = list(rebuilding.waves(of_slots))
    for done, wave in enumerate(turns, 1):
        moves = []
        for slot, key in wave:
            body, metadata = store.read(key)
            cut = rebuilding.following(slot, key, at[slot], metadata, hashlib.sha256(body).hexdigest())
            moves.append(Move(cut, rows[slot]))
            at[slot], rows[slot] = cut.end, rows[slot] + cut.rows
        load(moves, now)
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
