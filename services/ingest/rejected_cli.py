"""`cadastre rejected`: what could not be processed, and sending it again once it is repaired, which ingest does.

Exit codes of redrive: 0 all of them sent, 1 some are still refused or nothing matches, 2 an option is refused, 3 Kafka
stopped acknowledging.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas import codec
from schemas.events import LiveClient, RecordKey
from schemas.topics import DEDUPED
from services.ingest.adapters.redriving import Sendable, send
from services.ingest.adapters.sources_file import pairs
from services.ingest.change import Accepted, Refused
from services.ingest.columns import NotLoadable
from services.ingest.problems import Unreadable
from services.ingest.redrive import Redriven, redrive
from services.ingest.repair import read_repair
from services.stream import admin
from services.stream.commands import rejected
from services.stream.producer import DeliveryFailed
from services.stream.rejected_log import NoSuchRejection, Rejected, Wanted, by_ids, rejections
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="What could not be processed, why, and what becomes of it.")
app.command(name="list")(rejected.list_)
app.command()(rejected.show)
app.command()(rejected.discard)
_SHOWN = 50


@app.command(name="redrive")
def redrive_(
    records: Annotated[list[str] | None, typer.Argument(help="The ids that `list` gives.", metavar="[ID…]")] = None,
    reason: rejected.Reason = "",
    stage: rejected.Stage = "",
    source: rejected.Source = "",
    all_matching: Annotated[bool, typer.Option("--all-matching", help="All that the filters leave.")] = False,
    edit: Annotated[
        list[str] | None,
        typer.Option(help="FIELD=VALUE, such as country=DE; an empty value takes the field away.", metavar="F=V"),
    ] = None,
    edit_json: Annotated[str, typer.Option(help="A JSON merge patch over the change.", metavar="PATCH")] = "",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD, for rows of files.", metavar="COLUMN=FIELD")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    by: rejected.By = "",
) -> None:
    """Send rejected records again, as they were or repaired; a later stage's by touching the records behind them."""
    settings, now = StreamSettings(), datetime.now(UTC)
    try:
        repair = read_repair(edit or [], edit_json, pairs(mapping or []))
    except (Unreadable, NotLoadable) as refusal:
        raise _ended(2, str(refusal)) from None
    chosen = _chosen(settings, records or [], Wanted(reason, stage, source), all_matching)
    members_of = _members(settings)
    decided = [(one, redrive(one, repair, members_of, now)) for one in chosen if not one.verdict]
    _tell(chosen, decided, "would be sent" if dry_run else "sent")
    sendable = [(one, what) for one, what in decided if not isinstance(what, Refused)]
    if sendable and not dry_run:
        options = {"edit": " ".join(edit or []), "edit_json": edit_json, "map": " ".join(mapping or [])}
        details = {name: said for name, said in options.items() if said}
        _send(settings, sendable, by or getpass.getuser(), now, details)
    raise typer.Exit(1 if len(sendable) < len(decided) else 0)


def _chosen(settings: StreamSettings, ids: Sequence[str], wanted: Wanted, all_matching: bool) -> list[Rejected]:
    found = rejections(settings)
    if ids:
        try:
            return by_ids(found, ids)
        except NoSuchRejection as none:
            raise _ended(1, str(none)) from None
    matching = [one for one in found if wanted.matches(one)]
    if not matching:
        raise _ended(1, "nothing that waits matches: `cadastre rejected list` shows what there is")
    if not all_matching:
        raise _ended(2, f"{len(matching)} match: name their ids, or say --all-matching to redrive every one")
    return matching


def _members(settings: StreamSettings) -> Callable[[str], Sequence[RecordKey]]:
    """Reads `deduped` when it is first asked, and then no more."""

    @cache
    def clients() -> dict[str, bytes]:
        return admin.read_all(settings, DEDUPED.name)

    def members_of(client_id: str) -> Sequence[RecordKey]:
        try:
            client = codec.client(clients().get(client_id, b""))
        except codec.UNREADABLE:
            return ()
        return [member.record for member in client.members] if isinstance(client, LiveClient) else ()

    return members_of


def _send(
    settings: StreamSettings,
    sendable: Sequence[tuple[Rejected, Sendable]],
    author: str,
    now: datetime,
    details: dict[str, str],
) -> None:
    try:
        send(settings, sendable, author, now, details)
    except DeliveryFailed as failure:
        told = f"{failure}. What is still listed waits; what was sent already is known when it comes again."
        raise _ended(3, told) from None


def _tell(chosen: Sequence[Rejected], decided: Sequence[tuple[Rejected, Redriven]], done: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    refused = [(one, what) for one, what in decided if isinstance(what, Refused)]
    if refused:
        table = Table("id", "position", "still refused")
        for one, what in refused[:_SHOWN]:
            table.add_row(*map(escape, (one.id, one.position, " | ".join(p.message for p in what.problems))))
        console.print(table)
    events = sum(isinstance(what, Accepted) for _, what in decided)
    touching = len(decided) - events - len(refused)
    console.print(f"{done}: {events} events, touches for {touching}; still refused: {len(refused)}")
    if handled := len(chosen) - len(decided):
        console.print(f"handled before, and left alone: {handled}")


def _ended(code: int, message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)
