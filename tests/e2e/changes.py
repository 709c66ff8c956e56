"""Changes as a CRM posts them, and where a page shows that they came."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from tests.support.browser import Visit

TIME = "2026-06-01T09:00:00Z"


def new_client(name: str, number: int, **fields: object) -> dict[str, object]:
    """A change of a CRM that makes a client of its own."""
    return changed(f"salesforce:001E2E{number:012d}", number, name=name, **{"country": "GB", **fields})


def changed(record: str, number: int, **fields: object) -> dict[str, object]:
    """A change of a record that says these fields anew; the others stay as they are."""
    source, _, record_id = record.partition(":")
    version = {"time": TIME, "sequence": number}
    return {"op": "upsert", "source": source, "record_id": record_id, "fields": fields, "version": version}


def feed(seen: Visit, name: str) -> Locator:
    return seen.page.get_by_role("region", name="Latest changes").get_by_role("link", name=re.compile(name))
