"""What two addresses say about a pair: street, postal code, city, as one."""

from __future__ import annotations

from msgspec import Struct
from rapidfuzz.fuzz import ratio

from services.dedupe.matching import weights as w
from services.dedupe.matching.features import Features
from services.dedupe.matching.fields import one_edit

_CLOSE_TEXT = 80  # ratio of two cities or street stems that typing errors explain
_LONG_STEM = 4
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
    if a.postal[:3] == b.postal[:3] or one_edit(a.postal, b.postal):
        return "postal_code", "close", w.POSTAL_CLOSE
    return "postal_code", "different", w.POSTAL_DIFFERENT


def _street(a: Features, b: Features) -> Finding | None:
    if not a.street_stem or not b.street_stem:
        return None
    if not _stems_alike(a.street_stem, b.street_stem):
        return "street", "different", w.STREET_DIFFERENT
    if a.street_number == b.street_number:
        exact = bool(a.street_number) and a.street_stem == b.street_stem
        return ("street", "exact", w.STREET_EXACT) if exact else ("street", "close", w.STREET_CLOSE)
    if not a.street_number or not b.street_number or one_edit(a.street_number, b.street_number):
        return "street", "close", w.STREET_NAME_ONLY
    return "street", "different", w.STREET_DIFFERENT


def _stems_alike(one: str, other: str) -> bool:
    """With typing errors, or with a way's word that was mistyped too and stayed (`chinner cresent`)."""
    shorter, longer = sorted((one.replace(" ", ""), other.replace(" ", "")), key=len)
    return (len(shorter) >= _LONG_STEM and longer.startswith(shorter)) or ratio(shorter, longer) >= _CLOSE_TEXT
