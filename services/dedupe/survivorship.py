"""The golden record: for every field the member whose word stands, and which member that was.

A total order, so that the same members make the same record whatever came first: the source people trust most, then
the newest change by the source's own clock, then what most of the rest say, then the smallest value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import compress, repeat
from operator import attrgetter, is_not

import msgspec
from msgspec import UNSET

from schemas.events import FIELD_NAMES, ClientFields, Member, RecordKey, Stamp

Ranks = Mapping[str, int]  # source → rank, a lower one is trusted more; a source without one comes last
Word = tuple[object, RecordKey]  # a value, and the record that says it
_UNRANKED = 2**31
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_values = attrgetter(*FIELD_NAMES)
_sorted_json = msgspec.json.Encoder(order="sorted", decimal_format="string").encode


def survive(members: Sequence[Member], ranks: Ranks) -> tuple[ClientFields, dict[str, RecordKey]]:
    """(golden fields, field → record key of the member that it was taken from)."""
    if len(members) == 1:  # half of all clients
        only = members[0]
        said = compress(FIELD_NAMES, map(is_not, _values(only.fields), repeat(UNSET)))
        return only.fields, dict.fromkeys(said, only.record)
    golden: dict[str, object] = {}
    provenance: dict[str, RecordKey] = {}
    standing = [(-_rank(member, ranks), _time(member.base)) for member in members]
    columns = zip(*(_values(member.fields) for member in members), strict=True)
    for name, column in zip(FIELD_NAMES, columns, strict=True):
        if column.count(UNSET) == len(column):
            continue
        best = (-_UNRANKED - 1, _BEFORE_ALL)
        words: list[Word] = []
        for member, value, (trust, time) in zip(members, column, standing, strict=True):
            if value is UNSET:
                continue
            of_field = (trust, _time(member.stamps[name])) if name in member.stamps else (trust, time)
            if of_field > best:
                best, words = of_field, [(value, member.record)]
            elif of_field == best:
                words.append((value, member.record))
        if words:
            golden[name], provenance[name] = words[0] if len(words) == 1 else _commonest(words)
    return ClientFields(**golden), provenance  # type: ignore[arg-type]  # each value comes from a field of this name


def _commonest(words: list[Word]) -> Word:
    spelled = [(_sorted_json(value), record, value) for value, record in words]
    common = Counter(text for text, _, _ in spelled)
    _, _, record, value = min((-common[text], text, record, value) for text, record, value in spelled)
    return value, record


def _rank(member: Member, ranks: Ranks) -> int:
    return ranks.get(member.record.partition(":")[0], _UNRANKED)


def _time(stamp: Stamp | None) -> datetime:
    return stamp.time if stamp is not None else _BEFORE_ALL
