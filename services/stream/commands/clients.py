"""`cadastre clients`: one client as it stands, found by its id, by one that it replaced, or by a record it holds."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from schemas import codec
from schemas.events import Assignment, Client, EndedClient, LiveClient
from schemas.topics import ASSIGNED, DEDUPED
from services.stream import admin
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="A client as it stands: members, evidence, assignment.")


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `show` prints. `followed` are the ended ids between what was asked for and what is shown."""

    client: Client
    assignment: Assignment | None = None
    followed: tuple[str, ...] = ()


@app.command()
def show(
    wanted: Annotated[
        str, typer.Argument(help="A client id, or a record key such as salesforce:001A.", metavar="ID|RECORD")
    ],
) -> None:
    """Print the client, why its records are one, and who serves it and why, as JSON."""
    settings = StreamSettings()
    clients = {key: codec.client(value) for key, value in admin.read_all(settings, DEDUPED.name).items()}
    found = find(clients, wanted)
    if not found:
        typer.echo(
            f"no client {wanted}: give a client id (c_…) or a record key SOURCE:ID; a record without a name is in no "
            f"client, and `cadastre rejected list` shows those that were refused",
            err=True,
        )
        raise typer.Exit(1)
    assigned = admin.read_all(settings, ASSIGNED.name)
    for client, followed in found:
        value = assigned.get(client.client_id)
        shown = Shown(client, codec.assignment(value) if value is not None else None, followed)
        typer.echo(msgspec.json.format(codec.encode(shown), indent=2).decode())


def find(clients: dict[str, Client], wanted: str) -> list[tuple[Client, tuple[str, ...]]]:
    """The clients meant, each with the ended ids that led to it. An ended id may have gone into several."""
    holders = {
        member.record: client.client_id
        for client in clients.values()
        if isinstance(client, LiveClient)
        for member in client.members
    }
    start = wanted if wanted in clients else holders.get(wanted, "")
    found: dict[str, tuple[Client, tuple[str, ...]]] = {}
    paths: list[tuple[str, tuple[str, ...]]] = [(start, ())] if start else []
    while paths:
        client_id, followed = paths.pop(0)
        client = clients.get(client_id)
        if client is None or client_id in found or client_id in followed:
            continue
        if isinstance(client, EndedClient):
            onward = [*client.into, *(holders[m.record] for m in client.moved if m.record in holders)]
            if onward:
                paths += [(next_id, (*followed, client_id)) for next_id in onward]
                continue
        found[client_id] = (client, followed)
    return list(found.values())
