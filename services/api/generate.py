"""Writes the OpenAPI document and the frames' JSON Schema: `python -m services.api.generate`. A test compares them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from services.api.frames import CHANNELS, ClientFrame, ServerFrame
from services.api.http.app import create_app

HERE = Path(__file__).parent


def documents() -> dict[str, str]:
    """File name → content."""
    (sent, told), parts = msgspec.json.schema_components((ClientFrame, ServerFrame), ref_template="#/$defs/{name}")
    frames = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Frames of /ws",
        "$defs": {**parts, "ClientFrame": sent, "ServerFrame": told},
        "x-channels": CHANNELS,
    }
    return {"openapi.json": _text(create_app().openapi()), "frames.json": _text(frames)}


def _text(document: object) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, text in documents().items():
        (HERE / name).write_text(text)
