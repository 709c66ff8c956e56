"""How loading looks while it runs: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from services.ingest.load import Tally

_EVERY_S = 5.0  # a plain line

Tell = Callable[[Tally], None]


@contextmanager
def progress(console: Console, name: str, done: Callable[[], float], *, quiet: bool) -> Iterator[Tell]:
    """`done` is the share of the file that has been read, 0 to 1."""
    if quiet:
        yield lambda _tally: None
    elif console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(name, total=1.0, rows=0, rate=0.0, accepted=0, rejected=0)
            began = monotonic()

            def show(tally: Tally) -> None:
                rate = tally.rows / max(monotonic() - began, 1e-3)
                counts = {"rows": tally.rows, "rate": rate, "accepted": tally.accepted, "rejected": tally.rejected}
                bar.update(task, completed=done(), **counts)  # type: ignore[arg-type]

            yield show
    else:
        yield _lines(console, name, done)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TextColumn("[green]{task.fields[accepted]:,} accepted"),
        TextColumn("[red]{task.fields[rejected]:,} rejected"),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        console=console,
    )


def _lines(console: Console, name: str, done: Callable[[], float]) -> Tell:
    began = last = monotonic()

    def show(tally: Tally) -> None:
        nonlocal last
        now = monotonic()
        if now - last < _EVERY_S:
            return
        last = now
        share, rate = done(), tally.rows / (now - began)
        left = (now - began) * (1 - share) / share if share else 0.0
        counts = f"{tally.rows:,} rows, {rate:,.0f}/s, {tally.accepted:,} accepted, {tally.rejected:,} rejected"
        console.print(f"{name}: {share:.0%}, {counts}, ETA {left:.0f} s", markup=False, soft_wrap=True)

    return show
