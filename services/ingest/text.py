"""What a text says: one spelling for what looks the same, and nothing for what only stands in for a missing value."""

from __future__ import annotations

import re
import unicodedata

from services.ingest.problems import Unreadable, quoted

TEXT_MAX = 1_000  # characters; the longest legal names and addresses known are below 400

# Controls and invisible marks, but for white space (folded below) and the joiners of Indic and Persian spelling.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
# `na` is not here: it is a country (Namibia) and an Italian province (Naples).
_PLACEHOLDERS = frozenset(
    (
        *("n/a", "n.a.", "n.a", "#n/a", "none", "null", "nil", "unknown", "undefined", "tbd", "tba"),
        *("not available", "not applicable", "not provided", "not specified", "no data"),
    )
)


def fold(text: str) -> str:
    """NFC, without invisible characters, white space folded to single blanks."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def is_placeholder(folded: str) -> bool:
    """Whether a folded text stands for "nothing": n/a, -, none, unknown and their like."""
    return not (folded[:1].isalnum() or any(map(str.isalnum, folded))) or folded.casefold() in _PLACEHOLDERS


def read_text(raw: object) -> str | None:
    """The folded text, or None for a placeholder. Whole numbers count as text, since exports drop the quotes.

    Raises `Unreadable` on other types, on more than 1,000 characters and on halves of surrogate pairs.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise Unreadable(f"{quoted(raw)} is not a text; send it as a JSON string")
    if len(raw) > TEXT_MAX:
        raise Unreadable(f"{quoted(raw)} has {len(raw):,} characters; send at most {TEXT_MAX:,}")
    if not raw.isascii() and any("\ud800" <= c <= "\udfff" for c in raw):
        raise Unreadable(f"{quoted(raw)} holds half of a surrogate pair or bytes that are not UTF-8; send valid UTF-8")
    folded = fold(raw)
    return None if is_placeholder(folded) else folded
