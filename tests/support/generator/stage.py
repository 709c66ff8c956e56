"""The records that changes may play on, each client for one history only, and the histories written so far."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.support.generator.changes import Step, all_fields, seat_fields
from tests.support.generator.model import FieldValue, Profile, Record
from tests.support.generator.noise import JUNK_PHONES
from tests.support.generator.places import Gazetteer
from tests.support.generator.records import Clerk

_SEAT = ("street", "city", "subdivision", "postal_code", "country", "phone", "website")


class Stage:
    """Deals out clients and newcomers; keeps the exports as scenarios bend them, and the truth with them."""

    def __init__(
        self,
        rng: random.Random,
        clerk: Clerk,
        gazetteer: Gazetteer,
        records: Sequence[Record],
        profiles: dict[str, Profile],
        spares: list[Profile],
    ) -> None:
        self.rng, self.clerk, self.gazetteer, self.profiles = rng, clerk, gazetteer, profiles
        self.records = {record.key: record for record in records}
        self.created: dict[tuple[str, str], str] = {}  # (source, id) of records that changes bring → their LEI
        self.threads: list[list[Step]] = []
        self._spares = spares
        self._clients = _unparented(records)
        rng.shuffle(self._clients)

    def client(self, sizes: Sequence[int], fits: Callable[[list[Record]], bool]) -> list[Record]:
        """The records of a client of such a size, oldest first; nobody gets them again."""
        for position, keys in enumerate(self._clients):
            if len(keys) in sizes:
                records = sorted((self.records[key] for key in keys), key=lambda one: (one.created, one.key))
                if fits(records):
                    del self._clients[position]
                    return records
        raise ValueError(f"no client of {sizes} records is left to change; ask for more records")

    def has_spare(self, country: str) -> bool:
        return any(country in ("", profile.site.country) for profile in self._spares)

    def spare(self, country: str = "") -> Profile:
        """An institution that no record belongs to yet."""
        for position, profile in enumerate(self._spares):
            if country in ("", profile.site.country):
                return self._spares.pop(position)
        raise ValueError(f"no newcomer is left in {country or 'any country'}; give more institutions")

    def newcomer(self, profile: Profile, source: str) -> Step:
        """The upsert of a record that the exports lack."""
        draft = self.clerk.record(profile, source)
        self.created[source, draft.record_id] = profile.lei
        fields = all_fields(profile, draft.values["name"], draft.created)
        return Step(source, draft.record_id, "upsert", fields)

    def bend(self, record: Record, alien: Profile) -> None:
        """Makes an export show the record as another institution, of the same country."""
        shown = self.clerk.record(alien, record.source, complete=True)
        values = {f: v for f, v in shown.values.items() if f not in ("lei", "tax_id", "identifiers.crd", "email")}
        self.records[record.key] = replace(record, values=values)


def patch(record: Record, fields: dict[str, FieldValue], cleared: Sequence[str] = ()) -> Step:
    return Step(record.source, record.record_id, "patch", fields, tuple(sorted(cleared)))


def becomes(record: Record, profile: Profile) -> Step:
    """The patch after which the record names the profile and nothing of what it named before."""
    fields = seat_fields(profile)
    told = {path.split(".")[0] for path in record.values} & {"lei", "tax_id", "identifiers", "email"}
    return patch(record, fields, [*(set(_SEAT) - set(fields)), *told])


def well_known(record: Record) -> bool:
    """Whether the record states its country and two of telephone, website and street."""
    values = record.values
    facts = (values.get("phone", "n/a") not in JUNK_PHONES, "." in values.get("website", ""), "street" in values)
    return "country" in values and sum(facts) >= 2


def _unparented(records: Sequence[Record]) -> list[list[str]]:
    """Record keys by client, without clients that are a parent to others."""
    clients: dict[str, list[str]] = defaultdict(list)
    for record in records:
        clients[record.lei].append(record.key)
    parents = {f"{one.source}:{one.values['parent_record']}" for one in records if "parent_record" in one.values}
    return [keys for keys in clients.values() if not parents.intersection(keys)]
