"""Reads institutions, and orders them in blocks: a family stays together, so that a small run still has families."""

import csv
import gzip
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import phonenumbers
import pycountry

from tests.support.generator.model import Institution
from tests.support.generator.names import core_name, family_key

COLUMNS = ("lei", "legal_name", "country", "entity_category", "industries")
_VAGUE_INDUSTRIES = frozenset({"financial", "real_estate"})
_LARGEST_BLOCK = 20


def read_institutions(path: Path) -> list[Institution]:
    """Institutions of a CSV file, gzipped or not; rows of a country without a telephone plan are left out.

    Raises ValueError for a file that lacks a column.
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    found = (_institution(row) for row in rows)
    return [one for one in found if _has_phones(one.country)]


def namesakes(institutions: Iterable[Institution]) -> frozenset[tuple[str, str]]:
    """The (core name, country) that more than one institution bears."""
    counts = Counter((core_name(one.name), one.country) for one in institutions)
    return frozenset(key for key, count in counts.items() if count > 1)


def blocks(institutions: Sequence[Institution], rng: random.Random) -> list[list[Institution]]:
    """Families (and institutions without one) in random order."""
    families: dict[tuple[str, str], list[Institution]] = defaultdict(list)
    for one in sorted(institutions, key=lambda one: one.lei):
        families[(one.country, family_key(one.name) or one.lei)].append(one)
    parts = [
        members[start : start + _LARGEST_BLOCK]
        for members in families.values()
        for start in range(0, len(members), _LARGEST_BLOCK)
    ]
    rng.shuffle(parts)
    return parts


def _institution(row: dict[str, str]) -> Institution:
    industries = row["industries"].split("|")
    telling = [name for name in industries if name not in _VAGUE_INDUSTRIES]
    industry = "financial" if "financial" in industries or not telling else telling[0]
    return Institution(row["lei"], row["legal_name"].strip(), row["country"], row["entity_category"], industry)


def _has_phones(country: str) -> bool:
    known = pycountry.countries.get(alpha_2=country) is not None
    return known and phonenumbers.example_number(country) is not None
