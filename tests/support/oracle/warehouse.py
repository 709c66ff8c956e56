"""What CORE must hold, computed from the log by code of its own: no SQL, no merge, no order of loading.

For each id: its versions sorted, each beginning no earlier than the ones before, ending where the next begins; an ended
one has no length; the last one that has not ended is current.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from services.stream.outcome import Incoming

Period = tuple[datetime, datetime | None, bool]
Key = tuple[str, int]
FAR = object()


def periods(told: Mapping[int, tuple[datetime, bool]]) -> dict[int, Period]:
    """Version → its period. `told`: version → when it was told, and whether it is an end."""
    ordered = sorted(told)
    begins: list[datetime] = []
    for version in ordered:
        at = told[version][0]
        begins.append(at if not begins or at > begins[-1] else begins[-1])
    found: dict[int, Period] = {}
    following = [second for _, second in pairwise(begins)]
    for place, version in enumerate(ordered):
        ended = told[version][1]
        last = place == len(ordered) - 1
        end = begins[place] if ended else None if last else following[place]
        found[version] = begins[place], end, last and not ended
    return found


def _statements(messages: Sequence[Incoming], kind: str) -> dict[Key, tuple[object, ...]]:
    """(id, offset) → period, status, hash and name, of one kind of statement."""
    told: dict[str, dict[int, tuple[datetime, bool]]] = {}
    values: dict[Key, bytes | None] = {}
    for message in messages:
        if message.topic == "reference" and message.key.startswith(f"{kind}:"):
            key = message.key[len(kind) + 1 :]
            at = datetime.fromtimestamp(message.appended_ms / 1_000, UTC)
            told.setdefault(key, {})[message.offset] = at, message.value is None
            values[key, message.offset] = message.value
    found: dict[Key, tuple[object, ...]] = {}
    for key, versions in told.items():
        for version, period in periods(versions).items():
            value = values[key, version]
            digest = "" if value is None else hashlib.sha256(value).hexdigest()
            name = None if value is None else json.loads(value).get("name")
            found[key, version] = (*period, "live" if value is not None else "ended", digest, name)
    return found


class CoreOracle:
    """`clients`, `assignments`: (id, version) → period, status, hash, and a field more. `xref`: with the record."""

    def __init__(self, messages: Sequence[Incoming]) -> None:
        told = {"deduped": {}, "assigned": {}}  # type: dict[str, dict[str, dict[int, tuple[datetime, bool]]]]
        values: dict[tuple[str, str, int], tuple[dict[str, object], str]] = {}
        for message in messages:
            if message.topic not in told or message.value is None:
                continue
            value = json.loads(message.value)
            at = (
                datetime.fromtimestamp(message.appended_ms / 1_000, UTC)
                if message.topic == "deduped"
                else datetime.fromisoformat(value["effective_from"])
            )
            key, version = value["client_id"], value["version"]
            told[message.topic].setdefault(key, {})[version] = at.astimezone(UTC), value["status"] == "ended"
            values[message.topic, key, version] = value, hashlib.sha256(message.value).hexdigest()
        self.dimensions = {kind: _statements(messages, kind) for kind in ("region", "territory", "advisor")}
        self.clients: dict[Key, tuple[object, ...]] = {}
        self.assignments: dict[Key, tuple[object, ...]] = {}
        self.xref: dict[tuple[str, str, int], Period] = {}
        for topic, ids in told.items():
            for key, versions in ids.items():
                for version, period in periods(versions).items():
                    value, digest = values[topic, key, version]
                    if topic == "assigned":
                        self.assignments[key, version] = (*period, value["status"], digest, value.get("territory"))
                        continue
                    golden = value.get("golden", {})
                    assert isinstance(golden, dict)
                    self.clients[key, version] = (*period, value["status"], digest, golden.get("name"))
                    members = value.get("members", [])
                    assert isinstance(members, list)
                    for member in members:
                        self.xref[member["record"], key, version] = period
