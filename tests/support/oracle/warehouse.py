"""What CORE must hold, computed from the log by code of its own: no SQL, no merge, no order of loading.

For each id: its versions sorted, each beginning no earlier than the ones before, ending where the next begins; an ended
one has no length; the last one that has not ended is current.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from services.stream.outcome import Incoming

Period = tuple[datetime, datetime | None, bool]
Key = tuple[str, int]
Row = dict[str, object]
Json = dict[str, Any]


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


def _number(told: object) -> object:
    return None if told is None else Decimal(str(told))


def _of_client(value: Json) -> Row:
    golden = value.get("golden", {})
    aum = golden.get("aum", {})
    return {
        **{name: golden.get(name) for name in ("name", "client_type", "country", "city", "lei", "industry")},
        "pool": value.get("pool"),
        "aum": _number(aum.get("amount")),
        "aum_currency": aum.get("currency"),
        "parent_record": golden.get("parent_record"),
        "confidence": _number(value.get("confidence", 100)),
        "oversized": value.get("oversized", False),
        "member_count": len(value.get("members", [])),
        "ended_into": value.get("into"),
        "moved": value.get("moved"),
        "split_from": value.get("split_from"),
    }


def _of_assignment(value: Json) -> Row:
    rule, previous = value.get("rule", {}), value.get("previous", {})
    same = ("client_version", "region", "advisor", "tier", "segment", "decided_by", "source_record", "conflicts")
    return {
        **{name: value.get(name) for name in same},
        "territory": value.get("territory", "UNASSIGNED"),
        "triggered_by": value.get("trigger"),
        **{f"rule_{name}": rule.get(name) for name in ("set", "number", "id", "priority")},
        **{f"previous_{name}": previous.get(name) for name in ("territory", "advisor", "tier")},
    }


def _of_statement(kind: str, value: Json) -> Row:
    if kind == "advisor":
        same = {name: value.get(name) for name in ("name", "territories", "capacity")}
        return {**same, "active": value.get("active", True)}
    return {name: value.get(name) for name in ("name", "parent" if kind == "region" else "region")}


def _statements(messages: Sequence[Incoming], kind: str) -> dict[Key, Row]:
    """(id, offset) → what CORE says, of one kind of statement."""
    told: dict[str, dict[int, tuple[datetime, bool]]] = {}
    values: dict[Key, bytes | None] = {}
    for message in messages:
        if message.topic == "reference" and message.key.startswith(f"{kind}:"):
            key = message.key[len(kind) + 1 :]
            told.setdefault(key, {})[message.offset] = _appended(message), message.value is None
            values[key, message.offset] = message.value
    found: dict[Key, Row] = {}
    for key, versions in told.items():
        for version, period in periods(versions).items():
            value = values[key, version]
            found[key, version] = {
                **_of_statement(kind, {} if value is None else json.loads(value)),
                "period": period,
                "status": "live" if value is not None else "ended",
                "told_at": versions[version][0],
                "value_hash": "" if value is None else hashlib.sha256(value).hexdigest(),
            }
    return found


def _appended(message: Incoming) -> datetime:
    return datetime.fromtimestamp(message.appended_ms / 1_000, UTC)


class CoreOracle:
    """`clients`, `assignments`, `dimensions`: (id, version) → each column. `xref`: (record, id, version) → period.

    A version that is told again stays as it was told first.
    """

    def __init__(self, messages: Sequence[Incoming]) -> None:
        told: dict[str, dict[str, dict[int, tuple[datetime, bool]]]] = {"deduped": {}, "assigned": {}}
        values: dict[tuple[str, str, int], tuple[Json, str]] = {}
        for message in messages:
            if message.topic not in told or message.value is None:
                continue
            value = json.loads(message.value)
            of_deduped = message.topic == "deduped"
            at = _appended(message) if of_deduped else datetime.fromisoformat(value["effective_from"]).astimezone(UTC)
            key, version = value["client_id"], value["version"]
            if (message.topic, key, version) not in values:
                told[message.topic].setdefault(key, {})[version] = at, value["status"] == "ended"
                values[message.topic, key, version] = value, hashlib.sha256(message.value).hexdigest()
        self.dimensions = {kind: _statements(messages, kind) for kind in ("region", "territory", "advisor")}
        self.clients: dict[Key, Row] = {}
        self.assignments: dict[Key, Row] = {}
        self.xref: dict[tuple[str, str, int], Period] = {}
        for topic, ids in told.items():
            for key, versions in ids.items():
                for version, period in periods(versions).items():
                    value, digest = values[topic, key, version]
                    row = {"period": period, "status": value["status"], "value_hash": digest}
                    row["told_at"] = versions[version][0]
                    if topic == "assigned":
                        self.assignments[key, version] = row | _of_assignment(value)
                        continue
                    self.clients[key, version] = row | _of_client(value)
                    for member in value.get("members", []):
                        self.xref[member["record"], key, version] = period
