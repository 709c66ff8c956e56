"""Where something is: country and subdivision codes from what people write (ISO 3166-1 and -2)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import pycountry

# What people write that is no ISO name. Historic and disputed names are left out: to guess one is to take a side.
_ALIASES = {
    "usa": "US", "u s a": "US", "u s": "US", "united states of america": "US", "america": "US",
    "uk": "GB", "u k": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "deutschland": "DE", "allemagne": "DE", "schweiz": "CH", "suisse": "CH",
    "svizzera": "CH", "osterreich": "AT", "espana": "ES", "italia": "IT", "holland": "NL", "nederland": "NL",
    "niederlande": "NL", "belgie": "BE", "belgique": "BE", "sverige": "SE", "norge": "NO", "danmark": "DK",
    "suomi": "FI", "polska": "PL", "brasil": "BR", "nippon": "JP", "south korea": "KR", "korea": "KR",
    "republic of korea": "KR", "north korea": "KP", "russia": "RU", "vietnam": "VN", "taiwan": "TW",
    "hong kong sar": "HK", "macau": "MO", "czech republic": "CZ", "ivory coast": "CI", "uae": "AE", "turkey": "TR",
    "swaziland": "SZ", "cape verde": "CV", "macedonia": "MK", "kosovo": "XK", "xk": "XK", "prc": "CN",
    "peoples republic of china": "CN", "brunei": "BN", "palestine": "PS", "vatican": "VA",
    "british virgin islands": "VG", "bvi": "VG", "us virgin islands": "VI", "republic of ireland": "IE",
    "korea south": "KR", "korea north": "KP", "ksa": "SA", "luxemburg": "LU", "bosnia": "BA", "trinidad": "TT",
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def _key(name: str) -> str:
    """Letters and digits without accents or case, single blanks between: `U.S.A.` and `u s a` are one, as are
    `St. Kitts & Nevis` and `Saint Kitts and Nevis`, `Bahamas, The` and `The Bahamas`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    bare = bare.replace("'", "").replace("’", "").replace("&", " and ")
    words = " ".join(re.sub(r"[^\w]+", " ", bare).split())
    return re.sub(r"\bst (?=\w)", "saint ", words).removeprefix("the ").removesuffix(" the")


@cache
def _countries() -> dict[str, str]:
    names = dict(_ALIASES)
    for country in pycountry.countries:
        known = (country.alpha_2, country.alpha_3, country.name)
        for name in (*known, getattr(country, "official_name", ""), getattr(country, "common_name", "")):
            if name:
                names.setdefault(_key(name), country.alpha_2)
    return names


@lru_cache(maxsize=4_096)
def read_country(text: str) -> str | None:
    """The alpha-2 code of a country written as a code or a name; None where it is neither."""
    return _countries().get(_key(text))


@cache
def _divisions() -> dict[str, list[pycountry.db.Subdivision]]:
    by_country: dict[str, list[pycountry.db.Subdivision]] = {}
    for division in pycountry.subdivisions:
        by_country.setdefault(division.code[:2], []).append(division)
    return by_country


@cache
def _subdivisions(country: str) -> dict[str, str]:
    """Codes, with and without the country, and names → ISO 3166-2 code. A name that two share stands for none."""
    names: dict[str, str | None] = {}
    divisions = sorted(_divisions().get(country, ()), key=lambda d: d.code)
    for division in divisions:
        key = _key(division.name)
        names[key] = division.code if names.get(key, division.code) == division.code else None
    for division in divisions:
        names[_key(division.code)] = names[_key(division.code.partition("-")[2])] = division.code
    return {key: code for key, code in names.items() if code is not None}


@lru_cache(maxsize=16_384)
def read_subdivision(text: str, country: str | None) -> str | None:
    """The ISO 3166-2 code of a state, province or canton of the country; without a country only a full code is read."""
    if country is None:
        country = text[:2].upper() if _CODE.fullmatch(text.upper()) else None
    if country is None:
        return None
    known = _subdivisions(country)
    return known.get(_key(text)) or known.get(_key(text.partition("[")[0]))  # `Illes Balears [Islas Baleares]`
