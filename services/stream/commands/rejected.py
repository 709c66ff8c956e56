"""`cadastre rejected`: what could not be processed, grouped for a first look, and one by one."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import REJECTED
from services.stream import admin
from services.stream.outcome import Incoming
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="What could not be processed, and why.")


@dataclass(frozen=True, slots=True)
class Rejected:
    """One rejected record, read back. `id` is its own place on `rejected`: partition and offset."""

    id: str
    reason: str
    stage: str
    position: str
    detail: str
    key: str
    at: str
    value: bytes | None


@app.command(name="list")
def list_(
    reason: Annotated[str, typer.Option(help="Only this reason.")] = "",
    stage: Annotated[str, typer.Option(help="Only this stage.")] = "",
    limit: Annotated[int, typer.Option(help="How many of the newest to list one by one.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, all of them.")] = False,
) -> None:
    """Group what is on `rejected` by reason, stage and source, and list the newest."""
    found = [
        r
        for r in rejections(StreamSettings())
        if (not reason or r.reason == reason) and (not stage or r.stage == stage)
    ]
    if as_json:
        for one in found:
            typer.echo(_json(one))
        return
    console = Console()
    groups = Table("reason", "stage", "source", "records")
    for (why, where, source), n in Counter((r.reason, r.stage, r.key.split(":")[0]) for r in found).most_common():
        groups.add_row(why, where, source, str(n))
    newest = Table("id", "reason", "position", "detail")
    for one in found[-limit:]:
        newest.add_row(one.id, one.reason, one.position, one.detail)
    console.print(groups, newest)


@app.command()
def show(
    record: Annotated[str, typer.Argument(help="The id that `list` gives: PARTITION:OFFSET.", metavar="ID")],
) -> None:
    """One rejected record whole: its headers and its original bytes."""
    for one in rejections(StreamSettings()):
        if one.id == record:
            typer.echo(_json(one))
            typer.echo((one.value or b"").decode("utf-8", "backslashreplace"))
            return
    typer.echo(
        f"no rejected record {record}: `cadastre rejected list` gives the ids; they are kept for 21 days", err=True
    )
    raise typer.Exit(1)


def rejections(settings: StreamSettings) -> list[Rejected]:
    """Everything on `rejected`, oldest first."""
    found: list[Incoming] = []
    admin.read(settings, REJECTED.name, found.append)
    found.sort(key=lambda message: (message.appended_at, message.partition, message.offset))
    return [_rejected(message) for message in found]


def _rejected(message: Incoming) -> Rejected:
    told = {name: value.decode("utf-8", "replace") for name, value in message.headers}
    return Rejected(
        id=f"{message.partition}:{message.offset}",
        reason=told.get("cadastre_reason", "?"),
        stage=told.get("cadastre_stage", "?"),
        position=told.get("cadastre_position", "?"),
        detail=told.get("cadastre_detail", ""),
        key=message.key,
        at=told.get("ce_time", ""),
        value=message.value,
    )


def _json(one: Rejected) -> str:
    shown = {name: getattr(one, name) for name in ("id", "reason", "stage", "position", "detail", "key", "at")}
    return json.dumps(shown, ensure_ascii=False)
