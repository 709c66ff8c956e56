"""What the loader tells Prometheus beside what every stage does, each with what to do about it."""

from __future__ import annotations

from prometheus_client import Gauge

# A critical check above 0: see cadastre_load_held. A warning: for people to look at; CORE.quality_results has them all.
QUALITY = Gauge("cadastre_quality_found", "What a quality check counted at the last load", ["check", "severity"])
# 1: CORE.quality_results names the check; once what it found is mended, the next load takes the rows.
HELD = Gauge("cadastre_load_held", "1 while a critical check keeps rows in STAGE")
