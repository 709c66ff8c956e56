"""`python -m services.ingest`: serves until SIGTERM, or until its producer takes nothing any more; then it answers what
is under way and ends."""

from __future__ import annotations

import signal
import sys
from functools import partial

import uvicorn

from schemas.topics import RAW, REJECTED
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.http.app import create_app
from services.ingest.settings import IngestSettings
from services.stream import logs
from services.stream.clock import SystemClock
from services.stream.deployment import KafkaAway, TopicsUnfit, check_topics
from services.stream.producer import AckedProducer


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again once it has stopped
    settings = IngestSettings()
    logs.configure(settings.log_level, stage="ingest", replica=str(settings.ordinal))
    try:
        check_topics(settings, (RAW.name, REJECTED.name))
    except TopicsUnfit as refusal:
        logs.logger().error("refused", reason=str(refusal))
        return 2
    except KafkaAway as away:  # senders are better served by a 503 than by a closed door
        logs.logger().warning("topics_unchecked", reason=str(away))
    clock = SystemClock()
    producer = AckedProducer(settings, delivery_timeout_s=settings.delivery_timeout_s)
    app = create_app(RawTopic(producer, settings.partitions, clock), clock, settings)
    logs.logger().info("started", host=settings.http_host, port=settings.http_port)
    config = uvicorn.Config(app, settings.http_host, settings.http_port, log_config=None, access_log=False)
    config.timeout_graceful_shutdown = 5
    server = uvicorn.Server(config)
    producer.on_lost = partial(setattr, server, "should_exit", True)  # it takes no more requests, and is started anew
    try:
        server.run()
    finally:
        producer.flush(3)  # all that was answered is acknowledged; the rest was promised to nobody
        logs.logger().info("stopped")
    if producer.lost is not None:
        logs.logger().error("producer_lost", error=producer.lost)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
