"""The OpenAPI document: our own types beside the framework's, one refusal format, nothing that is not so."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api import answers, explained, standing

JSON = "application/json"
PROBLEM = "application/problem+json"
_REF = "#/components/schemas/{name}"
_WHY = {
    400: "A parameter, header or body that cannot be read: `errors` names it",
    401: "No valid token",
    403: "The role may not do this",
    404: "Not there, or not in the reader's scope",
    409: "The same request is under way",
    412: "It has changed since: read it again",
    413: "A body of more than 1 MiB",
    422: "The Idempotency-Key was used for another request",
    428: "If-Match is missing",
    429: "Too many requests; Retry-After says when to go on",
    503: "Kafka, the warehouse or the view is not ready; Retry-After says when to come again",
}
Responses = dict[int | str, dict[str, Any]]
EVERYWHERE = (400, 401, 429, 503)


def telling(answer: type[msgspec.Struct], *refusals: int, status: int = 200) -> Responses:
    """What an operation answers: its type, and the refusals besides those that every operation may give."""
    good = {"description": "As asked", "content": {JSON: {"schema": {"$ref": _REF.format(name=answer.__name__)}}}}
    bad = {PROBLEM: {"schema": {"$ref": _REF.format(name="Problem")}}}
    told: Responses = {status: good}
    if status == 200:
        told[304] = {"description": "If-None-Match names what still holds"}
    for code in sorted({*EVERYWHERE, *refusals}):
        told[code] = {"description": _WHY[code], "content": bad}
    return told


def document(app: FastAPI) -> dict[str, Any]:
    """The description of an app, complete and in a fixed order."""
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    kinds = [
        kind
        for module in (answers, explained, standing)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
    ]
    _, ours = msgspec.json.schema_components(list(dict.fromkeys(kinds)), ref_template=_REF)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(ours)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in schema["paths"].values():
        for operation in path.values():
            if _REF.format(name="HTTPValidationError") in str(operation.get("responses", {}).get("422")):
                del operation["responses"]["422"]  # the framework's own shape: ours is 400 with a problem
    schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return schema
