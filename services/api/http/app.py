"""The HTTP face: routes, refusals, headers, and how they are described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from services.api.http import clients, describe, matches, places, pulse, session
from services.api.http.answering import PRIVATE
from services.api.http.dashboard import serve_dashboard
from services.api.http.edge import Bounded, Faults
from services.api.http.headers import SecurityHeaders
from services.api.http.measured import Measured
from services.api.refusals import Refused
from services.api.standing import FieldError, Problem

_FAULT = Refused(500, "fault", "A fault of ours", "the api's log says where; the same request may do better later")
_encode = msgspec.json.Encoder().encode
_TITLES = {404: "Not found", 405: "Method not allowed", 413: "The body is too long"}


def create_app(origins: tuple[str, ...] = (), issuer: str = "", web: Path | None = None) -> FastAPI:
    """The app without its parts; `app.state.parts` is set before it serves. `origins`: whose pages may ask. `issuer`:
    whom our own pages may ask for a token. `web`: the built dashboard."""
    paths = {"redoc_url": None, "docs_url": None, "openapi_url": "/api/openapi.json"}
    app = FastAPI(title="Cadastre", version="1", **paths)  # type: ignore[arg-type]
    app.description = "Clients, territories and advisors as they stand now, each reader within their scope."
    for module in (clients, matches, places, pulse, session):
        app.include_router(module.router)

    _probes(app)
    if web is not None:
        serve_dashboard(app, web)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Bounded)
    app.add_middleware(Faults, answer=lambda: _answer(_FAULT.problem))
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=1)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )
    app.add_middleware(SecurityHeaders, issuer=issuer)
    app.add_middleware(Measured)
    schema: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not schema:
            schema.update(describe.document(app))
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _probes(app: FastAPI) -> None:
    @app.get("/livez", operation_id="livez", tags=["session"])
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", operation_id="readyz", tags=["session"])
    async def readyz(request: Request) -> Response:
        reasons = request.app.state.parts.readiness.reasons()
        return Response(_encode({"reasons": reasons}), 503 if reasons else 200, media_type=describe.JSON)

    @app.websocket("/ws")
    async def live(socket: WebSocket) -> None:
        await socket.app.state.parts.door(socket)


def _answer(problem: Problem, retry_after_s: int | None = None) -> Response:
    headers = {**PRIVATE, "Cache-Control": "no-store"}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return Response(_encode(problem), problem.status, headers, describe.PROBLEM)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _answer(error.problem, error.retry_after_s)


async def _unreadable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = tuple(
        FieldError("/" + "/".join(map(str, one["loc"])), str(one["type"]), str(one["msg"])) for one in error.errors()
    )
    detail = "; ".join(f"{one.pointer}: {one.message}" for one in errors)[:1_000]
    return _answer(Refused(400, "invalid-request", "The request cannot be read", detail, errors).problem)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, "The request cannot be answered")
    code = title.lower().replace(" ", "-")
    detail = "the paths are described at /api/openapi.json"
    answer = _answer(Refused(error.status_code, code, title, detail).problem)
    answer.headers.update(error.headers or {})
    return answer
