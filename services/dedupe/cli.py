"""`cadastre decisions`: people's word on which records are one client, and how each word stands.

The latest word on a pair counts; nothing is ever deleted, so that an undo reaches a stage that was down.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas import codec
from schemas.events import AuditEvent, LiveClient, RecordKey
from schemas.reference import MatchDecision
from schemas.topics import DEDUPED, REFERENCE
from services.dedupe.decision_states import State, states
from services.stream import admin
from services.stream.saying import say
from services.stream.settings import StreamSettings
from services.stream.touch import is_record

app = typer.Typer(no_args_is_help=True, help="People's decisions on pairs of records.")

_MEANT: dict[State, str] = {
    "holds": "",
    "dormant": "the records are in different pools, or one of them is in none",
    "contradicted": "set aside: a later decision says otherwise",
    "withdrawn": "",
}
Record = Annotated[str, typer.Argument(help="A record key, such as salesforce:001A.", metavar="RECORD")]
By = Annotated[str, typer.Option(help="Who decides.")]
Why = Annotated[str, typer.Option(help="Why; kept with the decision.")]


@app.command()
def same(one: Record, other: Record, by: By, reason: Why) -> None:
    """The two records are one client, whatever the evidence says."""
    _decide("same", one, other, by, reason)


@app.command()
def different(one: Record, other: Record, by: By, reason: Why) -> None:
    """The two records are different clients, whatever the evidence says."""
    _decide("different", one, other, by, reason)


@app.command()
def withdraw(one: Record, other: Record, by: By, reason: Why) -> None:
    """Take back what was decided about the two records: the evidence decides again."""
    _decide("withdrawn", one, other, by, reason)


@app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Every decision, and whether it holds, is dormant, contradicted or withdrawn."""
    settings = StreamSettings()
    told = states(_decisions(settings).values(), _pools_of(settings))
    if as_json:
        for decision, state in told:
            typer.echo(msgspec.json.encode({"state": state, **msgspec.to_builtins(decision)}).decode())
        return
    table = Table("records", "verdict", "state", "by", "at", "reason")
    for decision, state in told:
        shown = f"{state}: {_MEANT[state]}" if _MEANT[state] else state
        at = codec.rfc3339(decision.at)
        row = (f"{decision.low}\n{decision.high}", decision.verdict, shown, decision.author, at, decision.reason)
        table.add_row(*map(escape, row))
    Console().print(table)


def _decide(
    verdict: Literal["same", "different", "withdrawn"], one: RecordKey, other: RecordKey, by: str, reason: str
) -> None:
    if unfit := [record for record in (one, other) if not is_record(record)]:
        raise _refused(f"{unfit[0]!r} is no record: give SOURCE:ID, such as salesforce:001A")
    if one == other:
        raise _refused(f"{one} is given twice: name two records")
    settings, now = StreamSettings(), datetime.now(UTC)
    low, high = sorted((one, other))
    decision = MatchDecision(low=low, high=high, verdict=verdict, author=by, at=now, reason=reason)
    decided = _decisions(settings)
    before = decided.get(decision.key)
    if verdict == "withdrawn" and (before is None or before.verdict == "withdrawn"):
        raise _refused(f"nothing stands about {low} and {high}: `cadastre decisions list` shows what does")
    details = {"reason": reason, **({"before": before.verdict} if before is not None else {})}
    audit = AuditEvent(actor=by, action=f"decision.{verdict}", subject=f"{low}|{high}", at=now, details=details)
    say(settings, decision, audit)
    state = dict(states([*(decided | {decision.key: decision}).values()], _pools_of(settings)))[decision]
    meant = f": {_MEANT[state]}" if _MEANT[state] else ""
    typer.echo(f"{low} and {high}: {verdict}" + ("" if state == verdict else f", which {state}{meant}"))


def _decisions(settings: StreamSettings) -> dict[str, MatchDecision]:
    said = admin.read_all(settings, REFERENCE.name)
    found = {key: codec.reference(value) for key, value in said.items() if key.startswith("decision:")}
    return {key: decision for key, decision in found.items() if isinstance(decision, MatchDecision)}


def _pools_of(settings: StreamSettings) -> dict[RecordKey, set[str]]:
    """Where every record is now, as the resolver last said it."""
    pools: defaultdict[RecordKey, set[str]] = defaultdict(set)
    for value in admin.read_all(settings, DEDUPED.name).values():
        client = codec.client(value)
        if isinstance(client, LiveClient):
            for member in client.members:
                pools[member.record].add(client.pool)
    return pools


def _refused(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)
