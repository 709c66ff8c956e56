"""What no route foresees: a body without end, and a fault of ours. Plain ASGI, right around the routes."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.stream import logs

BODY_MAX = 1_048_576


class Bounded:
    """Bodies are read before anybody asks for the token, so what is too long is refused while it comes (413), or at
    once where its length is told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            length = Headers(scope=scope).get("content-length", "")
            if length.isdecimal() and int(length) > BODY_MAX:
                raise HTTPException(413)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_MAX:
                raise HTTPException(413)
            return message

        await self._app(scope, bounded if scope["type"] == "http" else receive, send)


class Faults:
    """Answers what is raised with a problem, and logs where: never the error's text, which may quote a record. What
    has begun is cut off."""

    def __init__(self, app: ASGIApp, answer: Callable[[], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = scope["type"] != "http"

        async def sending(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - the edge of the process: nobody is left to raise it to
            route = getattr(scope.get("route"), "path", None)
            logs.logger().error("fault", route=route, error=type(error).__name__, frames=logs.frames(error))
            if not began:
                await self._answer()(scope, receive, send)
