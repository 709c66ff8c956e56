"""Tables for people: what `cadastre export` writes, as CSV that a spreadsheet cannot be made to run, or as Parquet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from services.loader.adapters.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas

Format = Literal["csv", "parquet"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
EXPORTS: dict[str, str] = {
    "clients": "select client_id, name, client_type, industry, country, city, lei, aum, aum_currency, aum_usd, "
    "member_count, confidence, territory, territory_name, region, advisor, advisor_name, tier, segment "
    "from ${core}.v_client_assignments order by client_id",
    "assignments": "select client_id, name, version, status, territory, region, advisor, tier, segment, decided_by, "
    "rule_set, rule_number, rule_id, triggered_by, effective_from::varchar as effective_from, "
    "effective_to::varchar as effective_to, is_current from ${core}.v_assignment_history order by client_id, version",
    "workload": "select advisor, advisor_name, region, region_name, capacity, active, clients, clients_everywhere, "
    "over_capacity, aum_usd from ${core}.v_advisor_workload order by advisor, region",
}
"""What can be exported → the SQL that gives it."""


def write(warehouse: Warehouse, what: str, to: Path, form: Format) -> int:
    """Write one export whole, or leave what was there; the number of rows."""
    import pandas as pd

    columns, rows = warehouse.table(EXPORTS[what])
    frame = pd.DataFrame.from_records(rows, columns=[name.lower() for name in columns])
    part = to.with_name(f".{to.name}.part")
    if form == "csv":
        inert(frame).to_csv(part, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    else:
        frame.to_parquet(part, index=False)
    part.replace(to)
    return len(frame)


def inert(frame: pandas.DataFrame) -> pandas.DataFrame:
    """Text that a spreadsheet would run as a formula begins with an apostrophe instead; numbers stay numbers. Inside a
    cell it cannot run, which is why all text is quoted: some take a lone CR for the end of a row."""
    return frame.map(lambda cell: "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell)
