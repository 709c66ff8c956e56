"""Undoes a batch: whatever raises half-way leaves the state as it was."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Journal:
    """Remembers how to undo each change. As a context manager it undoes them where the block raises."""

    __slots__ = ("_undo",)

    def __init__(self) -> None:
        self._undo: list[tuple[Callable[..., object], tuple[object, ...]]] = []

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.undo()

    def put(self, mapping: MutableMapping[_Key, _Value], key: _Key, value: _Value) -> None:
        if key in mapping:
            self._undo.append((mapping.__setitem__, (key, mapping[key])))
        else:
            self._undo.append((mapping.__delitem__, (key,)))
        mapping[key] = value

    def drop(self, mapping: MutableMapping[_Key, _Value], key: _Key) -> None:
        """Passes over a key that isn't there."""
        if key in mapping:
            self._undo.append((mapping.__setitem__, (key, mapping.pop(key))))

    def note(self, undo: Callable[..., object], *arguments: object) -> None:
        """What undoes a change that is made elsewhere, at once: it must not raise half-way."""
        self._undo.append((undo, arguments))

    def undo(self) -> None:
        while self._undo:
            act, arguments = self._undo.pop()
            act(*arguments)
