"""A new deployment resolves with the engine that this build has."""

from services.dedupe.matching import ENGINE_CODE, TOKENS
from services.stream.commands.topics import FIRST_ENGINE


def test_the_first_engine_is_the_one_that_this_build_runs() -> None:
    assert (FIRST_ENGINE.code, FIRST_ENGINE.tokens) == (ENGINE_CODE, TOKENS)
