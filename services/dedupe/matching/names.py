"""Takes a name apart: core words, legal form, and the words that number a fund, a series or a share class.

Pure functions of the text; every rule here is part of what `ENGINE_CODE` versions, since a change moves matches.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from services.dedupe.matching.legal_forms import split_legal_form
from services.dedupe.matching.vocabulary import (
    ABBREVIATIONS,
    COUNTED,
    FUNDS,
    NUMBER_WORDS,
    ROMAN,
    STOP_WORDS,
)

# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})
_APOSTROPHE = re.compile(r"(?<=\w)['`´](?=\w)")
_DOTTED = re.compile(r"\b(\w)[./](?=\w\b|\W|$)")  # S.A. and A/S are one word
_WORD = re.compile(r"[^\W_]+")
_COUNTING = frozenset((*ROMAN, *NUMBER_WORDS))
_JOINING = STOP_WORDS - {"e", "y"}  # of single letters, only position tells


@dataclass(frozen=True, slots=True)
class Name:
    """`words` are the core in the order written; `numerals` sorted, roman ones as digits."""

    words: tuple[str, ...]
    numerals: tuple[str, ...]
    legal_form: str
    fund: bool
    acronym: str


def fold(text: str) -> str:
    """Casefolded, without accents; letters that don't decompose are spelled in ASCII where that is usual."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """Folded words: `S.A.` is one, `Moody's` is `moodys`, punctuation separates."""
    plain = fold(text)
    if "'" in plain or "`" in plain or "´" in plain:
        plain = _APOSTROPHE.sub("", plain)
    return _WORD.findall(_DOTTED.sub(r"\1", plain) if "." in plain or "/" in plain else plain)


def parse_name(text: str) -> Name:
    words, form = split_legal_form(words_of(text))
    if len(words) > 1 and words[-1] == "the":
        words, form = split_legal_form(words[:-1]) if not form else (words[:-1], form)
    words = _join_letters(words)
    core, numerals = _split_numerals([w for w in words if w not in _JOINING] or words)
    core = [w for w in core if w not in STOP_WORDS] or core or list(numerals)
    plain = tuple(map(_singular, core))
    return Name(
        plain,
        tuple(sorted(numerals)),
        form,
        not FUNDS.isdisjoint(plain),
        "".join(word[0] for word in core) if len(core) > 2 else "",
    )


def _join_letters(words: list[str]) -> list[str]:
    """`J P Morgan` is `JP Morgan`; a letter that stands alone, or counts (Class A), stays alone."""
    if 1 not in map(len, words):
        return words
    joined: list[str] = []
    run = ""
    for at, word in enumerate([*words, "--"]):
        if len(word) == 1 and word.isalpha() and (run or at == 0 or _singular(words[at - 1]) not in COUNTED):
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        joined.append(word)
    return joined[:-1]


def _split_numerals(words: list[str]) -> tuple[list[str], list[str]]:
    core: list[str] = []
    numerals: list[str] = []
    for at, word in enumerate(words):
        may_count = len(word) == 1 or word in _COUNTING or word[0].isdigit() or word[-1].isdigit()
        numeral = may_count and _numeral(word, words[at - 1] if at else "", at == len(words) - 1)
        if numeral and (at or word[0].isdigit()):
            numerals.append(numeral)
        else:
            core.append(word)
    return core, numerals


def _numeral(word: str, before: str, last: bool) -> str:
    """What the word counts, empty where it counts nothing."""
    if word[0].isdigit() or word[-1].isdigit():
        return word.lstrip("0") or "0"
    counted = before[-1:].isdigit() or _singular(before) in COUNTED
    if word in ROMAN:
        return ROMAN[word]
    if not last and not counted:
        return ""
    return word if len(word) == 1 else NUMBER_WORDS.get(word, "")


@lru_cache(maxsize=65_536)  # the words of names repeat
def _singular(word: str) -> str:
    """Abbreviations in full, plurals without their s: what two clerks write differently without meaning it."""
    word = ABBREVIATIONS.get(word, word)
    if len(word) > 4 and word[-1] == "s" and word[-2] not in "su":
        word = word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return ABBREVIATIONS.get(word, word)
