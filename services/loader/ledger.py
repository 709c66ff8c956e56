"""How far each partition is loaded, as the warehouse itself says, in the transaction that loaded it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from services.loader.adapters.warehouse import Warehouse
from services.loader.handler import LOADED
from services.stream.reading import Slot
from services.stream.sink import Position, TopicReplaced


def positions(warehouse: Warehouse, slots: Iterable[Slot], topic_ids: Mapping[str, str]) -> dict[Slot, Position]:
    """Where these partitions go on. Raises `TopicReplaced` where the ledger speaks of another topic of that name."""
    found: dict[Slot, Position] = {}
    wanted = set(slots)
    for row in warehouse.rows("select topic, topic_partition, topic_id, next_offset, rows_loaded from ${stage}.ledger"):
        topic, partition, topic_id, offset, rows = str(row[0]), int(str(row[1])), str(row[2]), row[3], row[4]
        if (topic, partition) not in wanted:
            continue
        if topic_id != topic_ids[topic]:
            raise TopicReplaced(
                f"{topic} was deleted and created again (id {topic_id} is now {topic_ids[topic]}): its offsets mean "
                f"other records than the ledger's. `cadastre warehouse rebuild` starts over from the bucket; or "
                f"restore the topic"
            )
        found[topic, partition] = Position(int(str(offset)), topic_id, {LOADED: int(str(rows))})
    for topic, partition in wanted - found.keys():
        found[topic, partition] = Position(0, topic_ids[topic], fresh=True)
    return found


def last_load(warehouse: Warehouse) -> datetime | None:
    """When anything was last loaded."""
    [(at,)] = warehouse.rows("select max(loaded_at)::varchar from ${stage}.ledger")
    return None if at is None else datetime.fromisoformat(str(at)).replace(tzinfo=UTC)
