"""The warehouse's door to the bucket, where no integration of a real account keeps one: a stage and a file format."""

from __future__ import annotations

from services.loader.adapters.warehouse import Warehouse

LINES = (
    "create or replace file format ${raw}.lines type = csv field_optionally_enclosed_by = '\"' "
    "null_if = () empty_field_as_null = true escape_unenclosed_field = none compression = gzip"
)
STAGE = "create or replace stage ${raw}.landing url = 's3://${bucket}/'"


def open_landing(warehouse: Warehouse) -> None:
    """The stand-in forgets both when it is started again."""
    warehouse.rows(LINES)
    warehouse.rows(STAGE)
