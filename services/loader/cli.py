"""`cadastre warehouse …`: the warehouse's schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.loader.adapters.landing import open_landing
from services.loader.adapters.object_store import ObjectStore, StoreAway
from services.loader.adapters.warehouse import Warehouse
from services.loader.exports import EXPORTS, write
from services.loader.migrating import migrate as apply_migrations
from services.loader.names import TABLES
from services.loader.rebuilding import ObjectsMissing
from services.loader.refilling import refill, whole
from services.loader.settings import LoaderSettings
from services.loader.standing import counts, differences
from services.stream.deployment import current_topic_ids
from services.stream.positions import has_members

app = typer.Typer(no_args_is_help=True, help="The warehouse: its schema, its soundness, its rebuilding.")


@app.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be applied and apply nothing.")] = False,
) -> None:
    """Bring the warehouse's schema up to date; what is there already is left as it is."""
    settings = LoaderSettings()
    if settings.warehouse_emulated and not dry_run:
        ObjectStore(settings).make_bucket()
    steps = apply_migrations(
        Warehouse(settings), datetime.now(UTC), emulated=settings.warehouse_emulated, dry_run=dry_run
    )
    for step in steps:
        action = f"would be {step.action}" if dry_run and step.action == "applied" else step.action
        told = f"{action}: {step.reason}" if step.reason else action
        typer.echo(f"{step.migration.number:03d}_{step.migration.name}  {told}")


@app.command()
def verify() -> None:
    """Compare CORE with the topics by id, version and hash, and RAW with the ledger. Exit code 1 where they differ."""
    settings = LoaderSettings()
    warehouse = Warehouse(settings)
    found = differences(warehouse, settings)
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    told = ", ".join(f"{n} {name}" for name, n in counts(warehouse).items())
    typer.echo(f"The warehouse says what the topics say: {told}.")


@app.command()
def rebuild(
    yes: Annotated[bool, typer.Option("--yes", help="Do it: RAW, STAGE and CORE are emptied first.")] = False,
) -> None:
    """Empty the warehouse and fill it from the bucket. The loader must be stopped; it goes on where this ends."""
    settings = LoaderSettings()
    if has_members(settings, "loader"):
        typer.echo("a loader is running, or was until its session ends: stop it, wait, and call this again", err=True)
        raise typer.Exit(2)
    if not yes:
        typer.echo("this empties RAW, STAGE and CORE and fills them from the bucket; call it with --yes", err=True)
        raise typer.Exit(2)
    warehouse, store = Warehouse(settings), ObjectStore(settings)
    if settings.warehouse_emulated:
        open_landing(warehouse)
    ids = current_topic_ids(settings, TABLES)
    try:
        chains = whole(warehouse, store, ids)
    except (ObjectsMissing, StoreAway) as refused:
        typer.echo(f"{refused}. The warehouse is as it was", err=True)
        raise typer.Exit(2) from refused
    rows = refill(warehouse, chains, datetime.now(UTC), lambda done, of: typer.echo(f"load {done} of {of}", err=True))
    typer.echo(f"{rows} rows loaded from the bucket; `cadastre warehouse verify` once the loader has caught up")


def export(
    what: Annotated[str, typer.Argument(help="clients, assignments or workload.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="The file, replaced whole.", show_default="<what>.<format>")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
) -> None:
    """Write a table of the warehouse to a file. In CSV, text that a spreadsheet would run gets an apostrophe."""
    if what not in EXPORTS or form not in ("csv", "parquet"):
        typer.echo(f"{what} as {form} is no export: clients, assignments or workload, as csv or parquet", err=True)
        raise typer.Exit(2)
    to = to or Path(f"{what}.{form}")
    rows = write(Warehouse(LoaderSettings()), what, to, "csv" if form == "csv" else "parquet")
    typer.echo(f"{rows} rows in {to}")
