"""The api's committed description is the one in its types, and the dashboard's types are made from it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from services.api.generate import HERE, documents

WEB = Path("web")
TOOLS = WEB / "node_modules" / ".bin"
GENERATED = "src/generated"


def test_the_api_s_documents_are_those_of_the_types() -> None:
    committed = {name: Path(HERE / name).read_text() for name in documents()}
    assert committed == documents(), "run `make schemas` and commit what it writes"


@pytest.mark.skipif(not (TOOLS / "json2ts").exists(), reason="web/node_modules is missing: `npm ci` in web")
def test_the_dashboard_s_types_are_those_of_the_api_s_documents(tmp_path: Path) -> None:
    command = json.loads((WEB / "package.json").read_text())["scripts"]["types"].replace(GENERATED, str(tmp_path))
    path = f"{TOOLS.resolve()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, shell=True, cwd=WEB, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    made = {file.name: file.read_text() for file in tmp_path.iterdir()}
    committed = {file.name: file.read_text() for file in (WEB / GENERATED).iterdir()}
    assert made == committed, "run `npm run types` in web and commit what it writes"
