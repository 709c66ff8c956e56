"""The histories that the demo must hold: each function plays one on records that no other history touches.

Some bend the exports first (a merge needs records that look like strangers before). The truth is what holds after all
changes. Each returns who plays what.
"""

from dataclasses import replace
from decimal import Decimal

from tests.support.generator.changes import money, seat_fields
from tests.support.generator.model import FieldValue, Record
from tests.support.generator.places import places_of
from tests.support.generator.stage import Stage, becomes, patch, well_known

Cast = dict[str, str]  # role → record key, or what changes for it
_NEIGHBOUR = {"US": "CA", "CA": "US", "GB": "IE", "IE": "GB", "DE": "AT", "FR": "BE", "LU": "BE", "NL": "BE"}
_FIGURES = (Decimal(480_000_000), Decimal(1_020_000_000), Decimal(5_100_000_000), Decimal(95_000_000))


def moved_abroad(stage: Stage) -> Cast:
    """A client moves its seat to another country, and so its record to another pool."""
    (record,) = stage.client((1,), lambda records: records[0].country in _NEIGHBOUR and well_known(records[0]))
    target = _NEIGHBOUR[record.country]
    site = stage.gazetteer.site(target)
    fields: dict[str, FieldValue] = {"street": site.street, "city": site.city, "postal_code": site.postal_code}
    fields |= {"country": target, "phone": stage.gazetteer.phone(site)}
    if site.subdivision:
        fields["subdivision"] = f"{target}-{site.subdivision}"
    stage.threads.append([patch(record, fields, [] if site.subdivision else ["subdivision"])])
    return {"record": record.key, "from": record.country, "to": target}


def country_corrected(stage: Stage) -> Cast:
    """A record stood in the wrong country's pool; corrected, it joins its client."""
    older, record = stage.client((2,), lambda records: all(map(_neighboured, records)))
    wrong = _NEIGHBOUR[record.country]
    phone = stage.profiles[record.lei].phone
    values = {field: value for field, value in record.values.items() if field != "subdivision"}
    stage.records[record.key] = replace(record, values={**values, "country": wrong, "phone": phone})
    stage.threads.append([patch(record, {"country": record.country})])
    return {"record": record.key, "joins": older.key, "from": wrong, "to": record.country}


def merged_then_founder_deleted(stage: Stage) -> Cast:
    """Two records that looked like strangers become one client; then the older one, its founder, is deleted."""
    founder, joining = stage.client((2,), lambda records: _stays_home(stage, records))
    profile = stage.profiles[founder.lei]
    stage.bend(joining, stage.spare(founder.country))
    delete = replace(patch(founder, {}), op="delete")
    stage.threads.append([becomes(stage.records[joining.key], profile), delete])
    return {"founder": founder.key, "joining": joining.key, "lei": founder.lei}


def split_off(stage: Stage) -> Cast:
    """A record turns out to be another institution, and leaves its client."""
    *staying, leaving = stage.client((2, 3), lambda records: _stays_home(stage, records))
    profile = stage.spare(leaving.country)
    stage.threads.append([becomes(leaving, profile)])
    stage.records[leaving.key] = replace(leaving, lei=profile.lei)
    return {"record": leaving.key, "leaves": staying[0].key, "was": leaving.lei, "becomes": profile.lei}


def parent_arrives_late(stage: Stage) -> Cast:
    """A record names a parent that only arrives afterwards."""
    (child,) = stage.client((1,), lambda records: "parent_record" not in records[0].values)
    arrival = stage.newcomer(stage.spare(), child.source)
    parent = f"{arrival.source}:{arrival.record_id}"
    stage.threads.append([patch(child, {"parent_record": parent}), arrival])
    return {"child": child.key, "parent": parent}


def late_patch_superseded(stage: Stage) -> Cast:
    """A patch older than the export arrives: it wins nothing."""
    (record,) = stage.client((1,), lambda records: well_known(records[0]))
    city = stage.rng.choice(places_of(record.country)).city
    figure = money(stage.rng.choice(_FIGURES), stage.profiles[record.lei].currency)
    stage.threads.append([replace(patch(record, {"city": city, "aum": figure}), version="stale")])
    return {"record": record.key}


def late_patch_partly_wins(stage: Stage) -> Cast:
    """A patch arrives after a newer one: it wins only the field that the newer one left alone."""
    (record,) = stage.client((1,), lambda records: well_known(records[0]))
    currency, draw = stage.profiles[record.lei].currency, stage.rng.choice
    newer = patch(record, {"aum": money(draw(_FIGURES) + 7_000_000, currency)})
    late = patch(record, {"aum": money(draw(_FIGURES), currency), "employees": stage.rng.randint(5, 900)})
    stage.threads.append([newer, replace(late, version="late")])
    return {"record": record.key, "loses": "aum", "wins": "employees"}


def deleted_then_older_event(stage: Stage) -> Cast:
    """A record is deleted; an older event that arrives later revives nothing."""
    (record,) = stage.client((1,), lambda records: well_known(records[0]))
    late = replace(patch(record, seat_fields(stage.profiles[record.lei])), op="upsert", version="late")
    stage.threads.append([replace(patch(record, {}), op="delete"), late])
    return {"record": record.key}


def deleted_then_revived(stage: Stage) -> Cast:
    """A record is deleted, and a newer event brings it back."""
    (record,) = stage.client((1,), lambda records: well_known(records[0]))
    back = replace(patch(record, seat_fields(stage.profiles[record.lei])), op="upsert")
    stage.threads.append([replace(patch(record, {}), op="delete"), back])
    return {"record": record.key}


def two_in_one_moment(stage: Stage) -> Cast:
    """Two patches of one moment: the sequence decides."""
    (record,) = stage.client((1,), lambda records: well_known(records[0]))
    currency = stage.profiles[record.lei].currency
    first, second = (patch(record, {"aum": money(figure, currency)}) for figure in stage.rng.sample(_FIGURES, 2))
    stage.threads.append([first, replace(second, version="together")])
    return {"record": record.key}


SCENARIOS = {
    "pool_move": moved_abroad,
    "pool_move_into_client": country_corrected,
    "merge_then_founder_deleted": merged_then_founder_deleted,
    "split": split_off,
    "late_parent": parent_arrives_late,
    "late_patch_superseded": late_patch_superseded,
    "late_patch_partly_wins": late_patch_partly_wins,
    "delete_then_late_older_event": deleted_then_older_event,
    "delete_then_revived": deleted_then_revived,
    "two_in_one_moment": two_in_one_moment,
}


def _neighboured(record: Record) -> bool:
    return record.country in _NEIGHBOUR and well_known(record)


def _stays_home(stage: Stage, records: list[Record]) -> bool:
    return all(map(well_known, records)) and stage.has_spare(records[0].country)
