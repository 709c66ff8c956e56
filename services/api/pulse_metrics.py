"""The metrics of pulse, each with what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

# Rising: something that is no heartbeat is written to `stats`; pulse's log names the positions.
UNREADABLE = Counter("cadastre_pulse_unreadable_total", "Messages on stats that are no heartbeat, and were passed over")
# Flat: pulse reads nothing; see its /readyz and its log.
BEATS = Counter("cadastre_pulse_heartbeats_total", "Heartbeats added to a window", ["stage"])
# More than a few seconds ago: the Dashboard's pipeline strip is that old.
SAID_AT = Gauge(
    "cadastre_pulse_said_timestamp_seconds", "When windows were last acknowledged on stats, or pulse started, Unix time"
)
