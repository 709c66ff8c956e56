"""What the warehouse knows of a client's past: the port, and the answer of an api that has none."""

from __future__ import annotations

from typing import Protocol

from services.api.explained import History
from services.api.refusals import Refused
from services.api.scope import Scope


class Warehouse(Protocol):
    def history(self, scope: Scope, client_id: str) -> History:
        """Every assignment in scope, newest first. Raises `Refused` (503) where the warehouse does not answer."""


class NoWarehouse:
    def history(self, scope: Scope, client_id: str) -> History:
        raise Refused(
            503,
            "no-warehouse",
            "No history",
            "this api has no warehouse; the last 24 hours are at /api/clients/{id}/moves",
            retry_after_s=60,
        )
