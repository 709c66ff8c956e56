"""The warehouse's schema, as numbered SQL files: each is applied once, and must never change afterwards.

What the local stand-in has not (roles, grants, row access policies, integrations) stands in `migrations/access/`, with
numbers of its own, and is skipped there by name, never silently.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable

from services.loader.adapters.warehouse import Warehouse

_FOLDER = resources.files("services.loader") / "migrations"
_NAME = re.compile(r"(\d{3})_([a-z_]+)\.sql")
SKIPPED = "the local stand-in has no roles, grants, policies or integrations"


class MigrationChanged(Exception):
    """A file that was applied is not what it was; names it."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    text: str
    access: bool  # only a real account can run it

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """Its statements, in order, without comments."""
        lines = [line for line in self.text.splitlines() if not line.lstrip().startswith("--")]
        return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip().strip(";")]


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one migration: applied, already there, or skipped with the reason."""

    migration: Migration
    action: str
    reason: str = ""


def migrations() -> list[Migration]:
    """All of them, by number."""
    found = [*_in(_FOLDER, access=False), *_in(_FOLDER / "access", access=True)]
    return sorted(found, key=lambda one: one.number)


def plan(all_of_them: Sequence[Migration], applied: dict[int, str], *, emulated: bool) -> list[Step]:
    """What a run would do. `applied`: number → checksum. Raises `MigrationChanged`."""
    steps = []
    for one in all_of_them:
        if one.number in applied and applied[one.number] != one.checksum:
            raise MigrationChanged(
                f"{one.number:03d}_{one.name}.sql was applied with checksum {applied[one.number][:12]} and is now "
                f"{one.checksum[:12]}: put it back as it was, and write what is to change as a new file"
            )
        if one.number in applied:
            steps.append(Step(one, "already applied"))
        elif one.access and emulated:
            steps.append(Step(one, "skipped", SKIPPED))
        else:
            steps.append(Step(one, "applied"))
    return steps


def migrate(warehouse: Warehouse, now: datetime, *, emulated: bool, dry_run: bool = False) -> list[Step]:
    """Apply what is missing, in order, each recorded once all of its statements are done. A dry run writes nothing."""
    if not dry_run:
        _prepare(warehouse)
    steps = plan(migrations(), _applied(warehouse), emulated=emulated)
    for step in steps:
        if dry_run or step.action != "applied":
            continue
        for statement in step.migration.statements:
            warehouse.rows(statement)
        warehouse.changed(
            "insert into ${stage}.migrations values (%s, %s, %s, %s)",
            [
                step.migration.number,
                step.migration.name,
                step.migration.checksum,
                now.strftime("%Y-%m-%d %H:%M:%S.%f"),
            ],
        )
    return steps


def _prepare(warehouse: Warehouse) -> None:
    """The table that remembers is made here, since no migration can be recorded before it."""
    for statement in (
        "create database if not exists ${stage_database}",
        "create schema if not exists ${stage} data_retention_time_in_days = 3",
        "create table if not exists ${stage}.migrations "
        "(number number(9, 0), name varchar, checksum varchar, applied_at timestamp_ntz)",
    ):
        warehouse.rows(statement)


def _applied(warehouse: Warehouse) -> dict[int, str]:
    """Number → checksum. Where the table that remembers is not there yet, or not seen by this role, nothing is."""
    place = warehouse.names.stage.upper().split(".")
    if not any(list(row[3:5]) == place for row in warehouse.rows("show terse tables like 'MIGRATIONS' in account")):
        return {}
    return {
        int(str(number)): str(checksum)
        for number, checksum in warehouse.rows("select number, checksum from ${stage}.migrations")
    }


def _in(folder: Traversable, *, access: bool) -> Iterator[Migration]:
    for file in folder.iterdir():
        match = _NAME.fullmatch(file.name)
        if match is not None:
            yield Migration(int(match[1]), match[2], file.read_text(), access)
