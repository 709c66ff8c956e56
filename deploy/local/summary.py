"""What a run came to, read from the topics alone: the one JSON line that `make demo ONCE=1` ends with."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.local.latency import NEW_RECORDS
from schemas import codec
from schemas.events import LiveClient
from schemas.topics import ASSIGNED, DEDUPED, RAW
from services.dedupe.quality import closed_pairs
from services.loader.adapters.warehouse import Warehouse
from services.loader.settings import LoaderSettings
from services.loader.standing import counts, differences
from services.stream import admin
from services.stream.commands.rejected import rejections
from services.stream.commands.state_hash import State, hash_of
from services.stream.settings import StreamSettings


def summarise(settings: StreamSettings, truth: Mapping[str, str], api_clients: int | None = None) -> dict[str, object]:
    """received = applied + superseded + rejected + pending; clients = assigned + unassigned."""
    outcomes = admin.counts(settings, "dedupe", RAW.name)
    on_raw = sum(admin.ends(settings, [RAW.name]).values())
    refused = sum(one.stage == "ingest" for one in rejections(settings))
    rejected = outcomes.get("rejected", 0)
    counted = outcomes.get("applied", 0) + outcomes.get("superseded", 0) + rejected
    deduped = admin.read_all(settings, DEDUPED.name)
    assigned = admin.read_all(settings, ASSIGNED.name)
    live = [client for value in deduped.values() if isinstance(client := codec.client(value), LiveClient)]
    statuses = [codec.assignment(value).status for value in assigned.values()]
    quality = closed_pairs({member.record: client.client_id for client in live for member in client.members}, truth)
    return {
        "received": on_raw + refused,
        "applied": outcomes.get("applied", 0),
        "superseded": outcomes.get("superseded", 0),
        "rejected": rejected + refused,
        "pending": on_raw - counted,
        "clients": len(live),
        "assigned": statuses.count("assigned"),
        "unassigned": statuses.count("unassigned"),
        "loaded": None,  # told by the warehouse: `loaded`
        "api_clients": api_clients,
        "deduped_hash": hash_of(State.DEDUPED, deduped.items()),
        "assigned_hash": hash_of(State.ASSIGNED, assigned.items()),
        "precision": round(quality.precision, 4),
        "recall": round(quality.recall, 4),
    }


def loaded(settings: StreamSettings, warehouse: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """What the warehouse holds, and how it differs from the topics. `warehouse`: the variables that say where it is."""
    given = {name.removeprefix("CADASTRE_").lower(): value for name, value in warehouse.items()}
    session = Warehouse(LoaderSettings.model_validate(given))
    try:
        return counts(session), differences(session, settings)
    finally:
        session.close()


def problems(summary: Mapping[str, object]) -> list[str]:
    """What a run must show and does not; empty when it does."""
    n = {name: value for name, value in summary.items() if isinstance(value, int)}
    found = []
    if n["received"] != n["applied"] + n["superseded"] + n["rejected"] + n["pending"]:
        found.append("received is not applied + superseded + rejected + pending")
    if n["pending"]:
        found.append(f"{n['pending']} records are pending")
    if n["clients"] != n["assigned"] + n["unassigned"]:
        found.append("clients is not assigned + unassigned")
    if n.get("api_clients", n["clients"]) != n["clients"]:
        found.append(f"the api shows {n['api_clients']} of {n['clients']} clients")
    timed = summary["ingest_to_assigned_ms"]
    if isinstance(timed, dict) and timed["n"] != NEW_RECORDS:
        found.append(f"of {NEW_RECORDS} new records {timed['n']} were seen to be assigned")
    rows = summary["loaded"]
    if isinstance(rows, dict) and not rows["client_dim_current"] == rows["assignments_fact_current"] == n["clients"]:
        found.append("clients is not the current rows of CLIENT_DIM and of ASSIGNMENTS_FACT")
    return found
