"""What matching looks at in a record, taken once when the record arrives. A pure function of its fields."""

from __future__ import annotations

from operator import mul
from sys import intern

from msgspec import Struct, UnsetType

from schemas.events import ClientFields, RecordKey
from services.dedupe.matching import addresses, contacts, identifiers
from services.dedupe.matching.names import parse_name
from services.dedupe.matching.tokens import TOKEN_WEIGHTS, token_weight
from services.dedupe.matching.weights import NAME_CAP, NAME_COMMON_CAP, NAME_DISCOUNTS, NAME_RARE_CAP


class Features(Struct, frozen=True, gc=False):
    """A record as matching sees it; an empty value is a missing one."""

    record: RecordKey
    words: tuple[str, ...]  # of the core name, each once, in the order written
    core: str  # the same, sorted
    name_weight: int  # hundredths of a bit, of two records with this very core
    numerals: tuple[str, ...]
    legal_form: str
    fund: bool
    acronym: str
    country: str
    lei: str
    lei_valid: bool
    tax_id: str
    tax_valid: bool
    identifiers: tuple[tuple[str, str], ...]
    phone: str
    domains: tuple[str, ...]
    mailbox: str
    street_number: str
    street_stem: str
    city: str
    postal: str
    founded: str


def features(record: RecordKey, fields: ClientFields) -> Features:
    name = parse_name(fields.name or "")
    words = tuple(map(intern, dict.fromkeys(name.words)))
    country = fields.country or ""
    lei = identifiers.compact(fields.lei or "")
    tax_id = identifiers.compact_tax_id(fields.tax_id or "", country)
    number, stem = addresses.parse_street(fields.street or "")
    mail_domain, mailbox = contacts.email_parts(fields.email or "")
    domains = {contacts.website_domain(fields.website or ""), mail_domain} - {""}
    return Features(
        record=record,
        words=words,
        core=" ".join(sorted(words)),
        name_weight=weigh_words([(token_weight(word), word) for word in words]),
        numerals=name.numerals,
        legal_form=name.legal_form,
        fund=name.fund,
        acronym=name.acronym,
        country=intern(country),
        lei=lei,
        lei_valid=bool(lei) and identifiers.lei_is_valid(lei),
        tax_id=tax_id,
        tax_valid=bool(tax_id) and identifiers.tax_id_is_valid(tax_id, country),
        identifiers=_identifiers(fields.identifiers),
        phone=contacts.phone_digits(fields.phone or ""),
        domains=tuple(sorted(domains)),
        mailbox=mailbox,
        street_number=number,
        street_stem=stem,
        city=intern(addresses.parse_city(fields.city or "")),
        postal=addresses.parse_postal(fields.postal_code or "", country),
        founded=fields.founded_on or "",
    )


def weigh_words(weighted: list[tuple[int, str]]) -> int:
    """The weight of a name made of these (weight, word), in hundredths of a bit."""
    if not weighted:
        return 0
    weights = sorted([weight for weight, _ in weighted], reverse=True)
    total: int = sum(map(mul, weights, NAME_DISCOUNTS)) // 100
    rare = sum([word not in TOKEN_WEIGHTS for _, word in weighted])
    return min(total, (NAME_COMMON_CAP, NAME_CAP, NAME_RARE_CAP)[min(rare, 2)])


def _identifiers(said: dict[str, str] | UnsetType) -> tuple[tuple[str, str], ...]:
    if not said:
        return ()
    pairs = ((scheme, identifiers.compact(value)) for scheme, value in said.items())
    return tuple(sorted((scheme, value) for scheme, value in pairs if value))
