"""The metrics of a stage, each with what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# Flat while lag grows: the stage is stuck; look at its /readyz.
RECORDS = Counter("cadastre_records_total", "Records decided", ["stage", "topic", "outcome"])
# Rising: `cadastre rejected list` names reasons and sources.
REJECTED = Counter("cadastre_rejected_total", "Records rejected", ["stage", "reason"])
# Above 1 s for minutes: add a replica, or look at the broker's disk.
TRANSACTION_SECONDS = Histogram(
    "cadastre_transaction_seconds",
    "Begin to committed",
    ["stage"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
# Not rare: some other replica fences this one, or the broker is slow. Each costs a restore.
ABORTED = Counter("cadastre_transactions_aborted_total", "Transactions aborted", ["stage"])
# Long: the state has outgrown a replica; add replicas.
RESTORE_SECONDS = Gauge("cadastre_restore_seconds", "How long the last restore took", ["stage"])
# Growing: scale out by this.
LAG = Gauge("cadastre_lag_records", "Records between the last committed batch and the end", ["stage"])
# Above zero for long after a rule change: the change touches many clients; let it finish.
RE_EXAMINING = Gauge("cadastre_re_examining_keys", "Keys waiting to be decided again", ["stage"])
# 1: `/readyz` names the partition; `cadastre rejected list` the reasons; `cadastre stage resume` lets it go on.
BRAKE = Gauge("cadastre_brake_tripped", "1 while the stage has stopped because it rejects too much itself", ["stage"])
# 0 for long: it restores, decides keys again, or takes less than comes in; its /readyz and the lag tell which.
CAUGHT_UP = Gauge("cadastre_caught_up", "1 when every input is read to its end and committed", ["stage"])
