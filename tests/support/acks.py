"""A stand-in for the acked producer: keeps what it was sent, and acknowledges, refuses or stays silent as told."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal

from schemas.codec import Headers
from services.stream.producer import DeliveryFailed


@dataclass(frozen=True, slots=True)
class Sent:
    topic: str
    key: str
    value: bytes | None
    partition: int
    headers: Headers


class KeptAcks:
    """`sent` has every record in order. `answer` decides what becomes of the next."""

    def __init__(self, answer: Literal["acknowledge", "fail", "silence"] = "acknowledge") -> None:
        self.answer: Literal["acknowledge", "fail", "silence"] = answer
        self.sent: list[Sent] = []

    def send(self, topic: str, key: str, value: bytes | None, partition: int, headers: Headers) -> Future[None]:
        self.sent.append(Sent(topic, key, value, partition, headers))
        future: Future[None] = Future()
        if self.answer == "acknowledge":
            future.set_result(None)
        elif self.answer == "fail":
            future.set_exception(DeliveryFailed("_MSG_TIMED_OUT"))
        return future

    def of(self, topic: str) -> list[Sent]:
        return [s for s in self.sent if s.topic == topic]
