"""The topics: who keys them, how they are partitioned, and what the broker keeps.

Partition counts are fixed when a topic is created, since growing one leaves half of its keys alive in two
partitions. All topics use LogAppendTime: event times travel in the values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PARTITIONS = 16  # of everything that scales: enough for 16 replicas of a stage


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it is created. `partitions` None means the deployment's count (16 unless set)."""

    name: str
    key: str
    partitioned_by: Literal["key", "pool", "single"]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    config: dict[str, str] = field(hash=False)
    event_type: str = ""

    def partitions(self, scale: int = PARTITIONS) -> int:
        return 1 if self.partitioned_by == "single" else scale


def _keep(days: int, **more: str) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS), **more}


def _compact(lag_days: int = 0) -> dict[str, str]:
    config = {
        "cleanup.policy": "compact",
        "delete.retention.ms": str(7 * DAY_MS),
        "segment.ms": str(DAY_MS),
        "min.compaction.lag.ms": str(lag_days * DAY_MS),
    }
    return config | ({"max.compaction.lag.ms": str((lag_days + 1) * DAY_MS)} if lag_days else {})


MAX_VALUE = 1_048_576  # bytes of a value on any topic but `rejected`
_ROOM = {"max.message.bytes": str(MAX_VALUE + 65_536)}  # headers, key and batch overhead
_DOUBLE = {"max.message.bytes": str(2 * MAX_VALUE + 65_536)}  # a rejected original comes with its reasons

RAW = Topic("raw", "record key", "key", ("ingest", "cli"), ("dedupe", "loader"), _keep(14) | _ROOM, "cadastre.raw.v1")
RECORDS = Topic("records", "record key", "key", ("dedupe",), ("dedupe",), _compact() | _ROOM, "cadastre.record.v1")
POOLED = Topic("pooled", "record key", "pool", ("dedupe",), ("dedupe",), _keep(7) | _ROOM, "cadastre.pooled.v1")
DEDUPED = Topic(
    "deduped",
    "client id",
    "pool",
    ("dedupe",),
    ("dedupe", "assign", "loader", "api"),
    _compact(7) | _ROOM,
    "cadastre.deduped.v1",
)
ASSIGNED = Topic(
    "assigned",
    "client id",
    "pool",
    ("assign",),
    ("assign", "loader", "api"),
    _compact(7) | _ROOM,
    "cadastre.assigned.v1",
)
FAMILY = Topic("family", "client id", "pool", ("assign",), ("assign",), _compact(), "cadastre.family.v1")
REJECTED = Topic(
    "rejected",
    "record key, or the source",
    "key",
    ("ingest", "dedupe", "assign", "cli"),
    ("loader", "cli"),
    _keep(21) | _DOUBLE,
    "cadastre.rejected.v1",
)
REFERENCE = Topic(
    "reference",
    "kind:id",
    "single",
    ("api", "cli"),
    ("dedupe", "assign", "loader", "api"),
    _compact() | _ROOM,
    "cadastre.reference.v1",
)
AUDIT = Topic("audit", "actor", "key", ("api", "cli"), ("loader",), _keep(90), "cadastre.audit.v1")
STATS = Topic(
    "stats",
    "stage and replica",
    "key",
    ("every stage", "pulse"),
    ("pulse", "api"),
    _keep(1) | {"segment.ms": str(HOUR_MS)},  # only whole segments go, and whoever starts reads what is left of them
    "cadastre.stats.v1",
)

WINDOW_TYPE = "cadastre.window.v1"  # beside the heartbeats on `stats`
WINDOW_KEYS = "pulse:"

TOPICS: dict[str, Topic] = {
    t.name: t for t in (RAW, RECORDS, POOLED, DEDUPED, ASSIGNED, FAMILY, REJECTED, REFERENCE, AUDIT, STATS)
}
ALWAYS = {"message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True, slots=True)
class Reads:
    """What a stage reads to its end before nothing is pending: its replicas share the first, each reads the second."""

    shared: tuple[str, ...]
    whole: tuple[str, ...]


STAGES: dict[str, Reads] = {
    "dedupe": Reads((RAW.name, POOLED.name), (REFERENCE.name,)),
    "assign": Reads((DEDUPED.name,), (REFERENCE.name, FAMILY.name)),
    "loader": Reads((RAW.name, DEDUPED.name, ASSIGNED.name, REJECTED.name, REFERENCE.name, AUDIT.name), ()),
    "api": Reads((), (DEDUPED.name, ASSIGNED.name, REFERENCE.name)),
}
