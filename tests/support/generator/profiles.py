"""Gives every institution what a CRM would know of it: a seat, a telephone, a domain, money, numbers, a parent.

Each has its own seat, number and domain, but for families: their members often share the domain of the house, and a
part of them the head office with its number too. A member shares only where its name tells it from its relatives.
"""

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.support.generator.identifiers import draw_crd, draw_tax_id
from tests.support.generator.model import Institution, Profile, Site
from tests.support.generator.names import core_name, fold, too_alike
from tests.support.generator.places import Gazetteer

CURRENCIES = {
    **{"US": "USD", "GB": "GBP", "JE": "GBP", "GG": "GBP", "IM": "GBP", "CA": "CAD", "CH": "CHF", "LI": "CHF"},
    **{"IN": "INR", "AU": "AUD", "SE": "SEK", "DK": "DKK", "NO": "NOK", "PL": "PLN", "SG": "SGD", "HK": "HKD"},
    **{"JP": "JPY", "CZ": "CZK", "HU": "HUF"},
    **dict.fromkeys(("DE", "FR", "LU", "NL", "IE", "IT", "ES", "BE", "FI", "AT", "PT", "MT", "CY"), "EUR"),
    **dict.fromkeys(("EE", "GR", "SK", "SI", "LT", "LV", "HR"), "EUR"),
}
# Units of the currency for one dollar, rounded: amounts should look alike in size, no more.
_PER_DOLLAR = {"INR": 83, "JPY": 150, "SEK": 10, "DKK": 7, "NOK": 10, "PLN": 4, "HKD": 8, "CZK": 23, "HUF": 360}
_TLDS = {"US": "com", "GB": "co.uk", "AU": "com.au", "IN": "in", "JP": "co.jp", "SG": "com.sg", "HK": "com.hk"}
_OFFSHORE = frozenset({"KY", "VG", "BM", "JE", "GG", "IM"})
_CLIENT_TYPES = (
    ("Pension Fund", ("pension", "retirement", "superannuation", "401k", "scheme")),
    ("Insurer", ("insurance", "assurance", "reinsurance", "versicherung", "life")),
    ("Bank", ("bank", "banque", "banca", "banco", "sparkasse", "volksbank")),
    ("Foundation", ("foundation", "stiftung", "endowment", "university", "charitable", "stichting")),
    ("Fund", ("fund", "etf", "sicav", "fonds", "portfolio", "ucits", "funds", "icav")),
    ("Trust", ("trust", "settlement")),
    ("Asset Manager", ("capital", "asset", "investment", "investments", "management", "partners", "advisors")),
)
_EMPLOYERS = frozenset({"Corporate", "Bank", "Insurer", "Asset Manager", "Foundation"})
_DEEPEST_PARENT = 3


