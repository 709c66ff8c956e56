"""`cadastre engine`: what resolves, for all pools at once. Another threshold, cap or grain resolves everything again,
and what differs is said; the same engine as before comes to the same clients as before."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from msgspec.structs import replace

from schemas import codec
from schemas.events import AuditEvent
from schemas.reference import Engine
from schemas.topics import REFERENCE
from services.stream import admin
from services.stream.commands.topics import FIRST_ENGINE
from services.stream.saying import say
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="The engine that resolves records into clients.")


class Grain(StrEnum):
    ENTITY = "entity"
    SITE = "site"


@app.command()
def show() -> None:
    """Print the active engine as JSON."""
    typer.echo(codec.encode(_active(StreamSettings())).decode())


@app.command(name="set")
def set_(
    by: Annotated[str, typer.Option(help="Who decides.")],
    threshold: Annotated[
        int | None, typer.Option(min=60, max=100, help="The confidence in percent from which two records match.")
    ] = None,
    cap: Annotated[
        int | None, typer.Option(min=2, max=100_000, help="A blocking key that more records share links nothing.")
    ] = None,
    grain: Annotated[Grain | None, typer.Option(help="Whether two addresses of one entity are two clients.")] = None,
    this_build: Annotated[
        bool, typer.Option("--this-build", help="The code and tokens of this build, which its dedupe then runs.")
    ] = False,
) -> None:
    """Change the active engine: every pool is resolved again, and the difference is published."""
    settings, now = StreamSettings(), datetime.now(UTC)
    before = _active(settings)
    engine = before
    if this_build:
        engine = replace(engine, code=FIRST_ENGINE.code, tokens=FIRST_ENGINE.tokens)
    if threshold is not None:
        engine = replace(engine, threshold=threshold)
    if cap is not None:
        engine = replace(engine, cap=cap)
    if grain is not None:
        engine = replace(engine, grain=grain.value)
    if engine == before:
        typer.echo(f"engine: {engine.name}, as it was")
        return
    details = {"before": before.name, "after": engine.name}
    say(settings, engine, AuditEvent(actor=by, action="engine.set", subject=engine.key, at=now, details=details))
    typer.echo(f"engine: {before.name} → {engine.name}; every pool is resolved again")


def _active(settings: StreamSettings) -> Engine:
    value = admin.read_all(settings, REFERENCE.name).get("engine:active")
    engine = codec.reference(value) if value is not None else None
    if not isinstance(engine, Engine):
        typer.echo("no engine is active: `cadastre topics create` activates the first", err=True)
        raise typer.Exit(2)
    return engine
