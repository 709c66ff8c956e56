"""What things are called in the warehouse: the one place where names become part of SQL text.

Names come from settings and from this file, never from a record; values are always bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from schemas.topics import ASSIGNED, AUDIT, DEDUPED, RAW, REFERENCE, REJECTED

Value = str | int | float | bool | None  # what is bound
Row = tuple[object, ...]

TABLES: dict[str, str] = {
    RAW.name: "clients",
    DEDUPED.name: "deduped",
    ASSIGNED.name: "assigned",
    REJECTED.name: "rejected",
    REFERENCE.name: "reference",
    AUDIT.name: "audit",
}
"""Topic → its table in RAW."""


@dataclass(frozen=True, slots=True)
class Names:
    """Databases and bucket of a deployment; the schemas inside are always the same."""

    raw_database: str
    stage_database: str
    core_database: str
    bucket: str

    @property
    def raw(self) -> str:
        return f"{self.raw_database}.client_hierarchy"

    @property
    def stage(self) -> str:
        return f"{self.stage_database}.staging"

    @property
    def core(self) -> str:
        return f"{self.core_database}.dimensional"

    def table(self, topic: str) -> str:
        """A topic's table in RAW."""
        return f"{self.raw}.{TABLES[topic]}"

    def fill(self, sql: str, **more: str) -> str:
        """SQL with `${raw}`, `${stage}`, `${core}`, the databases and the bucket put in. `KeyError`: a misspelling."""
        return Template(sql).substitute(
            raw=self.raw,
            stage=self.stage,
            core=self.core,
            raw_database=self.raw_database,
            stage_database=self.stage_database,
            core_database=self.core_database,
            bucket=self.bucket,
            **more,
        )
