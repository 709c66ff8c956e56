"""Chooses a committed sample out of a full register: `python -m tests.support.generator.sample --data FILE --out FILE`.

The choice depends on the rows alone (they are ranked by a digest of their LEI). A part of it are namesakes, a part are
families of funds, series and subsidiaries, so that the demo holds what is hard to tell apart.
"""

import argparse
import csv
import gzip
import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.support.generator.names import core_name, family_key

COLUMNS = ("lei", "legal_name", "country", "entity_category", "entity_sub_category", "industries")
# Per thousand: where the clients of an asset manager sit, rather than where legal entities are registered.
SHARES = {
    **{"US": 310, "GB": 120, "DE": 75, "FR": 60, "LU": 60, "CA": 50, "IE": 45, "NL": 40, "KY": 35},
    **{"IN": 25, "CH": 20, "IT": 22, "ES": 18, "AU": 18, "SE": 14, "BE": 10, "DK": 9, "NO": 7, "FI": 7},
    **{"AT": 7, "PL": 7, "SG": 8, "HK": 8, "JP": 5, "CZ": 3, "PT": 3},
}
_NAMESAKE_SHARE, _FAMILY_SHARE = 0.16, 0.30
_MOST_NAMESAKES, _MOST_FAMILY = 5, 12
_LONGEST_NAME = 54

Row = dict[str, str]


def choose(rows: Iterable[Row], count: int) -> list[Row]:
    """About `count` rows, ordered by LEI."""
    countries: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: hashlib.sha256(row["lei"].encode()).digest()):
        if 3 <= len(row["legal_name"]) <= _LONGEST_NAME and row["legal_name"].isprintable():
            countries[row["country"] if row["country"] in SHARES else "other"].append(row)
    rest = 1000 - sum(SHARES.values())
    picked = [
        row
        for country in sorted(countries)
        for row in _choose_in(countries[country], count * SHARES.get(country, rest) // 1000)
    ]
    return sorted(picked, key=lambda row: row["lei"])


def _choose_in(rows: list[Row], quota: int) -> list[Row]:
    picked: dict[str, Row] = {}
    namesakes = _groups(rows, core_name, 2, _MOST_NAMESAKES)
    _take(picked, namesakes, round(quota * _NAMESAKE_SHARE))
    families = _groups(rows, family_key, 4, _MOST_FAMILY)
    _take(picked, families, round(quota * (_NAMESAKE_SHARE + _FAMILY_SHARE)))
    _take(picked, ([row] for row in rows), quota)
    return list(picked.values())


def _groups(rows: list[Row], name: Callable[[str], str], least: int, most: int) -> Iterator[list[Row]]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[name(row["legal_name"]), row["country"]].append(row)
    for (shared, _), members in groups.items():
        if shared and len(members) >= least:
            yield members[:most]


def _take(picked: dict[str, Row], groups: Iterable[list[Row]], quota: int) -> None:
    for group in groups:
        if len(picked) >= quota:
            return
        picked.update((row["lei"], row) for row in group)


def _brief(row: Row) -> Row:
    return {**row, "industries": row["industries"].split("|")[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description="choose a sample of institutions")
    parser.add_argument("--data", type=Path, required=True, help="the register, CSV or CSV.gz")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=11_700)
    options = parser.parse_args()
    data: bytes = options.data.read_bytes()
    text = (gzip.decompress(data) if options.data.suffix == ".gz" else data).decode("utf-8")
    rows = choose(csv.DictReader(io.StringIO(text, newline="")), options.rows)
    with options.out.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_brief(row) for row in rows)


if __name__ == "__main__":
    main()
