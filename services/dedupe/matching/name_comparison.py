"""Whether two names can be one client's: exact, close (typing errors, order, light words, acronym) or different.

Different means that each has a word that the other lacks, or one has a word too telling to be left out. Symmetric:
nothing here depends on which name comes first.
"""

from __future__ import annotations

from functools import cache

from rapidfuzz.distance import OSA

from services.dedupe.matching.features import Features, weigh_words
from services.dedupe.matching.tokens import TOKEN_WEIGHTS, token_weight
from services.dedupe.matching.vocabulary import LIGHT, LIGHT_IN_FUNDS
from services.dedupe.matching.weights import (
    NAME_ACRONYM,
    NAME_CONTAINED,
    NAME_DIFFERENT,
    NAME_FUND_DIFFERENT,
    NAME_PARTLY_DIFFERENT,
    WORD_EXTRA,
    WORD_TYPO,
)

_LONG_WORD = 6


def compare_names(a: Features, b: Features) -> tuple[str, int]:
    """(level, hundredths of a bit). A name without words differs from every name."""
    if a.core == b.core and a.core:
        return "exact", a.name_weight
    left = [word for word in a.words if word not in b.words]
    right = [word for word in b.words if word not in a.words]
    shared = [word for word in a.words if word in b.words]
    if left and right and not _any_look_alike(left, right):
        return _compare_others(a, b, shared)
    matched = [(token_weight(word), word) for word in shared]
    if left and right:
        matched += _join(left, right, exactly=True) or _pair(left, right)
        matched += _join(left, right)
    if (left and right) or not matched:
        return _compare_others(a, b, [word for _, word in matched])
    extra = left or right
    if all(_is_light(word, a, b) for word in extra):
        return "close", weigh_words(matched) - WORD_EXTRA * len(extra)
    if a.fund or b.fund or len(extra) > 1 or extra[0] not in TOKEN_WEIGHTS:
        return _compare_others(a, b, [word for _, word in matched])
    return "different", NAME_CONTAINED


def _any_look_alike(left: list[str], right: list[str]) -> bool:
    """Whether a word of one may be a word of the other at all: most pairs of names end here."""
    begins, ends = {word[0] for word in left}, {word[-3:] for word in left}
    return any(word[0] in begins or word[-3:] in ends for word in right)


def _pair(left: list[str], right: list[str]) -> list[tuple[int, str]]:
    """Pairs words that are close, taking them out of both; the closest first."""
    close = []
    for mine in left:
        for other in right:
            if mine[0] == other[0] or mine[-3:] == other[-3:]:
                first, second = (mine, other) if mine < other else (other, mine)
                if (distance := word_distance(first, second)) >= 0:
                    close.append((distance, first, second, mine, other))
    found = []
    for distance, first, second, mine, other in sorted(close):
        if mine in left and other in right:
            left.remove(mine)
            right.remove(other)
            known = second if second in TOKEN_WEIGHTS else first
            found.append((min(token_weight(first), token_weight(second)) - WORD_TYPO * distance, known))
    return found


def _join(left: list[str], right: list[str], exactly: bool = False) -> list[tuple[int, str]]:
    """`Blue Rock` and `Bluerock`, `Frui tMarket` and `Fruit Market`: what is left over is one once written together.

    Where both sides hold a common word (East, West), they are words of their own and no slip of the space bar.
    """
    if len(left) == len(right) == 1 or not left or not right or left[0][0] != right[0][0]:
        return []
    one, other = "".join(left), "".join(right)
    allowed = 0 if exactly else _allowed_edits(min(len(one), len(other)))
    if abs(len(one) - len(other)) > allowed or (exactly and one != other):
        return []
    distance = OSA.distance(one, other, score_cutoff=allowed)
    if distance > allowed or (_any_common(left) and _any_common(right)):
        return []
    words = max(sorted((left, right)), key=len)
    found = [(token_weight(word) - WORD_TYPO * distance, word) for word in words]
    left.clear()
    right.clear()
    return found


def _any_common(words: list[str]) -> bool:
    return any(word in TOKEN_WEIGHTS for word in words)


@cache
def _allowed_edits(length: int) -> int:
    return 0 if length < 4 else 1 if length < 6 else 2


def word_distance(first: str, second: str) -> int:
    """Typing errors between two words, -1 where they are two words.

    Two common words are never one mistyped. People rarely miss the first letter: `Tower` and `Power` are two words.
    """
    common = (first in TOKEN_WEIGHTS, second in TOKEN_WEIGHTS)
    if common == (True, True):
        return -1
    shorter, longer = (first, second) if len(first) <= len(second) else (second, first)
    if longer in TOKEN_WEIGHTS and len(shorter) >= 3 and longer.startswith(shorter):
        return 1  # people shorten common words: `Manuf`
    allowed = _allowed_edits(len(longer)) if first[0] == second[0] else int(len(shorter) >= _LONG_WORD)
    if len(longer) - len(shorter) > allowed:
        return -1
    distance = OSA.distance(first, second, score_cutoff=allowed)
    return distance if distance <= allowed else -1


def _compare_others(a: Features, b: Features, shared: list[str]) -> tuple[str, int]:
    """Names of which each has words of its own: an acronym, or two names."""
    for short, long in ((a, b), (b, a)):
        if long.acronym and len(short.words) == 1 and len(short.words[0]) > 2 and short.words[0] == long.acronym:
            return "close", NAME_ACRONYM
    if a.fund and b.fund:
        return "different", NAME_FUND_DIFFERENT
    partly = any(word not in TOKEN_WEIGHTS for word in shared)
    return "different", NAME_PARTLY_DIFFERENT if partly else NAME_DIFFERENT


def _is_light(word: str, a: Features, b: Features) -> bool:
    """Whether a clerk leaves the word out: a letter, the place, `Group`; of a fund's name, hardly any."""
    if a.fund or b.fund:
        return word in LIGHT_IN_FUNDS
    return len(word) == 1 or word in LIGHT or word in a.city.split() or word in b.city.split()
