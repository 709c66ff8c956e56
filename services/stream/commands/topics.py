"""`cadastre topics`: what a new deployment needs before its first process starts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from msgspec.structs import replace

from schemas.codec import cloudevent, encode, reference, rfc3339
from schemas.reference import Engine
from schemas.topics import REFERENCE, TOPICS
from services.stream import admin, clients
from services.stream.deployment import TopicsUnfit, create_topics, topic_ids
from services.stream.settings import StreamSettings

app = typer.Typer(no_args_is_help=True, help="Create and check the topics.")

# What a new deployment resolves with: the code and tokens of this build, whose matcher refuses any others.
FIRST_ENGINE = Engine(code=1, tokens=1, cap=50, threshold=85)


@app.command()
def create(
    cap: Annotated[int | None, typer.Option(help="A blocking key that more records share links nothing; 50.")] = None,
    threshold: Annotated[int | None, typer.Option(help="The confidence from which two records match; 85.")] = None,
) -> None:
    """Create the topics that are missing, and say which engine resolves. Running it again changes nothing."""
    settings = StreamSettings()
    try:
        created = create_topics(clients.admin(settings), settings)
        standing = _standing_engine(settings)
        engine = _first_engine(standing or FIRST_ENGINE, cap, threshold)
        if standing is None:
            _activate(settings, engine)
    except KafkaException as failure:
        _fail(f"Kafka at {settings.bootstrap} does not answer as it should: {failure.args[0].str()}")
    typer.echo(f"created: {', '.join(created) or 'nothing, all are there'}")
    if standing is not None and engine != standing:
        _fail(f"engine: {standing.name} stands already; `cadastre engine set` changes it, and what it resolved")
    typer.echo(f"engine: {engine.name}" + (", as it was" if standing else ""))


@app.command()
def check() -> None:
    """Check that every topic is there with the partitions that CADASTRE_PARTITIONS says."""
    settings = StreamSettings()
    try:
        topic_ids(clients.admin(settings), settings, TOPICS)
    except TopicsUnfit as unfit:
        _fail(str(unfit))
    typer.echo(f"{len(TOPICS)} topics as they should be")


def _standing_engine(settings: StreamSettings) -> Engine | None:
    value = admin.read_all(settings, REFERENCE.name).get(FIRST_ENGINE.key)
    engine = reference(value) if value is not None else None
    return engine if isinstance(engine, Engine) else None


def _first_engine(engine: Engine, cap: int | None, threshold: int | None) -> Engine:
    given = {name: value for name, value in (("cap", cap), ("threshold", threshold)) if value is not None}
    return replace(engine, **given)


def _activate(settings: StreamSettings, engine: Engine) -> None:
    """Written once, with the topics; changing it later is a decision of its own."""
    at = rfc3339(datetime.now(UTC))
    with admin.transaction(settings, "cli-topics") as tx:
        headers = cloudevent(REFERENCE.event_type, f"{engine.key}@{at}", "cadastre/cli", at)
        tx.write(REFERENCE.name, engine.key, encode(engine), headers)


def _fail(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(2)
