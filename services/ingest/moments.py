"""When something happened, in whatever way a CRM writes it.

ISO 8601 with or without a zone (UTC is assumed), epoch milliseconds, and `/Date(milliseconds)/`. Orders of day and
month that differ by country are refused, since a guess would be wrong half of the time.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_MILLIS = re.compile(r"(?:/Date\()?(-?[0-9]{11,14})(?:[+-][0-9]{4})?(?:\)/)?")
_ISO_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REMEDY = "give ISO 8601 such as 2026-01-05T10:11:00Z, or epoch milliseconds"


def read_moment(text: str) -> datetime | None:
    """A moment in UTC, or None where the text is not one."""
    text = text.strip().removesuffix(" UTC")
    try:
        if millis := _MILLIS.fullmatch(text):
            return _EPOCH + timedelta(milliseconds=int(millis[1]))
        if not _ISO_DAY.match(text):
            return None
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_day(text: str) -> date | None:
    """A day: a date, or the date that a moment names in its own zone."""
    if not _ISO_DAY.match(text):
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
