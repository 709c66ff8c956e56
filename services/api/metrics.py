"""The metrics of the api, each with what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from services.api.scope import EVERYTHING
from services.api.view import View

# 5xx: the api's log names the error, 503 says that the view is not whole (/readyz). Slow: look at `route`; lists and
# facets grow with the clients, so add a replica.
REQUEST_SECONDS = Histogram(
    "cadastre_api_request_seconds",
    "A request, from its first byte to the end of the answer",
    ["route", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Open pages of one scope get nothing new while it grows, and their heartbeats say for how long: the api's log names the
# frames (`tick`). It tries again every tick; where it does not mend itself, restart the replica.
TICK_FAULTS = Counter("cadastre_api_tick_faults_total", "Ticks that could not tell a scope's sockets what changed")
# `unassigned` growing: no rule takes these clients; look at them on the Clients page and in the rule set.
CLIENTS = Gauge("cadastre_clients", "Live clients, as this replica's view has them", ["status"])
STATUSES = ("assigned", "unassigned", "pending")


def count_clients(view: View) -> None:
    rows = view.rows(EVERYTHING, "SELECT status, sum(clients) FROM seen_tally GROUP BY status")
    found = {str(status): float(clients or 0) for status, clients in rows}
    for status in STATUSES:
        CLIENTS.labels(status).set(found.get(status, 0.0))
