"""Which records are worth comparing: those that share a key. Keys are pure 64-bit hashes, their kind hashed with them.

Several independent ways in, so that one typing error or one missing field doesn't hide a pair: ids, telephone, site,
the whole name, pairs of its rarest words, a word's beginning with the city, and the address. What can't match without
a shared desk or id (an acronym) has no way of its own.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations

from services.dedupe.matching.features import Features
from services.dedupe.matching.tokens import TOKEN_WEIGHTS, token_weight

_MOST_IDENTIFIERS = 3
_BEGINNING = 5  # letters of a word before which people rarely mistype it


def blocking_keys(of: Features) -> tuple[int, ...]:
    """The record's keys, each once, in a fixed order of kinds."""
    rarest = _rarest(of)
    telling = _telling(rarest)
    texts = [*_contact_texts(of), *_name_texts(of, rarest, telling), *_place_texts(of, rarest, telling)]
    return tuple(dict.fromkeys(int.from_bytes(blake2b(t.encode(), digest_size=8).digest(), "little") for t in texts))


def _contact_texts(of: Features) -> list[str]:
    texts = [f"id:{scheme}:{value}" for scheme, value in of.identifiers[:_MOST_IDENTIFIERS]]
    if of.lei:
        texts.append(f"lei:{of.lei}")
    if of.tax_id:
        texts.append(f"tax:{of.country}:{of.tax_id}")
    if of.phone:
        texts.append(f"phone:{of.phone}")
    if of.mailbox:
        texts.append(f"mailbox:{of.mailbox}")
    texts += [f"domain:{domain}" for domain in of.domains[:2]]
    return texts


def _name_texts(of: Features, rarest: list[str], telling: list[str]) -> list[str]:
    if not of.words:
        return []
    texts = [f"name:{of.core}:{' '.join(of.numerals)}"]
    texts += [f"words:{' '.join(sorted(pair))}" for pair in combinations(rarest, 2) if pair[0] in telling]
    if len(of.words) <= 2:
        texts.append(f"joined:{''.join(of.words)}")  # `Blue Rock` meets `Bluerock`
    return texts


def _place_texts(of: Features, rarest: list[str], telling: list[str]) -> list[str]:
    texts = []
    if of.city:
        texts += [f"city:{of.city}:{word[:_BEGINNING]}" for word in rarest[:2] if word in telling]
    if of.postal and of.street_number:
        texts.append(f"door:{of.postal}:{of.street_number}")
    if of.street_stem and of.city:
        texts.append(f"street:{of.city}:{of.street_stem}:{of.street_number}")
    return texts


def _rarest(of: Features) -> list[str]:
    """Up to three words that tell most, longest first among equals."""
    return sorted(of.words, key=lambda word: (-token_weight(word), -len(word), word))[:3]


def _telling(rarest: list[str]) -> list[str]:
    """Those that a key may hang on: a common one (Capital) only where the name has no other."""
    return [word for word in rarest if word not in TOKEN_WEIGHTS] or rarest
