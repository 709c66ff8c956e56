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
_PLACE_AND_REST = w.STREET_EXACT + w.POSTAL_EXACT + w.CITY_EXACT + w.FOUNDED_EXACT + w.LEGAL_FORM_EXACT


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
    """Whether even agreement in all the rest would leave the pair below a possible match."""
    if (a.lei and b.lei) or (a.tax_id and b.tax_id) or (a.identifiers and b.identifiers):
        return False
    most = w.PRIOR + weight + _PLACE_AND_REST
    if a.phone and b.phone:
        most += w.PHONE_EXACT if a.phone == b.phone else w.PHONE_CLOSE
    if a.domains and b.domains and not fields.disjoint(a.domains, b.domains):
        most += w.DOMAIN_EXACT
    if a.mailbox and a.mailbox == b.mailbox:
        most += w.MAILBOX_EXACT
    return most < w.POSSIBLE_WEIGHT


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
