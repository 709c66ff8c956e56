"""Which local ports a broker takes: a pair `p, p + 1`, below the ephemeral range, held while it may come back.

A port is claimed by an abstract socket of the same number, so that two processes that look at the same time
never choose the same pair, and the claim ends with the process that made it.
"""

import os
import socket
from collections.abc import Iterable

from deploy.local.errors import LocalError

# From 32768 on a client that keeps reconnecting to a closed port can connect to itself and take it.
_FIRST, _END = 20_000, 32_000


class PortPair:
    """The two ports `first` and `first + 1`, claimed until `release` or the end of this process."""

    def __init__(self, first: int) -> None:
        """Raises `LocalError` when either port is in use or claimed."""
        self.first = first
        self._claims: list[socket.socket] = []
        self.claim()

    @classmethod
    def choose(cls) -> "PortPair":
        """The first free pair; where the search starts depends on the process id, so that runs rarely meet."""
        for first in _candidates(os.getpid()):
            try:
                return cls(first)
            except LocalError:
                continue
        raise LocalError(f"no two free ports side by side in {_FIRST}-{_END}", "end programs that hold them")

    @classmethod
    def prefer(cls, first: int) -> "PortPair":
        """The pair that people expect, where it is free; else any."""
        try:
            return cls(first)
        except LocalError:
            return cls.choose()

    def claim(self) -> None:
        """Takes the pair again after `release`; what is already claimed must still be free to listen on."""
        held = bool(self._claims)
        for port in (self.first, self.first + 1):
            if (held or self._mark(port)) and _is_free(port):
                continue
            self.release()
            raise LocalError(
                f"port {port} is already in use",
                f"end the program that holds it (`ss -ltnp 'sport = :{port}'` names it) or choose another port",
            )

    def release(self) -> None:
        for mark in self._claims:
            mark.close()
        self._claims.clear()

    def _mark(self, port: int) -> bool:
        mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._claims.append(mark)
        try:
            mark.bind(f"\0cadastre-port-{port}")
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Whether something on this machine accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the broker binds: connections that linger from an earlier broker do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates(seed: int) -> Iterable[int]:
    pairs = (_END - _FIRST) // 2
    return (_FIRST + 2 * ((seed * 17 + step) % pairs) for step in range(pairs))
