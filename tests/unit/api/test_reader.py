"""Questions that wait together: of one state, each with its own answer or fault, and none that hangs."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.api.adapters.store import Store
from services.api.columns import Narrowing
from services.api.filters import words_of
from services.api.http.inputs import ClientQuery
from services.api.reader import TOGETHER, Reader
from services.api.scope import EVERYTHING
from services.api.view import View
from services.api.words import Words
from tests.support.api_view import IDS, Api, Feed, api_over, live


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    found = api_over(tmp_path)
    found.put(live("c_1", 1, name="Harbor Point"))
    yield found
    found.close()


class Held:
    """A question that is being answered until it is let go: others wait behind it."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.asked.set()
        assert self.go.wait(20)


async def behind(reader: Reader, held: Held, *questions: Callable[[], Any]) -> list[asyncio.Task[Any]]:
    """All of them wait while the first one is answered."""
    first = asyncio.create_task(reader.ask(held))
    await asyncio.to_thread(held.asked.wait, 20)
    waiting = [asyncio.create_task(reader.ask(question)) for question in questions]
    await asyncio.sleep(0)  # each takes its place
    return [first, *waiting]


def test_questions_that_wait_together_are_answered_of_one_state(api: Api) -> None:
    reader, held = Reader(api.parts.view), Held()

    def count() -> int:
        total = api.parts.clients.page(EVERYTHING, ClientQuery()).total
        api.put(live(f"c_more_{threading.get_ident()}_{total}", 1))  # a commit between it and the next
        return total

    async def run() -> list[int]:
        first, *waiting = await behind(reader, held, *[count] * (TOGETHER + 1))
        held.go.set()
        await first
        return list[int](await asyncio.gather(*waiting))

    assert asyncio.run(run()) == [1] * TOGETHER + [2]


def test_what_one_question_raises_is_told_to_nobody_else(api: Api) -> None:
    reader, held = Reader(api.parts.view), Held()

    def fails() -> None:
        raise LookupError("mine")

    async def run() -> list[object]:
        _, *waiting = await behind(reader, held, lambda: 1, fails, lambda: 2)
        held.go.set()
        return list[object](await asyncio.gather(*waiting, return_exceptions=True))

    one, error, two = asyncio.run(run())
    assert (one, two) == (1, 2)
    assert isinstance(error, LookupError)


@pytest.mark.parametrize("raised", [StopIteration, GeneratorExit])
def test_what_no_future_takes_is_told_as_a_fault_and_leaves_nobody_waiting(
    api: Api, raised: type[BaseException]
) -> None:
    reader, held = Reader(api.parts.view), Held()

    def ends() -> None:
        raise raised

    async def run() -> list[object]:
        _, *waiting = await behind(reader, held, ends, lambda: 1)
        held.go.set()
        return list[object](await asyncio.gather(*waiting, return_exceptions=True))

    fault, one = asyncio.run(run())
    assert isinstance(fault, RuntimeError)
    assert one == 1


def test_a_connection_whose_transaction_would_not_end_is_asked_nothing_more(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, page = api.parts.view, api.parts.clients.page
    catch_up = View._catch_up

    def ended_early(view: View) -> None:
        catch_up(view)
        view._connection().execute("COMMIT")  # what an error of the file may do

    monkeypatch.setattr(View, "_catch_up", ended_early)
    with pytest.raises(sqlite3.OperationalError):
        page(EVERYTHING, ClientQuery())
    monkeypatch.setattr(View, "_catch_up", catch_up)
    api.put(live("c_2", 1, name="Harbor Gate"))
    assert page(EVERYTHING, ClientQuery(q="harbor")).total == 2
    assert not view._connection().in_transaction


def test_where_the_view_cannot_be_read_all_that_wait_are_told_and_the_next_are_answered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, held, broken = Reader(api.parts.view), Held(), threading.Event()
    catch_up = View._catch_up

    def unreadable(view: View) -> None:
        if broken.is_set():
            raise sqlite3.OperationalError("disk I/O error")
        catch_up(view)

    monkeypatch.setattr(View, "_catch_up", unreadable)

    async def run() -> None:
        _, *waiting = await behind(reader, held, *[lambda: 1] * TOGETHER)
        broken.set()
        held.go.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in told] == [sqlite3.OperationalError] * TOGETHER
        broken.clear()
        assert await reader.ask(lambda: 2) == 2

    asyncio.run(run())


