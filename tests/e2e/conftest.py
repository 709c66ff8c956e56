"""The running stack behind a real browser: Kafka, the stages, the api with the built dashboard, two CRMs' records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.browser import WITHIN_MS, Visit, chromium, visit
from tests.support.stack import Stack, running_stack
from tests.support.undisturbed import PARTITIONS, Loaded

PREFIX = "e2e-"


@pytest.fixture(scope="package")
def stack(loaded: Loaded, broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=PREFIX, partitions=PARTITIONS)
    with running_stack(settings, loaded.raw, tmp_path_factory.mktemp("e2e")) as found:
        yield found


expect.set_options(timeout=WITHIN_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: while it lives its event loop runs in this thread, where other tests start their own."""
    with chromium() as running:
        yield running


Visits = Callable[..., Visit]


@pytest.fixture
def screen(stack: Stack, browser: Browser) -> Iterator[Visits]:
    """Opens a page as somebody: `screen("Ada", "/clients")`. All are closed after the test."""
    with ExitStack() as opened:

        def open_as(
            name: str, path: str = "/", *, at: str = "", dark: bool = False, width: int = 1_440, live: bool = True
        ) -> Visit:
            seen = opened.enter_context(visit(browser, dark=dark, width=width))
            seen.open((at or stack.url) + path).sign_in(name)
            return seen.live() if live else seen

        yield open_as
        stack.line.clear()  # else one failure would be that of all tests behind it
