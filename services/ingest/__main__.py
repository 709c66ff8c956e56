"""`python -m services.ingest`: serves until SIGTERM, then answers what is under way and ends."""

from __future__ import annotations

import uvicorn

from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.http.app import create_app
from services.ingest.settings import IngestSettings
from services.stream import logs
from services.stream.clock import SystemClock
from services.stream.producer import AckedProducer


def main() -> None:
    settings = IngestSettings()
    logs.configure(settings.log_level, service="ingest")
    clock = SystemClock()
    producer = AckedProducer(settings, delivery_timeout_s=settings.delivery_timeout_s)
    app = create_app(RawTopic(producer, settings.partitions, clock), clock, settings)
    try:
        uvicorn.run(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    finally:
        producer.close()


if __name__ == "__main__":
    main()
