"""Which records are worth comparing: those that share a key. Keys are pure 64-bit hashes, their kind hashed with them.

Several independent ways in, so that one typing error or one missing field doesn't hide a pair: ids, telephone, site,
the whole name, pairs of its rarest words, a word's beginning with the place, and the address.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations

from services.dedupe.matching.features import Features
from services.dedupe.matching.tokens import token_weight

_MOST_IDENTIFIERS = 3


def blocking_keys(of: Features) -> tuple[int, ...]:
    """The record's keys, each once, in a fixed order of kinds."""
    texts = [*_contact_texts(of), *_name_texts(of), *_place_texts(of)]
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


def _name_texts(of: Features) -> list[str]:
    if not of.words:
        return []
    numerals = " ".join(of.numerals)
    rarest = rarest_words(of)
    texts = [f"name:{of.core}:{numerals}"]
    texts += [f"words:{' '.join(sorted(pair))}" for pair in combinations(rarest, 2)]
    joined = "".join(of.words)
    if of.acronym:
        texts.append(f"short:{of.acronym}")
    if len(of.words) <= 2:
        texts.append(f"short:{joined}")  # `Blue Rock` meets `Bluerock`, IBM its long form
    return texts


def _place_texts(of: Features) -> list[str]:
    texts = []
    if of.city:
        texts += [f"city:{of.city}:{word[:4]}" for word in rarest_words(of)[:2]]
    if of.postal and of.street_number:
        texts.append(f"door:{of.postal}:{of.street_number}")
    elif of.street_stem and of.city:
        texts.append(f"street:{of.city}:{of.street_stem}:{of.street_number}")
    return texts


def rarest_words(of: Features) -> list[str]:
    """Up to three words that tell most, longest first among equals."""
    return sorted(of.words, key=lambda word: (-token_weight(word), -len(word), word))[:3]
