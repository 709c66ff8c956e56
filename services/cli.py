"""The `cadastre` command. Each service's commands stand in its own cli.py, imported only when they are called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

import typer

from services.stream.deployment import told

# The command → where it stands: a Typer is a group of commands, a function one command. Some take seconds to import.
COMMANDS = {
    "ingest": "services.ingest.cli:ingest",
    "reference": "services.assign.cli:app",
    "clients": "services.stream.commands.clients:app",
    "rejected": "services.ingest.rejected_cli:app",
    "decisions": "services.dedupe.cli:app",
    "engine": "services.dedupe.engine_cli:app",
    "warehouse": "services.loader.cli:app",
    "export": "services.loader.cli:export",
    "stage": "services.stream.commands.stage:app",
    "rebuild": "services.stream.commands.rebuild:rebuild",
    "topics": "services.stream.commands.topics:app",
    "state-hash": "services.stream.commands.state_hash:state_hash",
}


def build(called: str | None = None) -> typer.Typer:
    """The command line with the called command only, or with all of them."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="One client from many CRMs: territory, advisor, tier. CADASTRE_BOOTSTRAP says where Kafka is.",
    )
    app.callback()(_root)
    for name in [called] if called in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        command: typer.Typer | Callable[..., None] = getattr(importlib.import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Exit codes: 0 done, 1 not as asked, 2 refused, 3 Kafka or the settings are not as they should be."""
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except Exception as failure:
        message = told(failure)
        if message is None:
            raise
        typer.echo(message, err=True)
        sys.exit(3)


def _root() -> None:
    """Without a callback typer would take a single command for the whole."""


if __name__ == "__main__":
    main()
