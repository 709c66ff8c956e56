"""What two addresses say about a pair: street, postal code, city, as one."""

from __future__ import annotations

from msgspec import Struct
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from services.dedupe.matching import weights as w
from services.dedupe.matching.features import Features

_CLOSE_TEXT = 80  # ratio of two cities or street stems that typing errors explain
Finding = tuple[str, str, int]  # field, level, hundredths of a bit


class Place(Struct, frozen=True, gc=False):
    """`other_city`: not the same place, whatever the street is called; `other_door`: known to be another address."""

    findings: tuple[Finding, ...] = ()
    other_city: bool = False
    other_door: bool = False


def compare_places(a: Features, b: Features) -> Place:
    city, postal, street = _city(a, b), _postal(a, b), _street(a, b)
    other_city = city is not None and city[1] == "different" and (postal is None or postal[1] != "exact")
    found = [finding for finding in (street, postal, city) if finding is not None]
    if other_city:  # in another city, another street is no news
        found = [finding for finding in found if finding[0] == "city" or finding[1] != "different"]
    other_door = any(finding is not None and finding[1] == "different" for finding in (street, postal))
    return Place(tuple(found), other_city, other_city or other_door)


def _city(a: Features, b: Features) -> Finding | None:
    if not a.city or not b.city:
        return None
    if a.city == b.city:
        return "city", "exact", w.CITY_EXACT
    shorter, longer = sorted((a.city, b.city), key=len)
    if ratio(a.city, b.city) >= _CLOSE_TEXT or (len(shorter) > 3 and f" {shorter} " in f" {longer} "):
        return "city", "close", w.CITY_CLOSE
    return "city", "different", w.CITY_DIFFERENT


def _postal(a: Features, b: Features) -> Finding | None:
    if not a.postal or not b.postal:
        return None
    if a.postal == b.postal:
        return "postal_code", "exact", w.POSTAL_EXACT
    if a.postal[:3] == b.postal[:3] or OSA.distance(a.postal, b.postal, score_cutoff=1) <= 1:
        return "postal_code", "close", w.POSTAL_CLOSE
    return "postal_code", "different", w.POSTAL_DIFFERENT


def _street(a: Features, b: Features) -> Finding | None:
    if not a.street_stem or not b.street_stem:
        return None
    alike = ratio(a.street_stem, b.street_stem) >= _CLOSE_TEXT
    if alike and a.street_number == b.street_number:
        level = "exact" if a.street_number and a.street_stem == b.street_stem else "close"
        return "street", level, w.STREET_EXACT if level == "exact" else w.STREET_CLOSE
    if alike and not (a.street_number and b.street_number):
        return "street", "close", w.POSTAL_CLOSE
    return "street", "different", w.STREET_DIFFERENT
