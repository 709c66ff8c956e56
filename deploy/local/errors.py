"""What stops the local run, in words a person can act on: every error names the problem and the remedy."""


class LocalError(Exception):
    """Something on this machine stops the local run; `str()` gives the problem, then the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n  remedy: {remedy}")
        self.problem = problem
        self.remedy = remedy
