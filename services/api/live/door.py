"""`/ws`: who may open a socket, how many, and telling all of them at once."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter

from starlette.websockets import WebSocket

from services.api.gate import Gate
from services.api.live.hub import Hub
from services.api.live.session import Session
from services.api.readiness import Readiness
from services.api.refusals import Refused
from services.api.roles import Permission
from services.api.view import View

RETRY_MS = 1_000  # after which a page whose replica ends should try the next
LOOK_S = 0.02


class Door:
    """One for the process."""

    def __init__(
        self, hub: Hub, gate: Gate, view: View, readiness: Readiness, origins: tuple[str, ...], each: int
    ) -> None:
        self.hub = hub
        self._gate = gate
        self._view = view
        self._readiness = readiness
        self._origins = origins
        self._each = each
        self._open: Counter[str] = Counter()
        self._sessions: set[Session] = set()
        hub.ticked = self._wake
        hub.regions_changed = self._look_at_scopes

    async def __call__(self, socket: WebSocket) -> None:
        """Refused before it is accepted (HTTP 403), or served until it ends."""
        origin = socket.headers.get("origin")
        try:
            if origin is not None and not self._is_ours(origin, socket.headers.get("host", "")):
                return await socket.close(4403)
            who = self._gate.redeem(socket.query_params.get("ticket", ""), origin)
            self._gate.permit(who, Permission.READ_CLIENTS)
        except Refused:
            return await socket.close(4401)
        await socket.accept()
        if self._readiness.reasons() or self._open[who.subject] >= self._each:
            return await socket.close(1013, "not ready, or too many sockets of one person")
        self._open[who.subject] += 1
        scope, name = self._view.scope_of(who), secrets.token_urlsafe(8)
        session = Session(socket, self.hub, self._gate, who, scope, name, self._readiness.lag_ms)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)
            self._open[who.subject] -= 1
        return None

    async def restarting(self) -> None:
        """Say it to all, and return once all have been told and closed."""
        for session in self._sessions:
            session.restarting(RETRY_MS)
        while self._sessions:
            await asyncio.sleep(LOOK_S)

    def _is_ours(self, origin: str, host: str) -> bool:
        return origin in self._origins or origin.partition("://")[2] == host

    def _wake(self) -> None:
        for session in self._sessions:
            session.wake()

    def _look_at_scopes(self) -> None:
        for session in self._sessions:
            if self._view.scope_of(session.who) != session.scope:
                session.scope_changed()
