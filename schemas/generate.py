"""Writes JSON Schema and AsyncAPI from the types: `python -m schemas.generate FOLDER`. A test compares them.

Topic order and key order are fixed, so that a diff of the generated files is the diff of the contract.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from schemas.codec import VALUE_TYPES
from schemas.topics import REJECTED, TOPICS, Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """File name → content: a JSON Schema for each topic's value, and one AsyncAPI document."""
    files = {f"{name}.v1.json": _text(_schema(name, kind)) for name, kind in VALUE_TYPES.items()}
    return files | {"asyncapi.json": _text(_asyncapi())}


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text)


def _schema(topic: str, kind: object) -> dict[str, object]:
    return {"$schema": DIALECT, "title": TOPICS[topic].event_type, **msgspec.json.schema(kind)}


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
    payload: object = (
        {"description": "the original bytes, as they came"}
        if topic is REJECTED
        else {"schemaFormat": f"application/schema+json;version={DIALECT}", "schema": {"$ref": f"{topic.name}.v1.json"}}
    )
    return {
        "address": topic.name,
        "description": f"Keyed by {topic.key}, partitioned by {topic.partitioned_by}.",
        "messages": {topic.event_type: {"name": topic.event_type, "payload": payload}},
        "bindings": {"kafka": {"topicConfiguration": dict(sorted(topic.config.items()))}},
    }


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
