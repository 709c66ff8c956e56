"""How tests go to the workers of a run: one by one, and together those that share something running.

The groups that pytest-xdist 3.8 has for it do nothing under pytest 9.2: they rename tests, which that no longer takes.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# By the beginning of their names: the browser's share a stack, the others brokers or a pipeline of their own.
TOGETHER = ("tests/e2e/", "tests/chaos/test_broker_faults.py", "tests/chaos/test_changes_while_down.py")


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)