class Profiler:
    """Makes the profiles of one block after another, so that no seat, number or domain is dealt twice."""

    def __init__(self, rng: random.Random, namesakes: frozenset[tuple[str, str]]) -> None:
        self.gazetteer = Gazetteer(rng)
        self._rng = rng
        self._namesakes = namesakes
        self._domains: set[str] = set()
        self._crds: set[str] = set()

    def block(self, members: Sequence[Institution]) -> list[Profile]:
        """Profiles of one family, or of one institution alone."""
        chance = self._rng.random()
        sharing = self._sharing(members) if len(members) > 2 and chance < 0.6 else frozenset[str]()
        house = self._domain(members[0], 2) if sharing else ""
        office = self.gazetteer.site(members[0].country) if sharing and chance < 0.15 else None
        line = self.gazetteer.phone(office) if office else ""
        parents = self._parents(members)
        return [
            self._profile(
                one,
                office if office and one.lei in sharing else self.gazetteer.site(one.country),
                line if one.lei in sharing else "",
                house if one.lei in sharing else self._domain(one, 3),
                parents.get(one.lei, ""),
            )
            for one in members
        ]

    def _profile(self, one: Institution, site: Site, line: str, domain: str, parent: str) -> Profile:
        rng = self._rng
        kind = client_type(one)
        currency = CURRENCIES.get(one.country, "USD")
        if one.country in _OFFSHORE and rng.random() < 0.2:
            currency = "EUR"
        employs = kind in _EMPLOYERS
        return Profile(
            institution=one,
            site=site,
            phone=line or self.gazetteer.phone(site),
            domain=domain,
            client_type=kind,
            industry=industry_label(one),
            currency=currency,
            aum=amount(rng, 19.6 if kind != "Corporate" else 17.6, 1.7, currency),
            revenue=amount(rng, 17.2, 1.6, currency) if employs and rng.random() < 0.7 else None,
            employees=max(1, int(rng.lognormvariate(4.2, 1.4))) if employs and rng.random() < 0.8 else None,
            tax_id=draw_tax_id(one.country, rng) if rng.random() < 0.6 else "",
            crd=draw_crd(rng, self._crds) if one.country == "US" and rng.random() < 0.4 else "",
            parent_lei=parent,
        )

    def _sharing(self, members: Iterable[Institution]) -> frozenset[str]:
        """Those that may share domain and office: no namesakes, and none too alike to one already in."""
        cores: dict[str, str] = {}
        for one in members:
            core = core_name(one.name)
            if (core, one.country) in self._namesakes or any(too_alike(core, other) for other in cores):
                continue
            cores[core] = one.lei
        return frozenset(cores.values())

    def _domain(self, one: Institution, words: int) -> str:
        """A domain that nobody has, made of the leading words of the name; empty for one in ten."""
        if words > 2 and self._rng.random() < 0.1:
            return ""
        plain = [word for word in core_name(one.name).split() if word.isascii() and word.isalnum()]
        stem = "".join(plain[:words])[:28] or f"client{self._rng.randrange(10**5)}"
        tld = "com" if self._rng.random() < 0.35 else country_tld(one.country)
        for suffix in ("", "group", "online", one.country.lower(), *(str(n) for n in range(2, 400))):
            domain = f"{stem}{suffix}.{tld}"
            if domain not in self._domains:
                self._domains.add(domain)
                return domain
        raise ValueError(f"no domain left for {one.name!r}")

    def _parents(self, members: Sequence[Institution]) -> dict[str, str]:
        """Child to parent: the relative whose core is the longest beginning of the child's, else a shorter one."""
        if len(members) < 3 or self._rng.random() < 0.25:
            return {}
        ordered = sorted(members, key=lambda one: (len(core_name(one.name)), one.lei))
        depth, parents = {ordered[0].lei: 0}, dict[str, str]()
        for position, child in enumerate(ordered[1:], 1):
            core = core_name(child.name)
            before = [one for one in ordered[:position] if core.startswith(core_name(one.name) + " ")]
            parent = before[-1] if before else self._rng.choice(ordered[: 1 + position // 3])
            level = depth.get(parent.lei, 0) + 1
            depth[child.lei] = 0
            if level <= _DEEPEST_PARENT and (before or self._rng.random() < 0.6):
                parents[child.lei], depth[child.lei] = parent.lei, level
        return parents


def country_tld(country: str) -> str:
    """The top of the country's domains; `com` where its institutions don't use their own."""
    return "com" if country in _OFFSHORE else _TLDS.get(country, country.lower())


def client_type(one: Institution) -> str:
    words = set(fold(one.name).split())
    for kind, telling in _CLIENT_TYPES:
        if words.intersection(telling):
            return kind
    return "Fund" if one.category == "fund" else "Government" if "government" in one.category else "Corporate"


def industry_label(one: Institution) -> str:
    if one.industry == "financial":
        return "Financial Services"
    return one.industry.replace("_", " ").title().replace(" And ", " and ")


def amount(rng: random.Random, mu: float, sigma: float, currency: str) -> Decimal:
    """A log-normal amount in whole thousands of the currency; `mu` and `sigma` are of its logarithm in dollars."""
    drawn = rng.lognormvariate(mu, sigma) * _PER_DOLLAR.get(currency, 1)
    return Decimal(max(1, round(drawn / 1000))) * 1000
