"""The HTTP face of ingest: `POST /events`, the probes, the metrics and their description."""

from __future__ import annotations

import time

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.http.events import answer
from services.ingest.http.models import ChangeIn
from services.ingest.http.problems import MEDIA, SCHEMA, problem
from services.ingest.metrics import REQUEST_SECONDS
from services.ingest.settings import IngestSettings
from services.stream.clock import Clock

_REFUSALS = {
    400: "Not valid JSON",
    413: "Body or number of changes too large",
    415: "Not application/json",
    422: "None of the changes can be taken",
    503: "Kafka does not acknowledge; Retry-After says when to send again",
}
_CHANGE = {"$ref": "#/components/schemas/ChangeIn"}


def create_app(topic: RawTopic, clock: Clock, settings: IngestSettings) -> FastAPI:
    app = FastAPI(title="Cadastre ingest", version="1", redoc_url=None)
    app.add_exception_handler(HTTPException, _as_problem)

    @app.post("/events", operation_id="post_events", status_code=202, openapi_extra=_described(settings.max_items))
    async def post_events(request: Request) -> Response:
        """Take one change, or an array of them. 202: all are durable; 207: some; each item has its own result."""
        began = time.perf_counter()
        response = await answer(request, topic, settings, clock.now())
        REQUEST_SECONDS.labels(str(response.status_code)).observe(time.perf_counter() - began)
        return response

    @app.get("/livez", operation_id="livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", operation_id="readyz")
    async def readyz() -> Response:
        reasons = topic.not_ready()
        return JSONResponse({"reasons": reasons}, 503 if reasons else 200)

    @app.get("/metrics", operation_id="metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    _describe_change(app)
    return app


async def _as_problem(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "internal error"
    return problem(status, detail, f"{detail}; the paths are described at /openapi.json")


def _described(max_items: int) -> dict[str, object]:
    body = {"oneOf": [_CHANGE, {"type": "array", "items": _CHANGE, "minItems": 1, "maxItems": max_items}]}
    refusal = {"content": {MEDIA: {"schema": SCHEMA}}}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "202": {"description": "All changes are durable"},
            "207": {"description": "Some are durable, the others refused: see each item"},
            **{str(status): {"description": why, **refusal} for status, why in _REFUSALS.items()},
        },
    }


def _describe_change(app: FastAPI) -> None:
    """The body is read by us, strictly, so the description of its parts is added by us too."""
    schema = app.openapi()
    parts = ChangeIn.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = parts.pop("$defs", {})
    schema.setdefault("components", {}).setdefault("schemas", {}).update({"ChangeIn": parts, **definitions})
