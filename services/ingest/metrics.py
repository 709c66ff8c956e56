"""The metrics of ingest, each with what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

# `refused` rising: a sender's mapping is wrong; its 422 answers name the fields.
CHANGES = Counter("cadastre_ingest_changes_total", "Changes decided", ["adapter", "outcome"])
# Rising: `reason` says what the sender's mapping, or its data, lacks.
REFUSED = Counter("cadastre_ingest_refused_total", "Changes refused", ["adapter", "reason"])
# Above 1 s: Kafka is slow to acknowledge. 503 rising: it does not answer at all.
REQUEST_SECONDS = Histogram(
    "cadastre_ingest_request_seconds",
    "POST /events, from the first byte to the answer",
    ["status"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
