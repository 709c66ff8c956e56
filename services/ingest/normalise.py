"""What a client's fields say, each in the one spelling that the rest of the system compares.

A value that cannot be true is a problem (a country that is none, a negative AUM, a failed check digit). A value that
merely is no phone, email, website, subdivision or count, or stands for "nothing", leaves its field empty: CRMs are
full of `n/a`. What was sent is kept wherever it differs from what it became. Normalising twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from schemas.codec import rfc3339
from schemas.events import FIELD_NAMES, ClientFields, Money
from schemas.reasons import Reason
from services.ingest.amounts import Ambiguous, read_money, read_number
from services.ingest.change import SOURCE
from services.ingest.contacts import read_email, read_phone, read_website
from services.ingest.moments import REMEDY, read_day, read_moment
from services.ingest.places import read_country, read_subdivision
from services.ingest.problems import FieldProblem, Unreadable, pointer, quoted
from services.ingest.registries import read_identifiers, read_lei, read_tax_id
from services.ingest.text import TEXT_MAX, read_text

_TAGS_MAX = 100
Value = str | int | Money | datetime | dict[str, str] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a field's reading depends on beside its own value."""

    source: str
    country: str | None


@dataclass(frozen=True, slots=True)
class Normalised:
    """`emptied`: fields whose value came to nothing. `originals`: what was sent, where normalising changed it."""

    fields: ClientFields
    originals: dict[str, str]
    emptied: tuple[str, ...]
    problems: tuple[FieldProblem, ...]


def normalise(raw: Mapping[str, object], source: str) -> Normalised:
    """Canonical field → value as sent, into `ClientFields`. Null is absent, unknown names are passed over."""
    values: dict[str, Value] = {}
    originals: dict[str, str] = {}
    emptied: list[str] = []
    problems: list[FieldProblem] = []
    around = Surroundings(source, None)
    for name in _ORDER:
        sent = raw.get(name)
        if sent is None:
            continue
        try:
            value = _READERS[name](sent, around)
        except Unreadable as problem:
            problems.append(FieldProblem(pointer("fields", name), Reason.INVALID_FIELD, f"{name}: {problem}"))
            continue
        if value is None:
            emptied.append(name)
        else:
            values[name] = value
            if name == "country" and isinstance(value, str):
                around = Surroundings(source, value)
        if (original := _original(sent, value)) is not None:
            originals[name] = original
    return Normalised(msgspec.convert(values, ClientFields), originals, tuple(emptied), tuple(problems))


def _original(sent: object, value: Value | None) -> str | None:
    """What was sent, as text, unless it says the same as the value."""
    text = sent if isinstance(sent, str) else str(sent) if isinstance(sent, (int, Decimal)) else _spelled(sent)
    if isinstance(value, str):
        return None if text == value else text
    if value is None:
        return text.strip() or None
    if isinstance(value, datetime):
        same = text == rfc3339(value)
    elif isinstance(value, Money):
        same = text in (value.amount, _json(value))
    else:
        same = text in (str(value), _json(value))
    return None if same else text


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _spelled(sent: object) -> str:
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":"), default=str)  # takes integers of any size


def _text(raw: object, _around: Surroundings) -> str | None:
    return read_text(raw)


def _by(
    read: Callable[[str], Value | None], refuse_as: str | None = None
) -> Callable[[object, Surroundings], Value | None]:
    """A reader of texts as a reader of fields. With `refuse_as`, a text that it cannot read is a problem."""

    def field(raw: object, _around: Surroundings) -> Value | None:
        text = read_text(raw)
        if text is None:
            return None
        value = read(text)
        if value is None and refuse_as:
            raise Unreadable(f"{quoted(text)} {refuse_as}")
        return value

    return field


def _in_country(read: Callable[[str, str | None], str | None]) -> Callable[[object, Surroundings], Value | None]:
    def field(raw: object, around: Surroundings) -> str | None:
        text = read_text(raw)
        return None if text is None else read(text, around.country)

    return field


def _postal_code(text: str) -> str | None:
    return text.upper() if set(text) - set("0- ") else None


def _day(text: str) -> str | None:
    day = read_day(text)
    return day.isoformat() if day else None


def _aum(raw: object, _around: Surroundings) -> Money | None:
    return read_money(raw, negative=False)


def _revenue(raw: object, _around: Surroundings) -> Money | None:
    return read_money(raw, negative=True)  # a year's loss is reported as negative income by some registers


def _employees(raw: object, _around: Surroundings) -> int | None:
    """Ranges such as `51-200` are no number and leave the field empty."""
    text = str(raw) if isinstance(raw, Decimal) else read_text(raw)
    if text is None:
        return None
    try:
        number = read_number(text, raw)
    except Ambiguous:
        raise
    except Unreadable:
        return None
    if number < 0 or number != number.to_integral_value() or number > 2**53:
        raise Unreadable(f"{quoted(text)} is not a head count; give a whole number of zero or more")
    return int(number)


def _parent_record(raw: object, around: Surroundings) -> str | None:
    """A record key; a bare id is one of the same source."""
    text = read_text(raw)
    if text is None or ":" not in text:
        return text and f"{around.source}:{text}"
    source, _, record_id = text.partition(":")
    if not SOURCE.fullmatch(source) or not record_id.strip():
        raise Unreadable(f"{quoted(raw)} is not a record; give SOURCE:ID such as salesforce:002, or the id alone")
    return f"{source}:{record_id.strip()}"


def _tags(raw: object, _around: Surroundings) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        if len(raw) > TEXT_MAX:
            raise Unreadable(f"{quoted(raw)} has {len(raw):,} characters; send a list of texts")
        raw = raw.split(";" if ";" in raw else ",")
    if not isinstance(raw, (list, tuple)):
        raise Unreadable(f'{quoted(raw)} is not a list of texts; give ["a", "b"] or \'a;b\'')
    if len(raw) > _TAGS_MAX:
        raise Unreadable(f"{len(raw):,} tags are too many; give at most {_TAGS_MAX}")
    return tuple(sorted({tag for item in raw if (tag := read_text(item)) is not None})) or None


_READERS: dict[str, Callable[[object, Surroundings], Value | None]] = {
    **dict.fromkeys(("name", "street", "city", "client_type", "industry", "record_status"), _text),
    "lei": _by(read_lei),
    "tax_id": _in_country(read_tax_id),
    "identifiers": lambda raw, _around: read_identifiers(raw),
    "subdivision": _in_country(read_subdivision),
    "postal_code": _by(_postal_code),
    "country": _by(read_country, "is not a country; give its ISO 3166-1 code (US, USA) or its English name"),
    "phone": _in_country(read_phone),
    "email": _by(read_email),
    "website": _by(read_website),
    "founded_on": _by(_day, "is not a date; give YYYY-MM-DD"),
    "aum": _aum,
    "revenue": _revenue,
    "employees": _employees,
    "parent_record": _parent_record,
    "tags": _tags,
    "created_at": _by(read_moment, f"is not a moment; {REMEDY}"),
}
_ORDER = ("country", *(n for n in FIELD_NAMES if n != "country"))  # phones and ids are read in their country
