"""How long each request took, by its route: never by its path, which names clients and has no end of values."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import REQUEST_SECONDS

UNKNOWN = "(none)"  # a path of no route of ours
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"))


class Measured:
    """Outermost, so that what other layers answer is measured too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 500  # what a raise comes to

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", UNKNOWN)
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUEST_SECONDS.labels(route, method, str(status)).observe(time.perf_counter() - began)
        return None
