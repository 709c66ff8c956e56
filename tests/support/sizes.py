"""`python -m tests.support.sizes`: no file and no function longer than one reads in one go."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 40
FILE_LINES = {"schemas": 300, "services": 300, "deploy": 300, "tests": 400}


def too_long(root: Path) -> Iterator[str]:
    """A line for each file or function over its bound."""
    for folder, bound in FILE_LINES.items():
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text()
            lines = text.count("\n")
            if lines > bound:
                yield f"{path}: {lines} lines, {bound} at most: what are the two things that it does?"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and folder != "tests":
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    if length > FUNCTION_LINES:
                        yield f"{path}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} at most"


if __name__ == "__main__":
    found = list(too_long(Path()))
    sys.stderr.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))
