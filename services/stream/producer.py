"""A producer whose sends answer when Kafka has acknowledged: what ingest and the commands write with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.codec import Headers
from services.stream.clients import idempotent_producer
from services.stream.settings import StreamSettings


class DeliveryFailed(Exception):
    """Kafka did not acknowledge. `code` is the client's name of the error; the record may or may not be on the log."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Kafka did not acknowledge the record ({code}); send it again once the broker answers")
        self.code = code


class ProducerLost(Exception):
    """The client will never send anything again; only a new one does."""


class AckedProducer:
    """Thread-safe. Futures resolve on a poll thread of its own. `lost`: the client's name of an error after which it
    takes nothing any more; `on_lost` is called once, in any thread, when that comes."""

    def __init__(self, settings: StreamSettings, *, delivery_timeout_s: float = 30.0) -> None:
        self._settings = settings
        self._producer: Producer = idempotent_producer(settings, delivery_timeout_s=delivery_timeout_s)
        self.lost: str | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="acks", daemon=True)
        self._poller.start()

    def send(self, topic: str, key: str, value: bytes | None, partition: int, headers: Headers) -> Future[None]:
        """Hand one record to Kafka. The future holds `DeliveryFailed` where it was not acknowledged."""
        acknowledged: Future[None] = Future()
        acknowledged.set_running_or_notify_cancel()  # what is handed to Kafka can't be called back

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is None:
                acknowledged.set_result(None)
            else:
                self._fail(acknowledged, error)

        name = self._settings.topic(topic)
        try:
            self._producer.produce(
                name, key=key, value=value, partition=partition, headers=list(headers), on_delivery=delivered
            )
        except BufferError:  # the queue is full: as good as not acknowledged, and the sender should slow down
            acknowledged.set_exception(DeliveryFailed("_QUEUE_FULL"))
        except KafkaException as refusal:
            self._fail(acknowledged, refusal.args[0])
        return acknowledged

    def flush(self, timeout_s: float) -> int:
        """Wait for what is in flight. Returns how many records are still unacknowledged."""
        return self._producer.flush(timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        self._producer.flush(timeout_s)
        self._closing.set()
        self._poller.join(2)

    def _fail(self, acknowledged: Future[None], error: KafkaError) -> None:
        acknowledged.set_exception(DeliveryFailed(error.name()))
        if (error.fatal() or error.code() == KafkaError._FATAL) and self.lost is None:
            self.lost = error.name()
            self.on_lost()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.05)
