"""What the loader tells Prometheus beside what every stage does."""

from __future__ import annotations

from prometheus_client import Gauge

QUALITY = Gauge(
    "cadastre_quality_found",
    "What a quality check counted at the last load. A critical one above its threshold: see cadastre_load_held",
    ["check", "severity"],
)
HELD = Gauge(
    "cadastre_load_held",
    "1 while a critical check keeps rows in STAGE: quality_results names it; once mended, the next load takes them",
)
