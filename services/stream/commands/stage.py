"""`cadastre stage`: what an operator says to a stage."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from schemas.codec import rfc3339
from schemas.events import AuditEvent
from schemas.reference import Resume
from schemas.topics import REJECTED, STAGES
from services.stream import admin
from services.stream.saying import say
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="Stages: how they stand, and going on after the brake.")


@app.command(name="list")
def list_() -> None:
    """How each replica stood when it last said so."""
    for beat in admin.heartbeats(StreamSettings()):
        caught_up = "caught up" if beat.caught_up else f"{beat.lag} behind"
        typer.echo(f"{beat.stage}-{beat.replica}: {beat.state}, {caught_up}, {rfc3339(beat.at)}")


BRAKED = tuple(stage for stage in STAGES if stage in REJECTED.written_by)  # who rejects nothing has no brake to release


@app.command()
def resume(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BRAKED)}.", metavar="NAME")],
    by: Annotated[str, typer.Option(help="Who says so; else the user of this machine.")] = "",
) -> None:
    """Let a stage go on whose brake has tripped: what it rejects of the records that wait now does not count."""
    if name not in BRAKED:
        typer.echo(f"no stage {name} with a brake: one of {', '.join(BRAKED)}", err=True)
        raise typer.Exit(2)
    settings, now = StreamSettings(), datetime.now(UTC)
    inputs = STAGES[name].shared
    below: dict[str, dict[int, int]] = {}
    for (name_of_input, partition), end in admin.ends(settings, inputs).items():
        below.setdefault(name_of_input, {})[partition] = end
    author = by or getpass.getuser()
    statement = Resume(stage=name, below=below, author=author, at=now)
    audit = AuditEvent(actor=author, action="stage.resumed", subject=name, at=now)
    say(settings, statement, audit)
    typer.echo(f"{name} goes on; what it rejects of the records that were waiting does not count")
