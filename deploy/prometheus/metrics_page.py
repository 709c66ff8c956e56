"""Writes METRICS.md, every metric with its labels and what to do about it: `python -m deploy.prometheus.metrics_page`.

It reads the source of the services' metrics modules: what to do stands in the comment above a metric. A test compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent / "METRICS.md"
KINDS = ("Counter", "Gauge", "Histogram")
HEAD = """# Metrics

What every service serves on `/metrics`, on `CADASTRE_HTTP_PORT`. Written by `make schemas` from the services' metrics
modules. The client library adds `process_…` and `python_…`: memory, file descriptors, CPU.
"""


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    kind: str
    means: str
    labels: tuple[str, ...]
    to_do: str
    module: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query may use."""
        return (
            tuple(self.name + end for end in ("_bucket", "_count", "_sum"))
            if self.kind == "histogram"
            else (self.name,)
        )


def metrics(root: Path = Path("services")) -> list[Metric]:
    """Every metric of the services, by module and in its order."""
    return [one for path in sorted(root.rglob("*metrics.py")) for one in _of(path)]


def page() -> str:
    parts, module = [HEAD], ""
    for one in metrics():
        if one.module != module:
            module = one.module
            parts.append(f"\n## {module}\n\n| metric | labels | what it is | what to do |\n|---|---|---|---|\n")
        labels = ", ".join(f"`{label}`" for label in one.labels)
        parts.append(f"| `{one.name}` ({one.kind}) | {labels} | {one.means} | {one.to_do} |\n")
    return "".join(parts)


def _of(path: Path) -> Iterator[Metric]:
    text = path.read_text()
    lines = text.splitlines()
    for node in ast.parse(text).body:
        call = node.value if isinstance(node, ast.Assign) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KINDS:
            name, means, *labels = (ast.literal_eval(argument) for argument in call.args)
            to_do = _comment_above(lines, node.lineno - 1)
            module = ".".join(path.with_suffix("").parts)
            yield Metric(name, call.func.id.lower(), means, tuple(*labels), to_do, module)


def _comment_above(lines: list[str], at: int) -> str:
    found: list[str] = []
    while at > 0 and lines[at - 1].startswith("#"):
        at -= 1
        found.insert(0, lines[at].lstrip("# "))
    return " ".join(found)


if __name__ == "__main__":
    PAGE.write_text(page())
