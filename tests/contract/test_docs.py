"""What the documents promise is tested under the names that they give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCUMENTS = sorted(
    path for path in (*Path().glob("*.md"), *Path().glob("[a-z]*/**/*.md")) if "node_modules" not in path.parts
)
TESTS = frozenset(
    name
    for path in Path("tests").glob("**/test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    promised = set(re.findall(r"`(test_\w+)`", path.read_text()))
    assert promised <= TESTS, f"{path} names what is no test: {sorted(promised - TESTS)}"
