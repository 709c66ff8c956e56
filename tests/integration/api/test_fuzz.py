"""Whatever a client sends that the description allows or forbids: no 5xx, and every answer as described."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from services.api.generate import HERE
from tests.support.api_view import Api, api_over, assigned, live

CASES = 300 if os.environ.get("CADASTRE_TEST_FULL") else 12
DOCUMENT = json.loads((HERE / "openapi.json").read_text())
OPERATIONS = [(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations]
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with tempfile.TemporaryDirectory() as folder:
        api = api_over(Path(folder))
        api.put(live("c_1"), assigned("c_1", "t-west", "ann"), live("c_2"))
        yield api
        api.close()


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_no_request_is_answered_with_5xx_or_otherwise_than_described(api: Api, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", api.http.app)
    operation = schema[path][method.upper()]
    honest, faulty = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @given(st.one_of(honest, faulty))
    @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def answered(case: schemathesis.Case[Any]) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {api.token('ada')}"})
        if answer.status_code != 503 or "no-warehouse" not in answer.text:
            case.validate_response(answer, checks=CHECKS)

    answered()
