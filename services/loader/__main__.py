"""`python -m services.loader`: one replica of the loader, until SIGTERM."""

from __future__ import annotations

import re

from services.loader.adapters.landing import open_landing
from services.loader.adapters.object_store import ObjectStore
from services.loader.adapters.warehouse import Warehouse
from services.loader.handler import Landing
from services.loader.load import Load
from services.loader.names import TABLES
from services.loader.settings import LoaderSettings
from services.loader.sink import WarehouseSink
from services.stream.clock import SystemClock
from services.stream.process import StageProcess
from services.stream.sink import Seat, Sink


def warehouse_sink(seat: Seat) -> Sink:
    replica = re.sub(r"\W", "_", f"{settings.topic_prefix}{settings.ordinal}")
    warehouse = Warehouse(settings, f"cadastre_loader_{replica}")
    if settings.warehouse_emulated:
        open_landing(warehouse)
    store, load = ObjectStore(settings, seat.crash), Load(warehouse, seat.crash, failing)
    return WarehouseSink(
        seat,
        store,
        warehouse,
        load,
        SystemClock(),
        away_s=settings.away_s,
        longest_absence_s=settings.longest_absence_s,
    )


if __name__ == "__main__":
    settings = LoaderSettings()
    failing: dict[str, int] = {}
    handlers = [Landing(topic) for topic in TABLES]
    StageProcess("loader", handlers, settings, sink=warehouse_sink, failing=failing).run_and_exit()
