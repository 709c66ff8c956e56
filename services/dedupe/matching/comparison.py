"""What every field says about a pair of records, added up. Symmetric, integer, a function of the two records alone.

Rules that no sum may overrule: two valid ids of one scheme forbid; different names or numerals, or another city with
nothing else in common, are a possible match at most (capped), unless a registry's id is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from schemas.events import Evidence
from services.dedupe.matching import fields
from services.dedupe.matching import weights as w
from services.dedupe.matching.features import Features
from services.dedupe.matching.fields import Level
from services.dedupe.matching.name_comparison import compare_names
from services.dedupe.matching.place import Place, compare_places

Pair = tuple[Features, Features]

evidence_of = cache(Evidence)  # few distinct ones, and every cached pair holds some


class PairScore(Struct, frozen=True, gc=False):
    """`weight`, in hundredths of a bit, is the sum of the evidence and the prior.

    Forbidden and capped pairs never link, whatever the threshold. A cap that was reached is evidence too, so that the
    sum holds.
    """

    weight: int
    confidence: float
    evidence: tuple[Evidence, ...]
    forbidden: bool = False
    capped: bool = False

    def links(self, threshold: int) -> bool:
        """Whether the pair is a match at this threshold (percent)."""
        return self.weight >= w.weight_of(threshold) and not self.forbidden and not self.capped


def score_pairs(pairs: Sequence[Pair], grain: str = "entity") -> list[PairScore]:
    """One score a pair, whatever the order of its two records. With grain `site` two addresses are two clients."""
    return [_score(a, b, grain, compare_names(a, b), fields.numerals(a, b)) for a, b in pairs]


def possible_pairs(pairs: Sequence[Pair], grain: str = "entity") -> list[PairScore | None]:
    """As `score_pairs`, but None for whatever is below a possible match: most of them, found out early."""
    found: list[PairScore | None] = []
    for a, b in pairs:
        name, numerals = compare_names(a, b), fields.numerals(a, b)
        if name[1] < 0 and _is_hopeless(a, b, name[1] + numerals[1]):
            found.append(None)
            continue
        score = _score(a, b, grain, name, numerals)
        found.append(score if score.weight >= w.POSSIBLE_WEIGHT else None)
    return found


def _is_hopeless(a: Features, b: Features, weight: int) -> bool:
    """Whether even the best that the rest may say would leave the pair below a possible match. What is not equal may
    still be close: to ask whether it is would cost as much as the score."""
    return w.PRIOR + weight + _most_of_ids(a, b) + _most_of_the_rest(a, b) < w.POSSIBLE_WEIGHT


def _most_of_ids(a: Features, b: Features) -> int:
    most = 0
    if a.lei and b.lei:
        most += w.LEI_EXACT if a.lei == b.lei else w.LEI_CLOSE
    if a.tax_id and b.tax_id:
        most += w.TAX_EXACT if a.tax_id == b.tax_id else w.TAX_CLOSE
    if a.identifiers and b.identifiers:
        most += w.IDENTIFIER_CLOSE if fields.disjoint(a.identifiers, b.identifiers) else w.IDENTIFIER_EXACT
    if a.phone and b.phone:
        most += w.PHONE_EXACT if a.phone == b.phone else w.PHONE_CLOSE
    if a.domains and b.domains and not fields.disjoint(a.domains, b.domains):
        most += w.DOMAIN_EXACT
    if a.mailbox and a.mailbox == b.mailbox:
        most += w.MAILBOX_EXACT
    return most


def _most_of_the_rest(a: Features, b: Features) -> int:
    most = 0
    if a.street_stem and b.street_stem:
        most += w.STREET_EXACT if a.street_stem == b.street_stem else w.STREET_CLOSE
    if a.postal and b.postal:
        most += w.POSTAL_EXACT if a.postal == b.postal else w.POSTAL_CLOSE
    if a.city and b.city:
        most += w.CITY_EXACT if a.city == b.city else w.CITY_CLOSE
    if a.founded and b.founded:
        most += w.FOUNDED_EXACT if a.founded == b.founded else w.FOUNDED_CLOSE
    if a.legal_form and a.legal_form == b.legal_form:
        most += w.LEGAL_FORM_EXACT
    return most


def _score(a: Features, b: Features, grain: str, name: Level, numerals: Level) -> PairScore:
    lei, tax, ids = fields.lei(a, b), fields.tax_id(a, b), fields.identifiers(a, b)
    phone, domain, mailbox = fields.phone(a, b), fields.domain(a, b), fields.mailbox(a, b)
    place = compare_places(a, b)
    found = [
        evidence_of(field, level, weight)
        for field, (level, weight) in (
            ("lei", lei),
            ("tax_id", tax),
            ("identifiers", ids),
            ("name", name),
            ("numerals", numerals),
            ("legal_form", fields.legal_form(a, b)),
            ("phone", phone),
            ("website", domain),
            ("email", mailbox),
            ("country", fields.country(a, b)),
            ("founded_on", fields.founded(a, b)),
        )
        if weight
    ]
    found += [evidence_of(*finding) for finding in place.findings]
    registered = "exact" in (lei[0], tax[0], ids[0])
    in_touch = "exact" in (phone[0], domain[0], mailbox[0])
    capped = not registered and _is_capped(name[0], numerals[0], place, in_touch, grain)
    weight = w.PRIOR + sum(evidence.weight for evidence in found)
    if capped and weight > w.CAPPED_WEIGHT:
        found.append(evidence_of("cap", "different", w.CAPPED_WEIGHT - weight))
        weight = w.CAPPED_WEIGHT
    forbidden = lei[1] == w.LEI_FORBIDS or tax[1] == w.TAX_FORBIDS
    return PairScore(weight, w.confidence(weight), tuple(found), forbidden, capped)


def _is_capped(name: str, numerals: str, place: Place, in_touch: bool, grain: str) -> bool:
    if name == "different" or numerals == "different":
        return True
    return (place.other_city and not in_touch) or (grain == "site" and place.other_door)
