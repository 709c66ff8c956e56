"""`cadastre reference apply|show`: what people decide and own, from a file into the log and back onto the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas import codec
from schemas.events import AuditEvent
from schemas.reference import Reference
from schemas.topics import REFERENCE
from services.assign.reference_file import load
from services.assign.rules.changes import Change, changes_between
from services.assign.rules.compile import KINDS
from services.assign.rules.problems import InvalidReferenceError
from services.assign.rules.syntax import parse
from services.stream.admin import read_all, transaction
from services.stream.saying import SOURCE, sign
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="Territories, advisors, rules, lists, overrides and rates.")
_KINDS = KINDS | {"decision", "source", "engine"}  # of what a file may hold
_STYLES = {"added": "green", "changed": "yellow", "removed": "red"}


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML or JSON reference file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and write nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who signs the change.")] = "cli",
) -> None:
    """Make the file hold: check it whole, show what changes, write it as one transaction."""
    settings = StreamSettings()
    at = datetime.now(UTC)
    present = _present(settings)
    try:
        changes = changes_between(present, parse(load(file.read_bytes()), present, by, at))
    except InvalidReferenceError as error:
        _show_problems(file, error)
        raise typer.Exit(2) from error
    _show_changes(changes)
    if dry_run or not changes:
        return
    _write(settings, changes, AuditEvent(actor=by, action="apply_reference", subject=file.name, at=at))


@app.command()
def show(kind: Annotated[str, typer.Argument(help="One kind, such as territory; all where left out.")] = "") -> None:
    """Print what holds, one JSON object a line, by key."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for key, statement in sorted(_present(StreamSettings()).items()):
        if not kind or key.partition(":")[0] == kind:
            console.print(codec.encode(statement).decode())


def _present(settings: StreamSettings) -> dict[str, Reference]:
    """What holds. A statement that nobody can read holds nothing, and is named: applying a file can replace it."""
    present: dict[str, Reference] = {}
    for key, value in read_all(settings, REFERENCE.name).items():
        if key.partition(":")[0] in _KINDS:
            try:
                present[key] = codec.reference(value)
            except codec.UNREADABLE as unreadable:
                typer.echo(f"{key} is unreadable ({unreadable}); apply a file that holds it to replace it", err=True)
    return present


def _write(settings: StreamSettings, changes: Sequence[Change], audit: AuditEvent) -> None:
    time = codec.rfc3339(audit.at)
    counts = Counter(f"{change.kind}.{change.action}" for change in changes)
    audit = msgspec.structs.replace(audit, details={name: str(n) for name, n in sorted(counts.items())})
    with transaction(settings, "cli-reference") as tx:
        for change in changes:
            value = codec.encode(change.value) if change.value is not None else None
            headers = codec.cloudevent(REFERENCE.event_type, f"{change.key}:{time}", SOURCE, time)
            tx.write(REFERENCE.name, change.key, value, headers)
        sign(tx, audit)


def _show_problems(file: Path, error: InvalidReferenceError) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    table = Table(
        "where", "value", "what to do", title=f"{escape(file.name)}: {len(error.problems)} problems, nothing applied"
    )
    for problem in error.problems:
        table.add_row(*map(escape, (problem.path, problem.value, problem.remedy)))
    console.print(table)


def _show_changes(changes: Sequence[Change]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    if not changes:
        console.print("Nothing changes.")
        return
    table = Table("kind", "", "number", "which")
    for (kind, action), group in sorted(_grouped(changes).items()):
        table.add_row(kind, f"[{_STYLES[action]}]{action}[/]", str(len(group)), escape(_named(group)))
    console.print(table)


def _grouped(changes: Sequence[Change]) -> Mapping[tuple[str, str], list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.kind, change.action), []).append(change)
    return groups


SHOWN = 40  # ids of one kind and action; a list of named accounts may have 100,000


def _named(changes: Sequence[Change]) -> str:
    names = [f"{c.id} ({', '.join(c.fields)})" if c.fields else c.id for c in changes[:SHOWN]]
    more = [f"and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    return ", ".join(names + more)
