"""Believable places: a street, city, postal code and telephone number of the country that is asked for.

Streets and numbers never repeat within one gazetteer, and every number is valid and of that country. A country that
the table lacks gets its subdivisions as cities and the shape of its example number.
"""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import phonenumbers
import pycountry

from tests.support.generator.model import Site

_HERE = Path(__file__).parent
# Without the letters that postal codes avoid, because they are read as digits.
_LETTERS = "ABCEGHJKLMNPRSTVXY"
_SUITE_SHARE = {"US": 0.45, "CA": 0.35, "GB": 0.2, "SG": 0.3, "HK": 0.4}
_MOST_ATTEMPTS = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """One city; `#` stands for a digit and `@` for a letter, in both patterns."""

    country: str
    city: str
    subdivision: str
    postal_code: str
    phone: str


class Gazetteer:
    """Deals out sites and numbers; remembers what it dealt."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._streets: set[tuple[str, str, str]] = set()
        self._phones: set[str] = set()

    def site(self, country: str) -> Site:
        place = self._rng.choice(places_of(country))
        for _ in range(_MOST_ATTEMPTS):
            street = self._street(country)
            taken = (country, place.city, street)
            if taken not in self._streets:
                self._streets.add(taken)
                code = fill(place.postal_code, self._rng)
                return Site(country, street, place.city, place.subdivision, code, place.phone)
        raise ValueError(f"no street left in {place.city}, {country}; add streets or ask for fewer records")

    def phone(self, site: Site) -> str:
        """A number of the site's area that nobody has, as E.164."""
        prefix = f"+{phonenumbers.country_code_for_region(site.country)}"
        for _ in range(_MOST_ATTEMPTS):
            phone = prefix + fill(site.phone_pattern, self._rng)
            if phone not in self._phones and is_phone_of(phone, site.country):
                self._phones.add(phone)
                return phone
        raise ValueError(f"no telephone number left for {site.phone_pattern} in {site.country}")

    def _street(self, country: str) -> str:
        form, names, number = *_streets_of(country), self._rng.randint(1, 420)
        street = form.format(n=number, name=self._rng.choice(names))
        if self._rng.random() < _SUITE_SHARE.get(country, 0):
            return f"{street}, {self._rng.choice(('Suite', 'Floor'))} {self._rng.randint(2, 60)}"
        return street


def fill(pattern: str, rng: random.Random) -> str:
    """The pattern with a random digit for each `#` and a random letter for each `@`."""
    drawn = (rng.choice("0123456789") if c == "#" else rng.choice(_LETTERS) if c == "@" else c for c in pattern)
    return "".join(drawn)


def is_phone_of(phone: str, country: str) -> bool:
    """Whether the E.164 number is valid and its own country is the one named."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return False
    valid = phonenumbers.is_valid_number(number)
    return bool(valid and phonenumbers.region_code_for_number(number) == country)


@cache
def country_names(country: str) -> tuple[str, str]:
    """The everyday name of a country, and its three letters."""
    for known in pycountry.countries:
        if known.alpha_2 == country:
            return str(getattr(known, "common_name", known.name)), str(known.alpha_3)
    raise ValueError(f"{country!r} is no country of ISO 3166-1; leave its institutions out")


@cache
def subdivision_names() -> dict[str, str]:
    """The name of every subdivision by its ISO 3166-2 code."""
    return {str(one.code): str(one.name) for one in pycountry.subdivisions}


@cache
def places_of(country: str) -> tuple[Place, ...]:
    return _table().get(country) or _derived(country)


@cache
def _table() -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = defaultdict(list)
    with (_HERE / "places.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            found[row["country"]].append(Place(**row))
    return {country: tuple(rows) for country, rows in found.items()}


def _derived(country: str) -> tuple[Place, ...]:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.FIXED_LINE)
    if example is None:
        example = phonenumbers.example_number(country)
    if example is None:
        raise ValueError(f"country {country!r} has no telephone plan; leave its institutions out")
    digits = phonenumbers.national_significant_number(example)
    phone = digits[:-5] + "#####" if len(digits) > 6 else digits[:-4] + "####"
    regions = sorted((one.code, one.name) for one in pycountry.subdivisions if one.country_code == country)
    cities = [name for _, name in regions][:15] or [country_names(country)[0]]
    return tuple(Place(country, city, "", "####", phone) for city in cities)


@cache
def _streets_of(country: str) -> tuple[str, tuple[str, ...]]:
    streets: dict[str, tuple[str, tuple[str, ...]]] = {}
    with (_HERE / "streets.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            for code in row["countries"].split():
                streets[code] = (row["form"], tuple(row["names"].split("|")))
    return streets.get(country, streets["*"])
