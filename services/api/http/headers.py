"""Security headers on every answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def _policy(issuer: str) -> str:
    """Scripts of our own origin only, none inline. The dashboard speaks to its origin, sockets included, and to the
    issuer. Its components place themselves by inline styles."""
    parts = urlsplit(issuer)
    to_issuer = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        f"connect-src 'self'{to_issuer}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


class SecurityHeaders:
    """Plain ASGI: the framework's own middleware base costs a task for each request."""

    def __init__(self, app: ASGIApp, issuer: str = "") -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": _policy(issuer),
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