def test_a_question_whose_asker_is_gone_is_not_answered_and_holds_nobody_up(api: Api) -> None:
    reader, held, asked = Reader(api.parts.view), Held(), list[int]()

    async def run() -> None:
        _, gone, stays = await behind(reader, held, lambda: asked.append(1), lambda: asked.append(2))
        gone.cancel()
        await asyncio.sleep(0)
        held.go.set()
        await stays

    asyncio.run(run())
    assert asked == [2]


def test_a_question_waits_for_its_words_and_lets_others_pass(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, looking = Reader(api.parts.view), Held()
    look_up = View.look_up

    def slowly(view: View, words: Any) -> None:
        looking()
        look_up(view, words)

    monkeypatch.setattr(View, "look_up", slowly)

    def search() -> int:
        return api.parts.clients.page(EVERYTHING, ClientQuery(q="harb")).total

    async def run() -> None:
        searching = asyncio.create_task(reader.ask(search, ("harb",)))
        await asyncio.to_thread(looking.asked.wait, 20)
        assert await reader.ask(lambda: "passed") == "passed"
        assert not searching.done()
        looking.go.set()
        assert await searching == 1

    asyncio.run(run())


def test_a_search_whose_words_cannot_be_looked_up_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(api.parts.view)

    def unreadable(*_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Words, "look_up", unreadable)
    search = lambda: api.parts.clients.page(EVERYTHING, ClientQuery(q="harb"))  # noqa: E731
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(reader.ask(search, ("harb",)))


def test_words_that_have_changed_are_looked_up_ahead_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, ahead, look_up = Reader(api.parts.view), list[str](), View.look_up

    def noted(view: View, words: tuple[str, ...]) -> None:
        ahead.extend(words)
        look_up(view, words)

    monkeypatch.setattr(View, "look_up", noted)

    async def search() -> int:
        asked = partial(api.parts.clients.page, EVERYTHING, ClientQuery(q="harbor"))
        return (await reader.ask(asked, ("harbor",))).total

    async def run() -> list[int]:
        found = [await search(), await search()]
        api.put(live("c_2", 1, name="Harbor Gate"))
        await reader.ask(lambda: None)  # whoever asks first hears of it
        return [*found, await search()]

    assert asyncio.run(run()) == [1, 1, 2]
    assert ahead == ["harbor", "harbor"]


def test_who_searches_while_the_view_is_filled_finds_all_once_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path / "view.sqlite", IDS)
    Feed(store).put([live("c_1", 1, name="Harbor Point")])
    view, wanted = View(store.path), Narrowing({}, words=("harbor",))
    assert view.counts(EVERYTHING, wanted, ())[0] == 0
    store.settle()
    assert view.counts(EVERYTHING, wanted, ())[0] == 1
    store.close()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("salesforce:0017x", ("0017x",)),
        ("Harbor erp:US:12345", ("Harbor", "US", "12345")),
        ("crm:", ("crm",)),
        ("Fund: Harbor", ("Fund", "Harbor")),
    ],
)
def test_of_a_record_its_id_is_looked_for(typed: str, words: tuple[str, ...]) -> None:
    assert words_of(typed) == words


def test_a_change_that_leaves_the_words_of_a_client_leaves_what_is_remembered_of_them(api: Api) -> None:
    view, asked = api.parts.view, list[str]()

    def search(text: str) -> int:
        with view.still():
            view._connection().set_trace_callback(lambda sql: asked.append(sql) if "MATCH" in sql else None)
            total = api.parts.clients.page(EVERYTHING, ClientQuery(q=text)).total
            view._connection().set_trace_callback(None)
        return total

    assert (search("harbor"), len(asked)) == (1, 1)
    api.put(live("c_1", 2, name="Harbor Point", country="DE"))
    assert (search("harbor"), len(asked)) == (1, 1)
    api.put(live("c_1", 3, name="Harbour Point"))
    assert (search("harbor"), len(asked)) == (0, 2)
    assert search("harbour") == 1
