"""Turns profiles into the records of three CRMs: who holds a client, and what was typed, left out, or has gone stale.

Of telephone, own website and street a record keeps at least two, so that two records of one client always agree in
one of them beside the name. About three in a hundred keep only one: those are the hard ones, on purpose.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.generator import noise
from tests.support.generator.identifiers import RECORD_IDS
from tests.support.generator.model import Profile, Record
from tests.support.generator.names import core_name
from tests.support.generator.places import Gazetteer, country_names, subdivision_names
from tests.support.generator.profiles import country_tld

SOURCE_NAMES = ("salesforce", "hubspot", "dynamics")
_SOURCE_WEIGHTS = (0.35, 0.33, 0.32)
_IN_SO_MANY = (0.55, 0.30, 0.15)
_TWICE_IN_ONE = 0.09
_AT_HOME = 0.8
_HARD, _COMPLETE = 0.03, 0.55
_WITHOUT_COUNTRY = 0.018
_EARLIEST = datetime(2012, 1, 2, tzinfo=UTC)
_EXPORT_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
LATEST_EXPORT = datetime(2026, 1, 25, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """Which of the three facts that tell a client apart this record has right."""

    phone: bool
    website: bool
    street: bool


class Clerk:
    """Types records. Keeps typed names from becoming the name of another institution of the country."""

    def __init__(self, rng: random.Random, gazetteer: Gazetteer, owners: dict[tuple[str, str], set[str]]) -> None:
        self._rng = rng
        self._gazetteer = gazetteer
        self._owners = owners
        self._ids: set[str] = set()

    def home(self) -> str:
        """The CRM in which most of a family is kept."""
        return self._rng.choices(SOURCE_NAMES, _SOURCE_WEIGHTS)[0]

    def records(self, profile: Profile, home: str) -> list[Record]:
        """All records of one client, over all CRMs."""
        rng = self._rng
        wanted = rng.choices((1, 2, 3), _IN_SO_MANY)[0]
        held = [home] if rng.random() < _AT_HOME else []
        while len(held) < wanted:
            source = rng.choices(SOURCE_NAMES, _SOURCE_WEIGHTS)[0]
            if source not in held:
                held.append(source)
        held += [source for source in held if rng.random() < _TWICE_IN_ONE]
        return [self.record(profile, source) for source in held]

    def record(self, profile: Profile, source: str, complete: bool = False) -> Record:
        created = _moment(self._rng, _EARLIEST, _EXPORT_YEAR)
        modified = _moment(self._rng, _EXPORT_YEAR, LATEST_EXPORT)
        if source == "hubspot":
            created, modified = created.replace(second=0), modified.replace(second=0)
        kept = Kept(True, bool(profile.domain), True) if complete else self._kept(profile)
        stated = complete or not (_tells_country(profile, kept) and self._rng.random() < _WITHOUT_COUNTRY)
        values = self._seat(profile, kept, source) | self._contact(profile, kept, source, stated)
        values |= self._figures(profile) | self._identifiers(profile, source)
        if not stated:
            values["country"] = ""
        values["name"] = self.name(profile)
        typed = {field: value for field, value in values.items() if value}
        return Record(source, self.new_id(source), profile.lei, profile.site.country, created, modified, typed)

    def new_id(self, source: str) -> str:
        while (drawn := RECORD_IDS[source](self._rng)) in self._ids:
            pass
        self._ids.add(drawn)
        return drawn

    def name(self, profile: Profile) -> str:
        clean, country = profile.institution.name, profile.site.country
        typed = noise.misname(clean, self._rng)
        others = self._owners.get((core_name(typed), country), set()) - {profile.lei}
        return clean if others and core_name(typed) != core_name(clean) else typed

    def _kept(self, profile: Profile) -> Kept:
        rng, chance = self._rng, self._rng.random()
        if chance < _HARD:
            by_phone = not profile.domain or rng.random() < 0.5
            return Kept(by_phone, not by_phone, False)
        if not profile.domain or chance < _HARD + _COMPLETE:
            return Kept(True, bool(profile.domain), True)
        lost = rng.choice(("phone", "website", "street"))
        return Kept(lost != "phone", lost != "website", lost != "street")

    def _seat(self, profile: Profile, kept: Kept, source: str) -> dict[str, str]:
        rng, site = self._rng, profile.site
        street = noise.mistype_street(site.street, rng)
        if not kept.street:
            moved = kept.phone and kept.website and rng.random() < 0.35
            site = self._gazetteer.site(site.country) if moved else site
            street = site.street if moved else ""
        return {
            "street": street,
            "city": site.city if rng.random() < 0.97 else "",
            "subdivision": _subdivision(site.country, site.subdivision, source),
            "postal_code": site.postal_code if street and rng.random() < 0.9 else "",
            "country": _country(site.country, source, rng),
        }

    def _contact(self, profile: Profile, kept: Kept, source: str, stated: bool) -> dict[str, str]:
        """Telephone, website, mail; without the country stated, the number is typed with its country code."""
        rng = self._rng
        slug = core_name(profile.institution.name).replace(" ", "-")[:30]
        phone, website, email = "", "", ""
        if kept.phone:
            phone = noise.format_phone(profile.phone, rng, abroad=not stated)
        elif rng.random() < 0.2:
            phone = rng.choice(noise.JUNK_PHONES)
        if kept.website:
            website = noise.format_site(profile.domain, rng)
        elif rng.random() < 0.2:
            website = rng.choice(noise.JUNK_SITES).format(slug=slug)
        if source == "dynamics" and rng.random() < 0.3:
            own = kept.website and rng.random() < 0.7
            host = profile.domain if own else rng.choice(noise.FREE_MAIL)
            email = f"{'info' if own else slug.replace('-', '.')[:20]}@{host}"
            email = rng.choice(noise.JUNK_EMAILS) if rng.random() < 0.04 else email
        return {"phone": phone, "website": website, "email": email}

    def _figures(self, profile: Profile) -> dict[str, str]:
        rng, figures = self._rng, {"client_type": profile.client_type, "industry": profile.industry}
        if profile.aum is not None and rng.random() < 0.85:
            stale = 1 + rng.choice((0, 0, 0, rng.uniform(-0.08, 0.08)))
            figures["aum.amount"] = f"{round(float(profile.aum) * stale, -3):.2f}"
            figures["aum.currency"] = profile.currency
        if profile.revenue is not None and rng.random() < 0.8:
            figures |= {"revenue.amount": f"{profile.revenue:.2f}", "revenue.currency": profile.currency}
        if profile.employees is not None and rng.random() < 0.8:
            figures["employees"] = str(profile.employees)
        return figures

    def _identifiers(self, profile: Profile, source: str) -> dict[str, str]:
        rng = self._rng
        return {
            "lei": profile.lei if rng.random() < 0.09 else "",
            "tax_id": profile.tax_id if source != "hubspot" and rng.random() < 0.4 else "",
            "identifiers.crd": profile.crd if source != "dynamics" and rng.random() < 0.6 else "",
        }


def _tells_country(profile: Profile, kept: Kept) -> bool:
    """Whether a reader finds the country without being told: by the number, or by the domain."""
    tld = country_tld(profile.site.country)
    return kept.phone or (kept.website and tld != "com" and profile.domain.endswith(f".{tld}"))


def _moment(rng: random.Random, since: datetime, until: datetime) -> datetime:
    return since + timedelta(seconds=rng.randrange(int((until - since).total_seconds())))


def _country(country: str, source: str, rng: random.Random) -> str:
    name, letters = country_names(country)
    chance = rng.random()
    if source == "dynamics":
        return country if chance < 0.5 else name
    return name if chance < 0.85 else letters if chance < 0.93 else country


def _subdivision(country: str, code: str, source: str) -> str:
    if not code or source != "hubspot":
        return code
    return subdivision_names()[f"{country}-{code}"]
