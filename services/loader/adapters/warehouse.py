"""Snowflake, or its local stand-in, through Snowflake's own connector: one session, statements, transactions.

What a session cannot do because of the network, a timeout or a lock is `WarehouseAway`, and leaves an outcome that only
the ledger can tell. What the warehouse refuses as wrong is raised as it is: trying again would not help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from services.loader.names import Row, Value
from services.loader.settings import LoaderSettings
from services.stream.logs import logger

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.cursor import SnowflakeCursor

LOGIN_S = 10
NAMED_BY = 80  # characters of a statement, its values not yet bound, that tell which it is
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
SESSION: dict[str, str | int | bool] = {
    "TIMEZONE": "UTC",
    "LOCK_TIMEOUT": 60,  # seconds; by default a loader would wait for a dead one's locks for half a day
    "ABORT_DETACHED_QUERY": True,
}


# Refused for a reason that passes: the statement was cancelled, a lock not had in time, the statement's time over.
PASSING = frozenset((604, 625, 630))


class WarehouseAway(Exception):
    """The warehouse does not answer, or the session is gone; whether the last statement was done is not known."""


def without_values(message: str, sql: str) -> str:
    """The first line of an error, without what it quotes of the data: what is quoted of the statement may stay."""
    first = message.splitlines()[0] if message else ""
    return _QUOTED.sub(lambda one: one[0] if (one[1] or one[2] or "").lower() in sql.lower() else "'…'", first)


class Warehouse:
    """One session, opened when first used and again after it was lost."""

    def __init__(self, settings: LoaderSettings, application: str = "cadastre") -> None:
        """`application`: the session's name, letters, digits and underscores."""
        self._settings = settings
        self._application = application
        self.names = settings.names
        self._connection: SnowflakeConnection | None = None

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement, names filled in and values bound; its rows."""
        with self._cursor(sql, values) as cursor:
            return cast("list[Row]", cursor.fetchall())

    def changed(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run one statement that writes; how many rows it wrote."""
        with self._cursor(sql, values) as cursor:
            return cursor.rowcount or 0

    def table(self, sql: str) -> tuple[list[str], list[Row]]:
        """The names of a statement's columns, and its rows."""
        with self._cursor(sql, ()) as cursor:
            return [column.name for column in cursor.description], cast("list[Row]", cursor.fetchall())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing of it."""
        self.rows("begin")
        try:
            yield
            self.rows("commit")
        except BaseException:
            with suppress(WarehouseAway):
                if self._connection is not None:
                    self.rows("rollback")
            raise

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        from snowflake.connector.errors import Error

        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Error, OSError):  # it may be broken already, which is why it is closed
                connection.close()

    @contextmanager
    def _cursor(self, sql: str, values: Sequence[Value]) -> Iterator[SnowflakeCursor]:
        from snowflake.connector.errors import Error, ProgrammingError

        try:
            connection = self._connection or self._open()
            with connection.cursor() as cursor:
                cursor.execute(self.names.fill(sql) if "${" in sql else sql, tuple(values) or None)
                yield cursor
        except ProgrammingError as refused:
            opening, told = " ".join(sql.split())[:NAMED_BY], without_values(refused.msg or "", sql)
            if refused.errno in PASSING:
                self.close()  # and with the session its transaction
                raise WarehouseAway(f"{opening}: {told}") from refused
            logger().error("statement_refused", statement=opening, code=refused.errno, message=told)
            raise
        except (Error, OSError) as failure:
            self.close()
            raise WarehouseAway(f"{type(failure).__name__}: {failure}") from failure

    def _open(self) -> SnowflakeConnection:
        from snowflake.connector import connect

        s = self._settings
        where = {"host": s.warehouse_host, "port": s.warehouse_port, "protocol": s.warehouse_protocol}
        self._connection = connect(
            account=s.warehouse_account,
            user=s.warehouse_user,
            password=s.warehouse_password.get_secret_value(),
            role=s.warehouse_role,
            warehouse=s.warehouse_compute,
            database=s.raw_database,
            schema="client_hierarchy",
            login_timeout=LOGIN_S,
            network_timeout=s.warehouse_timeout_s,
            application=self._application,
            session_parameters={} if s.warehouse_emulated else SESSION,
            **(where if s.warehouse_host else {}),
        )
        return self._connection
