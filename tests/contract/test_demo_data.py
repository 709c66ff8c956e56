"""What the demo loads is what the generator makes of the committed sample."""

from __future__ import annotations

from pathlib import Path

from tests.support.generator.__main__ import main

DEMO = Path("deploy/demo")


def test_the_committed_demo_data_is_what_the_seed_makes(tmp_path: Path) -> None:
    out, sources = tmp_path / "mock_clients", tmp_path / "sources.yaml"
    main(["--seed", "7", "--records", "20000", "--out", str(out), "--sources", str(sources)])
    made = {path.name: path.read_bytes() for path in out.iterdir()}
    committed = {path.name: path.read_bytes() for path in (DEMO / "mock_clients").iterdir()}
    assert made == committed, "the generator changed: run it again and commit what it writes"
    assert sources.read_bytes() == (DEMO / "sources.yaml").read_bytes()
