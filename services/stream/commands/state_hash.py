"""`cadastre state-hash`: two runs that came to the same clients, territories, advisors and tiers print the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import typer

from schemas import codec
from services.stream import admin
from services.stream.settings import StreamSettings


class State(StrEnum):
    DEDUPED = "deduped"
    ASSIGNED = "assigned"


def state_hash(topic: Annotated[State, typer.Argument(help="Which state.")]) -> None:
    """SHA-256 over the live clients, or their assignments, sorted by client id."""
    typer.echo(hash_of(topic, admin.read_all(StreamSettings(), topic.value).items()))


def hash_of(topic: State, values: Iterable[tuple[str, bytes]]) -> str:
    """The hash of what a topic's latest values tell: `canonical`, live clients only."""
    decode = codec.client if topic is State.DEDUPED else codec.assignment
    digest = hashlib.sha256()
    for key, value in sorted(values):
        state = codec.canonical(decode(value))
        if state is not None:
            digest.update(key.encode() + b"\0" + state + b"\n")
    return digest.hexdigest()
