"""The golden record: for every field the member whose word stands, and which member that was.

A total order, so that the same members make the same record whatever came first: the source people trust most, then
the newest change by the source's own clock, then what most members say, then the smallest value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from schemas.events import FIELD_NAMES, ClientFields, Member, RecordKey, Stamp

Ranks = Mapping[str, int]  # source → rank, a lower one is trusted more; a source without one comes last
_UNRANKED = 2**31
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_sorted_json = msgspec.json.Encoder(order="sorted", decimal_format="string").encode


def survive(members: Sequence[Member], ranks: Ranks) -> tuple[ClientFields, dict[str, RecordKey]]:
    """(golden fields, field → record key of the member that it was taken from)."""
    if len(members) == 1:
        only = members[0]
        return only.fields, {
            name: only.record for name in FIELD_NAMES if getattr(only.fields, name) is not msgspec.UNSET
        }
    golden: dict[str, object] = {}
    provenance: dict[str, RecordKey] = {}
    trust = [_trust(member, ranks) for member in members]
    for name in FIELD_NAMES:
        said = [
            (-rank, _time(member, name), getattr(member.fields, name), member.record)
            for rank, member in zip(trust, members, strict=True)
            if getattr(member.fields, name) is not msgspec.UNSET
        ]
        if said:
            golden[name], provenance[name] = _winner(said)
    return ClientFields(**golden), provenance  # type: ignore[arg-type]  # each value comes from a field of this name


def _winner(said: list[tuple[int, datetime, object, RecordKey]]) -> tuple[object, RecordKey]:
    if len(said) == 1:
        return said[0][2], said[0][3]
    best = max(entry[:2] for entry in said)
    leading = [(_sorted_json(entry[2]), entry[3], entry[2]) for entry in said if entry[:2] == best]
    common = Counter(text for text, _, _ in leading)
    _, _, record, value = min((-common[text], text, record, value) for text, record, value in leading)
    return value, record


def _trust(member: Member, ranks: Ranks) -> int:
    return ranks.get(member.record.partition(":")[0], _UNRANKED)


def _time(member: Member, name: str) -> datetime:
    stamp: Stamp | None = member.stamps.get(name, member.base)
    return stamp.time if stamp is not None else _BEFORE_ALL
