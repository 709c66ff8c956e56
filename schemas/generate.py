"""Writes JSON Schema and AsyncAPI from the types: `python -m schemas.generate FOLDER`. A test compares them.

Topic order and key order are fixed, so that a diff of the generated files is the diff of the contract.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from schemas.codec import BESIDE, VALUE_TYPES
from schemas.topics import REJECTED, TOPICS, WINDOW_TYPE, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """File name → content: a JSON Schema for each type of value, and one AsyncAPI document."""
    files = {f"{name}.v1.json": _text(_schema(name, kind)) for name, kind in VALUE_TYPES.items()}
    return files | {"asyncapi.json": _text(_asyncapi())}


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text)


def _schema(name: str, kind: object) -> dict[str, object]:
    return {"$schema": DIALECT, "title": _event_type(name), **msgspec.json.schema(kind)}


def _event_type(name: str) -> str:
    return TOPICS[name].event_type if name in TOPICS else WINDOW_TYPE


def _asyncapi() -> dict[str, object]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cadastre",
            "version": "1",
            "description": "Values: JSON (UTF-8). Headers: CloudEvents 1.0 in Kafka's binary mode, and traceparent.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic) for name, topic in sorted(TOPICS.items())},
        "operations": dict(sorted(_operations().items())),
    }


def _channel(topic: Topic) -> Mapping[str, object]:
    return {
        "address": topic.name,
        "description": f"Keyed by {topic.key}, partitioned by {topic.partitioned_by}.",
        "messages": {
            _event_type(name): {"name": _event_type(name), "payload": _payload(name)}
            for name in (topic.name, *BESIDE.get(topic.name, ()))
        },
        "bindings": {"kafka": {"topicConfiguration": dict(sorted(topic.config.items()))}},
    }


def _payload(name: str) -> object:
    if name == REJECTED.name:
        return {"description": "the original bytes, as they came"}
    return {"schemaFormat": f"application/schema+json;version={DIALECT}", "schema": {"$ref": f"{name}.v1.json"}}


def _operations() -> dict[str, object]:
    operations: dict[str, object] = {}
    for topic in TOPICS.values():
        for action, services in (("send", topic.written_by), ("receive", topic.read_by)):
            for service in services:
                name = f"{service.replace(' ', '_')}.{action}.{topic.name}"
                operations[name] = {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}
    return operations


def _text(document: object) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
