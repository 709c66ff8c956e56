"""What the routes have at hand: the parts of the api, wired once."""

from __future__ import annotations

from dataclasses import dataclass

from services.api.clients import Clients
from services.api.commands import Commands
from services.api.gate import Gate
from services.api.history import Past
from services.api.limits import Limits
from services.api.live.door import Door
from services.api.pipeline import Pipeline
from services.api.places import Places
from services.api.reader import Reader
from services.api.readiness import Readiness
from services.api.reasons import Reasons
from services.api.repeats import Repeats
from services.api.view import View
from services.stream.clock import Clock


@dataclass(frozen=True, slots=True)
class Parts:
    view: View
    reader: Reader
    clients: Clients
    places: Places
    reasons: Reasons
    past: Past
    commands: Commands
    gate: Gate
    limits: Limits
    repeats: Repeats
    door: Door
    readiness: Readiness
    pipeline: Pipeline
    clock: Clock
