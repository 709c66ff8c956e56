"""Which match pool a record belongs to: two records can be one client only inside a pool.

The country said, else the one that telephone, website or tax id tell, in this order; `??` where none does. A pure
function of the record, so that a record is in one pool wherever it is decided.
"""

from __future__ import annotations

import phonenumbers
from stdnum.eu import vat

from schemas.events import ClientFields

UNKNOWN = "??"
# Country codes that everybody registers names under: they tell no country.
_WORLDWIDE = frozenset(
    ("ac", "ag", "ai", "am", "cc", "co", "eu", "fm", "gg", "io", "ly", "me", "sh", "to", "tv", "vc", "ws")
)
_OTHER_NAMES = {"UK": "GB", "EL": "GR"}
_REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)


def match_pool(fields: ClientFields) -> str:
    if fields.country:
        return fields.country
    return (
        _of_phone(fields.phone or "") or _of_website(fields.website or "") or _of_tax_id(fields.tax_id or "") or UNKNOWN
    )


def _of_phone(phone: str) -> str:
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return ""
    return region if region in _REGIONS else ""  # 001 is a number of no country


def _of_website(website: str) -> str:
    host = website.partition("://")[2] or website
    top = host.split("/")[0].split(":")[0].rstrip(".").rpartition(".")[2].casefold()
    return "" if top in _WORLDWIDE else _country(top)


def _of_tax_id(tax_id: str) -> str:
    """Only of a VAT number that checks: its first two letters are a country's."""
    return _country(tax_id[:2]) if vat.is_valid(tax_id) else ""


def _country(code: str) -> str:
    code = code.upper()
    code = _OTHER_NAMES.get(code, code)
    return code if code in _REGIONS else ""
