"""The two halves of the process: the loop that writes the view, and the server that reads it, on a thread beside it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import msgspec
import uvicorn
import uvloop
from fastapi import FastAPI

from schemas.events import Heartbeat
from services.api import metrics
from services.api.adapters.keys import fetch_keys
from services.api.adapters.saying import speaker
from services.api.adapters.store import Committed, Store
from services.api.adapters.warehouse import Sessions
from services.api.clients import Clients
from services.api.commands import Commands
from services.api.cursors import Cursors
from services.api.gate import Gate
from services.api.history import NoWarehouse, Past
from services.api.http.app import create_app
from services.api.limits import Limits
from services.api.live.door import Door
from services.api.live.hub import Hub
from services.api.live.session import INBOUND_MAX
from services.api.parts import Parts
from services.api.pipeline import Pipeline
from services.api.places import Places
from services.api.reader import Reader
from services.api.readiness import Readiness
from services.api.reasons import Reasons
from services.api.repeats import Repeats
from services.api.settings import ApiSettings
from services.api.standing import SignIn
from services.api.view import View
from services.stream import logs
from services.stream.clock import SystemClock
from services.stream.loop import Loop
from services.stream.sink import Seat

PRUNE_EVERY_S = 300.0
COUNT_EVERY_S = 10.0
BYE_S = 3.0  # of the ten seconds that a stop may take


def parts_of(view: View, readiness: Readiness, pipeline: Pipeline, settings: ApiSettings) -> Parts:
    """Everything that the routes need, wired."""
    clock, secret = SystemClock(), settings.secret.get_secret_value().encode()
    cursors = Cursors(secret)
    clients = Clients(view, cursors)
    reasons = Reasons(view, clients)
    sign_in = SignIn(settings.issuer, settings.audience, settings.issuer_is_local, settings.client_id)
    places = Places(view, cursors)
    gate = Gate(sign_in, partial(fetch_keys, settings.keys_url), secret)
    hub = Hub(places, clients, clock, settings.tick_ms / 1_000)
    hub.strip = lambda scope: msgspec.json.encode(pipeline.live(view.roster, scope))
    return Parts(
        view=view,
        reader=Reader(view),
        clients=clients,
        places=places,
        reasons=reasons,
        past=Past(view, clients, Sessions(settings) if settings.has_warehouse else NoWarehouse()),
        commands=Commands(view, clients, reasons, speaker(settings), clock),
        gate=gate,
        limits=Limits(settings.reads_per_minute, settings.writes_per_minute),
        repeats=Repeats(),
        door=Door(hub, gate, view, readiness, settings.origins, settings.sockets_per_person),
        readiness=readiness,
        pipeline=pipeline,
        clock=clock,
    )


class Running:
    """Given to the stage: opens the view, serves it, and says when it is whole."""

    def __init__(self, settings: ApiSettings, heard: Mapping[str, Heartbeat], pipeline: Pipeline) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self.readiness = Readiness(heard)
        self._store: Store | None = None
        self._parts: Parts | None = None
        self._serving: asyncio.AbstractEventLoop | None = None  # of the server's thread
        self._pruned_at = 0.0
        self._counted_at = 0.0

    def open(self, seat: Seat) -> Store:
        """The loop's sink. The server starts with it, and tells of the progress until the view is whole."""
        self._store = store = Store(self._settings.view, seat.topic_ids)
        self._parts = parts = parts_of(View(self._settings.view), self.readiness, self._pipeline, self._settings)
        store.on_commit = self._committed
        app = create_app(self._settings.origins, self._settings.issuer, self._settings.web)
        app.state.parts = parts
        threading.Thread(target=uvloop.run, args=(self._serve(app, parts),), name="http", daemon=True).start()
        logs.logger().info("serving", host=self._settings.api_host, port=self._settings.api_port)
        return store

    def close(self) -> None:
        """Tell every socket that this replica ends, so that its page goes to another at once."""
        if self._parts is not None and self._serving is not None:
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._parts.door.restarting(), self._serving).result(BYE_S)

    async def _serve(self, app: FastAPI, parts: Parts) -> None:
        self._serving = asyncio.get_running_loop()
        config = uvicorn.Config(
            app,
            self._settings.api_host,
            self._settings.api_port,
            log_config=None,
            access_log=False,
            ws_max_size=INBOUND_MAX,
            ws_per_message_deflate=False,  # a frame is encoded once for all sockets, and would be deflated for each
            ws_ping_interval=20,
        )
        ticking = asyncio.create_task(parts.door.hub.run())
        ticking.add_done_callback(self._stopped_telling)
        await uvicorn.Server(config).serve()
        ticking.cancel()

    def _stopped_telling(self, ticking: asyncio.Task[None]) -> None:
        """Not by us: a fault of one scope's tick does not come so far. `/readyz` says it from now on."""
        if not ticking.cancelled() and (error := ticking.exception()) is not None:
            self.readiness.telling = False
            logs.logger().error("ticking_ended", error=type(error).__name__, frames=logs.frames(error))

    def after_step(self, loop: Loop) -> None:
        """Between two batches, on the loop's thread."""
        store, parts = self._store, self._parts
        if store is None or parts is None:
            return
        members = loop.membership
        if loop.caught_up():
            self.readiness.behind_since = None
            if not self.readiness.live:
                store.settle()
                parts.view.refresh()
                self.readiness.live, self.readiness.progress = True, 1.0
                logs.logger().info("whole")
        else:
            self.readiness.behind_since = self.readiness.behind_since or time.monotonic()
            if not self.readiness.live:
                self._tell_progress(loop)
        self.readiness.unreadable = sum(p.counts.get("unreadable", 0) for p in members.positions.values())
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S and self.readiness.live:
            self._pruned_at = time.monotonic()
            store.prune(int(parts.clock.now().timestamp() * 1_000))
        if time.monotonic() - self._counted_at > COUNT_EVERY_S and self.readiness.live:
            self._counted_at = time.monotonic()
            metrics.count_clients(parts.view)

    def _tell_progress(self, loop: Loop) -> None:
        done = sum(position.offset for position in loop.membership.positions.values())
        left = loop.membership.lag()
        self.readiness.progress = min(0.99, done / (done + left)) if done + left else 0.0

    def _committed(self, committed: Committed) -> None:
        if committed.statements and self._parts is not None and self.readiness.live:
            self._parts.view.refresh()
        if self._parts is not None and self.readiness.live:
            self._parts.door.hub.took(committed)
