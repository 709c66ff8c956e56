"""Questions on the view, answered on one thread: those that wait, a few at a time and of one state.

The interpreter runs one thread at a time, and the turns that threads take at it cost as much as small queries do: more
threads would answer no more questions, and one question at a time fewer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from services.api.view import View

TOGETHER = 4  # questions: the first of them hears when the last is answered
Answer = TypeVar("Answer")
Outcome = tuple[Any, Exception | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    answer: asyncio.Future[Any]
    question: Callable[[], Any]
    ahead: Future[None] | None  # until its words are known

    @property
    def ready(self) -> bool:
        return self.ahead is None or self.ahead.done()


class Reader:
    """Asked from the event loop."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._waiting: list[_Asked] = []
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "reader")
        self._ahead = ThreadPoolExecutor(1, "words")

    async def ask(self, question: Callable[[], Answer], words: Collection[str] = ()) -> Answer:
        """Its answer, or what it raises. The `words` that it looks for are looked up while it waits for its turn,
        where they are not remembered: that takes as long as all the rest, and needs no interpreter."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        ahead = None if self._view.knows(words) else self._ahead.submit(self._view.look_up, words)
        with self._lock:
            self._waiting.append(_Asked(answer, question, ahead))
        if ahead is None:
            self._thread.submit(self._turn)
        else:
            ahead.add_done_callback(lambda _: self._thread.submit(self._turn))
        return await answer

    def _turn(self) -> None:
        """Answer those that are ready, where the turn before has left some."""
        asked = [one for one in self._next() if not one.answer.done()]
        if asked:
            answers, fault = _outcome(partial(self._answers, [one.question for one in asked]))
            outcomes = [(None, fault)] * len(asked) if fault is not None else answers
            told = list(zip((one.answer for one in asked), outcomes, strict=True))
            for loop in {future.get_loop() for future, _ in told}:
                loop.call_soon_threadsafe(_tell, [one for one in told if one[0].get_loop() is loop])

    def _next(self) -> list[_Asked]:
        with self._lock:
            taken = list(islice((one for one in self._waiting if one.ready), TOGETHER))
            for one in taken:
                self._waiting.remove(one)
        return taken

    def _answers(self, questions: list[Callable[[], Any]]) -> list[Outcome]:
        with self._view.still():
            return [_outcome(question) for question in questions]


def _outcome(question: Callable[[], Any]) -> Outcome:
    try:
        return question(), None
    except BaseException as error:  # noqa: BLE001 - raised again where the answer is waited for
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            return None, error
        return None, RuntimeError(f"an answer ended in {type(error).__name__}")  # what no future takes as it is


def _tell(told: list[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, (answer, error) in told:
        if future.done():
            continue  # who asked is gone
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)
