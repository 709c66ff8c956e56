"""Questions to Snowflake, or its local stand-in, through Snowflake's own connector, on threads of their own.

Sessions are few and opened when first asked. A question that is not answered in time is given up, and for a moment
after a failure none is asked: whoever wants something else of the api never waits for the warehouse.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from services.api.history import Known, Period, Version
from services.api.refusals import Refused
from services.api.settings import ApiSettings
from services.stream import logs

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

Row = tuple[object, ...]

# Times come as text: the stand-in tells of none as of 1970.
SESSION = {"TIMEZONE": "UTC", "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6"}
REST_S = 5.0  # after a failure, until the warehouse is asked again
LOGIN_S = 5
_FIELDS = ("name", "client_type", "country", "city", "lei", "industry", "aum", "parent_record", "members", "confidence")
_VERSIONS = """
select version, status, valid_from::varchar, valid_to::varchar, name, client_type, country, city, lei,
  industry, aum, aum_currency, parent_record, member_count, confidence
from {core}.dimensional.client_dim where client_id = %s order by version"""
_PERIODS = """
select version, territory, region, advisor, tier, segment, decided_by, effective_from::varchar, effective_to::varchar
from {core}.dimensional.v_assignment_history where client_id = %s order by version"""
_LOADED = "select max(checked_at)::varchar from {core}.dimensional.quality_results"


class Sessions:
    """A session for each of its threads."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.warehouse_sessions, "warehouse")
        self._of_thread = threading.local()
        self._rests_until = 0.0

    async def known(self, client_id: str) -> Known:
        """Raises `Refused` (503)."""
        if time.monotonic() < self._rests_until:
            raise _away("it did not answer a moment ago")
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._known, client_id)
        try:
            return await asyncio.wait_for(asked, self._settings.warehouse_timeout_s)
        except TimeoutError:
            self._rest("Timeout")
            raise _away(f"it did not answer within {self._settings.warehouse_timeout_s} s") from None

    def _known(self, client_id: str) -> Known:
        from snowflake.connector.errors import Error

        try:
            connection = self._connection()
            periods = self._rows(connection, _PERIODS, (client_id,))
            versions = self._rows(connection, _VERSIONS, (client_id,))
            [(loaded,)] = self._rows(connection, _LOADED, ())
        except (Error, OSError) as failure:
            self._close()
            self._rest(type(failure).__name__)
            raise _away("its session failed") from failure
        return Known([_period(row) for row in periods], [_version(row) for row in versions], _utc(loaded))

    def _rest(self, error: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        logs.logger().warning("warehouse_away", error=error)

    def _rows(self, connection: SnowflakeConnection, sql: str, values: Sequence[str]) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(
                sql.format(core=self._settings.core_database),
                values or None,
                timeout=self._settings.warehouse_timeout_s,
            )
            return cast("list[Row]", cursor.fetchall())

    def _connection(self) -> SnowflakeConnection:
        from snowflake.connector import connect

        found: SnowflakeConnection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            s = self._settings
            where = {"host": s.warehouse_host, "port": s.warehouse_port, "protocol": s.warehouse_protocol}
            found = self._of_thread.connection = connect(
                account=s.warehouse_account or "local",
                user=s.warehouse_user,
                password=s.warehouse_password.get_secret_value(),
                role=s.warehouse_role,
                warehouse=s.warehouse_compute,
                database=s.core_database,
                schema="dimensional",
                login_timeout=LOGIN_S,
                network_timeout=s.warehouse_timeout_s,
                socket_timeout=s.warehouse_timeout_s,
                session_parameters={} if s.warehouse_emulated else SESSION,
                application=f"cadastre_api_{s.ordinal}",
                **(where if s.warehouse_host else {}),
            )
        return found

    def _close(self) -> None:
        from snowflake.connector.errors import Error

        found: SnowflakeConnection | None = getattr(self._of_thread, "connection", None)
        self._of_thread.connection = None
        if found is not None:
            with suppress(Error, OSError):  # it may be broken already, which is why it is closed
                found.close()


def _away(why: str) -> Refused:
    detail = f"the warehouse is away: {why}; the last 24 hours are at /api/clients/{{id}}/moves"
    return Refused(503, "warehouse-away", "No history now", detail, retry_after_s=int(REST_S))


def _utc(value: object) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else None


def _period(row: Row) -> Period:
    version, territory, *said, start, end = row
    begins = _utc(start)
    assert begins is not None
    region, advisor, tier, segment, decided_by = (None if one is None else str(one) for one in said)
    return Period(int(str(version)), str(territory), region, advisor, tier, segment, decided_by, begins, _utc(end))


def _version(row: Row) -> Version:
    version, status, start, end, *said = row
    *texts, amount, currency, parent, members, confidence = said
    begins = _utc(start)
    assert begins is not None
    aum = f"{Decimal(str(amount)):.2f} {currency}" if amount is not None else None
    fields = dict(zip(_FIELDS, (*texts, aum, parent, members, confidence), strict=True))
    kept = {name: str(value) for name, value in fields.items() if value is not None and value != ""}
    return Version(int(str(version)), str(status), begins, _utc(end), kept)
