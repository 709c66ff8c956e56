"""Takes an address apart into what survives how people write it: house number, street stem, city, postal code."""

from __future__ import annotations

from functools import lru_cache

from services.dedupe.matching.identifiers import letters_and_digits
from services.dedupe.matching.names import words_of
from services.dedupe.matching.vocabulary import CITY_WORDS, NO_CITY, UNITS, WAYS

_SUFFIXES = ("strasse", "straat", "gatan", "gata", "str")


def parse_street(text: str) -> tuple[str, str]:
    """(house number, stem): ("12", "haupt") for `Hauptstraße 12, 3. OG`. Either may be empty."""
    words = words_of(text)
    stem: list[str] = []
    number, skip = "", False
    for word in words:
        if skip:
            skip = False
        elif word in UNITS and stem:
            skip = True
        elif not word.isalpha() and any(c.isdigit() for c in word):
            number = number or word.lstrip("0")
        elif word not in WAYS:
            stem.append(_without_way(word))
    return number, " ".join(stem[:3])


@lru_cache(maxsize=65_536)  # a city has many clients
def parse_city(text: str) -> str:
    city = " ".join(CITY_WORDS.get(word, word) for word in words_of(text) if not word.isdigit())
    return "" if city in NO_CITY else city


def parse_postal(text: str, country: str) -> str:
    """Letters and digits in capitals; a US code without its four digits of delivery route."""
    code = letters_and_digits(text)
    if country == "US" and code[:5].isdigit():
        code = code[:5]
    return code if len(code) > 2 and len(set(code)) > 1 else ""


def _without_way(word: str) -> str:
    if not word.endswith(_SUFFIXES):
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            return word.removesuffix(suffix)
    return word
