"""The api's committed description is the one in its types."""

from __future__ import annotations

from pathlib import Path

from services.api.generate import HERE, documents


def test_the_api_s_documents_are_those_of_the_types() -> None:
    committed = {name: Path(HERE / name).read_text() for name in documents()}
    assert committed == documents(), "run `make schemas` and commit what it writes"
