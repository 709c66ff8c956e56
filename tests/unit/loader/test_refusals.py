"""What the warehouse refuses: tried again where the reason passes, told where it does not."""

from __future__ import annotations

from typing import NoReturn, cast

import pytest
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import Error, OperationalError, ProgrammingError

from services.loader.adapters.warehouse import Warehouse, WarehouseAway
from services.loader.settings import LoaderSettings


class Refusing:
    """A session in which every statement fails."""

    def __init__(self, failure: Error) -> None:
        self.failure = failure
        self.closed = False

    def cursor(self) -> NoReturn:
        raise self.failure

    def close(self) -> None:
        self.closed = True


def ask(session: Refusing) -> None:
    warehouse = Warehouse(LoaderSettings())
    warehouse._connection = cast("SnowflakeConnection", session)
    warehouse.rows("select 'mine'")


@pytest.mark.parametrize(
    "failure",
    [
        *(ProgrammingError("of 'secret' too late", errno=code) for code in (604, 625, 630)),
        OperationalError("gone", errno=250001),
    ],
)
def test_what_passes_ends_the_session_and_is_tried_again(failure: Error) -> None:
    session = Refusing(failure)
    with pytest.raises(WarehouseAway) as away:
        ask(session)
    assert session.closed
    assert "secret" not in str(away.value)


def test_a_statement_that_is_wrong_is_raised_as_it_is() -> None:
    session = Refusing(ProgrammingError("no such table", errno=2003))
    with pytest.raises(ProgrammingError):
        ask(session)
    assert not session.closed
