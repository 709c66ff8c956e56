"""Refusals as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from starlette.responses import Response

from services.ingest.problems import FieldProblem

MEDIA = "application/problem+json"
_TYPES = {
    400: "malformed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-changes",
    503: "unavailable",
}

SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {k: {"type": "string"} for k in ("pointer", "code", "message")},
            },
        },
    },
}


def errors(problems: Iterable[FieldProblem], base: str = "") -> list[dict[str, str]]:
    """Field problems as they are told. `base` points to the item that they are in."""
    return [{"pointer": base + p.pointer, "code": p.code.value, "message": p.message} for p in problems]


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    told: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body: dict[str, object] = {
        "type": f"urn:cadastre:problem:{_TYPES.get(status, 'error')}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if told:
        body["errors"] = told
    return Response(msgspec.json.encode(body), status, headers, MEDIA)
