"""What one field says about a pair: a level and its weight in hundredths of a bit; silence on one side says nothing."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from services.dedupe.matching import weights as w
from services.dedupe.matching.features import Features

Level = tuple[str, int]  # exact, close or different; hundredths of a bit
NOTHING: Level = ("", 0)


def lei(a: Features, b: Features) -> Level:
    if not a.lei or not b.lei:
        return NOTHING
    if a.lei == b.lei:
        return "exact", w.LEI_EXACT
    if one_edit(a.lei, b.lei):
        return "close", w.LEI_CLOSE
    return "different", w.LEI_FORBIDS if a.lei_valid and b.lei_valid else w.LEI_DIFFERENT


def tax_id(a: Features, b: Features) -> Level:
    if not a.tax_id or not b.tax_id or a.country != b.country:
        return NOTHING
    if a.tax_id == b.tax_id:
        return "exact", w.TAX_EXACT
    if one_edit(a.tax_id, b.tax_id):
        return "close", w.TAX_CLOSE
    return "different", w.TAX_FORBIDS if a.tax_valid and b.tax_valid else w.TAX_DIFFERENT


def identifiers(a: Features, b: Features) -> Level:
    """The schemes that both know: one that agrees outweighs all that differ, since one firm may hold several."""
    if not a.identifiers or not b.identifiers:
        return NOTHING
    if not disjoint(a.identifiers, b.identifiers):
        return "exact", w.IDENTIFIER_EXACT
    known = dict(a.identifiers)
    rivals = [(known[scheme], value) for scheme, value in b.identifiers if scheme in known]
    if not rivals:
        return NOTHING
    close = any(one_edit(one, other) for one, other in rivals)
    return ("close", w.IDENTIFIER_CLOSE) if close else ("different", w.IDENTIFIER_DIFFERENT)


def numerals(a: Features, b: Features) -> Level:
    """Fund, series and class numbers are identity; one that only one of the names has is told apart a little less."""
    if a.numerals == b.numerals:
        return ("exact", w.NUMERALS_EXACT) if a.numerals else NOTHING
    one, other = set(a.numerals), set(b.numerals)
    partial = one <= other or other <= one
    return "different", w.NUMERALS_PARTIAL if partial else w.NUMERALS_DIFFERENT


def legal_form(a: Features, b: Features) -> Level:
    if not a.legal_form or not b.legal_form:
        return NOTHING
    same = a.legal_form == b.legal_form
    return ("exact", w.LEGAL_FORM_EXACT) if same else ("different", w.LEGAL_FORM_DIFFERENT)


def phone(a: Features, b: Features) -> Level:
    if not a.phone or not b.phone:
        return NOTHING
    if a.phone == b.phone:
        return "exact", w.PHONE_EXACT
    return ("close", w.PHONE_CLOSE) if one_edit(a.phone, b.phone) else ("different", w.PHONE_DIFFERENT)


def domain(a: Features, b: Features) -> Level:
    if not a.domains or not b.domains:
        return NOTHING
    shared = not disjoint(a.domains, b.domains)
    return ("exact", w.DOMAIN_EXACT) if shared else ("different", w.DOMAIN_DIFFERENT)


def mailbox(a: Features, b: Features) -> Level:
    return ("exact", w.MAILBOX_EXACT) if a.mailbox and a.mailbox == b.mailbox else NOTHING


def country(a: Features, b: Features) -> Level:
    return ("different", w.COUNTRY_DIFFERENT) if a.country and b.country and a.country != b.country else NOTHING


def founded(a: Features, b: Features) -> Level:
    if not a.founded or not b.founded:
        return NOTHING
    if a.founded == b.founded:
        return "exact", w.FOUNDED_NEW_YEAR if a.founded.endswith("-01-01") else w.FOUNDED_EXACT
    close = one_edit(a.founded, b.founded) or a.founded[:4] == b.founded[:4]
    return ("close", w.FOUNDED_CLOSE) if close else ("different", w.FOUNDED_DIFFERENT)


def disjoint(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return not any(value in b for value in a)


def one_edit(a: str, b: str) -> bool:
    """One letter wrong, missing, added, or two neighbours swapped."""
    return OSA.distance(a, b, score_cutoff=1) <= 1
