"""Deciding a batch so that a raise costs its own record only: together first, one by one where that raises.

The one place outside the process's end that catches whatever a handler raises. A handler that raises has left its
state as it was, so trying again is safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.reasons import Reason
from services.stream.logs import frames, logger
from services.stream.outcome import Effects, Halt, Handler, Incoming, Rejection, StateKey


def attempt(handler: Handler, batch: Sequence[Incoming], now: datetime) -> Effects:
    """The batch decided and applied; records that raise are rejected as `stage_error`. Raises `Halt` only."""
    try:
        return handler.handle(batch, now)
    except Halt:
        raise
    except Exception as error:  # noqa: BLE001 - one by one shows which record it is
        _tell(error, topic=handler.topic, records=len(batch))
        whole = Effects()
        for message in batch:
            whole.absorb(_attempt_one(handler, message, now))
        return whole


def attempt_keys(handler: Handler, keys: Sequence[StateKey], now: datetime) -> Effects:
    """The keys decided again. For a key that raises, what was last said stands, and a rejection without bytes tells."""
    try:
        return handler.re_examine(keys, now)
    except Halt:
        raise
    except Exception:  # noqa: BLE001 - as for a batch
        whole = Effects()
        for key in keys:
            whole.absorb(_attempt_key(handler, key, now))
        return whole


def _attempt_one(handler: Handler, message: Incoming, now: datetime) -> Effects:
    try:
        return handler.handle([message], now)
    except Halt:
        raise
    except Exception as error:  # noqa: BLE001 - this record goes to `rejected`, the others go on
        _tell(error, topic=message.topic, partition=message.partition, offset=message.offset)
        detail = f"{type(error).__name__} was raised on it; redrive it once the stage is mended"
        return Effects(rejections=[Rejection(message, Reason.STAGE_ERROR, detail)])


def _attempt_key(handler: Handler, key: StateKey, now: datetime) -> Effects:
    try:
        return handler.re_examine([key], now)
    except Halt:
        raise
    except Exception as error:  # noqa: BLE001
        _tell(error, topic=handler.topic, partition=key.partition, key=key.key)
        detail = f"{type(error).__name__} was raised when this key was decided again; what was last said stands"
        nothing = Incoming(handler.topic, key.partition, NO_OFFSET, int(now.timestamp() * 1_000), key.key, None, [])
        return Effects(rejections=[Rejection(nothing, Reason.STAGE_ERROR, detail)])


NO_OFFSET = -1  # of a rejection that no input record caused


def _tell(error: BaseException, **at: object) -> None:
    logger().error("stage_error", error=type(error).__name__, frames=frames(error), **at)
