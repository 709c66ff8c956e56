"""Identifiers that would pass their own check: tax ids by country, CRD numbers, record ids of the three CRMs."""

import random
from collections.abc import Callable

from stdnum.au import abn
from stdnum.ca import bn
from stdnum.ch import uid
from stdnum.de import vat as de_vat
from stdnum.fr import siren
from stdnum.gb import vat as gb_vat
from stdnum.it import iva
from stdnum.nl import btw
from stdnum.us import ein

from tests.support.generator.places import fill

_TAX_IDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "US": ("##-#######", ein.is_valid),
    "GB": ("GB#########", gb_vat.is_valid),
    "DE": ("DE#########", de_vat.is_valid),
    "FR": ("#########", siren.is_valid),
    "CA": ("#########", bn.is_valid),
    "AU": ("###########", abn.is_valid),
    "CH": ("CHE#########", uid.is_valid),
    "IT": ("0##########", iva.is_valid),
    "NL": ("NL#########B01", btw.is_valid),
}
_BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def draw_tax_id(country: str, rng: random.Random) -> str:
    """A tax id with right check digits; empty for a country that the table lacks."""
    if country not in _TAX_IDS:
        return ""
    pattern, is_valid = _TAX_IDS[country]
    while True:
        drawn = fill(pattern, rng)
        if is_valid(drawn):
            return drawn


def draw_crd(rng: random.Random, taken: set[str]) -> str:
    while True:
        drawn = str(rng.randint(100_000, 329_999))
        if drawn not in taken:
            taken.add(drawn)
            return drawn


def salesforce_id(rng: random.Random) -> str:
    """An account id: 15 characters, and three that say which of them are capitals."""
    short = "001Dn" + "".join(rng.choice(_BASE62) for _ in range(10))
    capitals = (sum(1 << i for i, c in enumerate(short[at : at + 5]) if c.isupper()) for at in (0, 5, 10))
    return short + "".join(_CHECKSUM[bits] for bits in capitals)


def hubspot_id(rng: random.Random) -> str:
    return str(rng.randint(10_000_000_000, 39_999_999_999))


def dynamics_id(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


RECORD_IDS: dict[str, Callable[[random.Random], str]] = {
    "salesforce": salesforce_id,
    "hubspot": hubspot_id,
    "dynamics": dynamics_id,
}
