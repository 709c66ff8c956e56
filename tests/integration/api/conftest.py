"""An api that serves over real sockets, with some clients that a leader of West follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api_server import a_port, serving
from tests.support.api_view import Api, api_over, assigned, live


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = api_over(tmp_path)
    api.put(*(live(f"c_{i}") for i in range(20)), *(assigned(f"c_{i}", "t-west", "ann") for i in range(20)))
    yield api
    api.close()


@pytest.fixture
def base(api: Api) -> Iterator[str]:
    with serving(api, a_port()) as url:
        yield url
