"""`cadastre rejected list|show|discard`: what could not be processed, and what nobody wants any more.

Sending it again is ingest's part: `services/ingest/rejected_cli.py` puts it beside these.
"""

from __future__ import annotations

import getpass
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.events import AuditEvent
from services.stream import admin
from services.stream.rejected_log import NoSuchRejection, Rejected, Wanted, by_ids, mark, rejections
from services.stream.saying import sign
from services.stream.settings import StreamSettings

__all__ = ["discard", "list_", "rejections", "show"]

Reason = Annotated[str, typer.Option(help="Only this reason.")]
Stage = Annotated[str, typer.Option(help="Only this stage.")]
Source = Annotated[str, typer.Option(help="Only records of this source.")]
By = Annotated[str, typer.Option(help="Who says so; else the user of this machine.")]


def list_(
    reason: Reason = "",
    stage: Stage = "",
    source: Source = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what was redriven or discarded.")] = False,
    limit: Annotated[int, typer.Option(help="How many of the newest to list one by one.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, all of them.")] = False,
) -> None:
    """Group what waits on `rejected` by reason, stage and source, and list the newest."""
    wanted = Wanted(reason, stage, source, handled=everything)
    found = [one for one in rejections(StreamSettings()) if wanted.matches(one)]
    if as_json:
        for one in found:
            typer.echo(_json(one))
        return
    console = Console()
    groups = Table("reason", "stage", "source", "records")
    for group, n in Counter((one.reason, one.stage, one.source) for one in found).most_common():
        groups.add_row(*map(escape, group), str(n))
    newest = Table("id", "reason", "position", "detail", *(["handled"] if everything else []))
    for one in found[-limit:] if limit > 0 else []:
        row = (one.id, one.reason, one.position, one.detail, *([one.verdict] if everything else []))
        newest.add_row(*map(escape, row))
    console.print(groups, newest)


def show(
    record: Annotated[str, typer.Argument(help="The id that `list` gives: PARTITION:OFFSET.", metavar="ID")],
) -> None:
    """One rejected record whole: its headers and its original bytes."""
    one = _by_ids(StreamSettings(), [record])[0]
    typer.echo(_json(one))
    typer.echo((one.value or b"").decode("utf-8", "backslashreplace"))


def discard(
    records: Annotated[list[str], typer.Argument(help="The ids that `list` gives.", metavar="ID…")],
    reason: Annotated[str, typer.Option(help="Why nobody needs them; kept with them and in the audit log.")],
    by: By = "",
) -> None:
    """Say that these need not be sent again. They stay readable until they age out."""
    settings, now, author = StreamSettings(), datetime.now(UTC), by or getpass.getuser()
    waiting = [one for one in _by_ids(settings, records) if not one.verdict]
    if waiting:
        ids = ", ".join(one.id for one in waiting)
        with admin.transaction(settings, "cli-rejected") as tx:
            for one in waiting:
                mark(tx, one, "discarded", author, now, reason=reason)
            details = {"records": str(len(waiting)), "reason": reason}
            sign(tx, AuditEvent(actor=author, action="rejected.discarded", subject=ids, at=now, details=details))
    typer.echo(f"discarded {len(waiting)}; {len(set(records)) - len(waiting)} were handled before")


def _by_ids(settings: StreamSettings, ids: list[str]) -> list[Rejected]:
    try:
        return by_ids(rejections(settings), ids)
    except NoSuchRejection as none:
        typer.echo(str(none), err=True)
        raise typer.Exit(1) from None


def _json(one: Rejected) -> str:
    names = ("id", "reason", "stage", "position", "detail", "key", "at", "verdict")
    shown = {name: value for name in names if (value := getattr(one, name)) or name != "verdict"}
    return json.dumps(shown, ensure_ascii=False)
