"""The built dashboard, served by the api where one machine runs both (`CADASTRE_WEB`).

Its pages are addresses of their own, and all are index.html; what has a hash in its name lasts for a year.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

OURS = frozenset(("api", "ws", "livez", "readyz", "metrics"))  # never a page
HASHED = "assets"
_FOR_A_YEAR = "public, max-age=31536000, immutable"


class Pages(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        hashed = path.partition("/")[0] == HASHED
        try:
            answer: Response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or hashed:
                raise
            answer = await super().get_response("index.html", scope)
        answer.headers["Cache-Control"] = _FOR_A_YEAR if hashed else "no-cache"
        return answer


def serve_dashboard(app: FastAPI, folder: Path) -> None:
    """Answer from `folder` what no route answers, but for the api's own paths."""
    pages, nothing = Pages(directory=folder), app.router.default

    async def page_or_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] != "http" or scope["path"].split("/")[1] in OURS
        await (nothing if ours else pages)(scope, receive, send)

    app.router.default = page_or_nothing
