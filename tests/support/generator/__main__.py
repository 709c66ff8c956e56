"""`python -m tests.support.generator`: writes a demo into a folder."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.support.generator import generate, read_institutions, write
from tests.support.generator.mappings import document

_DEMO = Path("deploy/demo")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.generator", description=__doc__)
    parser.add_argument("--data", type=Path, default=_DEMO / "institutions.csv", help="institutions, CSV or CSV.gz")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--records", type=int, default=20_000, help="records of the three exports together")
    parser.add_argument("--out", type=Path, default=_DEMO / "mock_clients")
    parser.add_argument("--sources", type=Path, help="also write the column mappings, as YAML, to this file")
    options = parser.parse_args(arguments)
    demo = generate(read_institutions(options.data), options.records, options.seed)
    write(demo, options.out)
    if options.sources is not None:
        options.sources.write_text(document(), encoding="utf-8")
    sizes = ", ".join(f"{len(records)} {name}" for name, records in demo.records.items())
    print(f"{options.out}: {sizes}, {len(demo.changes)} changes")


if __name__ == "__main__":
    main()
