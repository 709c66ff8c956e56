"""Cursors: where a page ended, sealed so that nobody can make one, and bound to the question that it belongs to."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

import msgspec

from services.api.refusals import Refused, faulty
from services.api.view import Value

_SEAL = 16  # bytes


class Cursors:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, question: str, at: tuple[Value, ...]) -> str:
        """`question`: scope, filters and order; the cursor is good for the same only."""
        body = msgspec.json.encode(at)
        return urlsafe_b64encode(self._sign(question, body) + body).decode().rstrip("=")

    def open(self, question: str, cursor: str, parts: int) -> tuple[Value, ...]:
        """Raises `Refused` (400) for any cursor that was not given for this question."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (NotBase64, ValueError):
            raise self._unfit() from None
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, self._sign(question, body)):
            raise self._unfit()
        at = msgspec.json.decode(body, type=tuple[str | int | float, ...])
        if len(at) != parts:
            raise self._unfit()
        return at

    def _sign(self, question: str, body: bytes) -> bytes:
        return hmac.new(self._secret, question.encode() + b"\0" + body, hashlib.sha256).digest()[:_SEAL]

    def _unfit(self) -> Refused:
        return faulty("/query/cursor", "the cursor is not one of this list with these filters: begin without a cursor")
