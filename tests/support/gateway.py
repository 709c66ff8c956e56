"""An HTTP gateway before a real server, that fails the calls it is told to: `with Gateway(port) as gateway: …`.

It forwards requests as they are, the Host header included, so that signatures stay good.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from services.stream.logs import logger

_HOP = frozenset(("connection", "transfer-encoding", "content-length"))


@dataclass(frozen=True, slots=True)
class Fault:
    """`lost`: the server does what is asked, and the answer never comes. Else it answers 500 without doing it."""

    lost: bool = False
    delay_s: float = 0.0  # of what is only slow

    @property
    def done(self) -> bool:
        """Whether the server does what is asked."""
        return self.lost or self.delay_s > 0


Faulty = Callable[[int, bytes], Fault | None]


class Gateway:
    """`faulty` is asked for each call: its number, from 1, and the request's body."""

    def __init__(self, upstream_port: int) -> None:
        self.faulty: Faulty = lambda number, body: None
        self.calls = 0
        self.faults = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, upstream_port))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def judge(self, body: bytes) -> Fault | None:
        with self._lock:
            self.calls += 1
            fault = self.faulty(self.calls, body)
            self.faults += fault is not None
            return fault

    def __enter__(self) -> Gateway:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _forwarded(request: BaseHTTPRequestHandler, port: int, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    upstream.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.items():
        if name.lower() not in ("connection", "transfer-encoding", "expect"):
            upstream.putheader(name, value)
    upstream.endheaders(body)
    answer = upstream.getresponse()
    content = answer.read()
    upstream.close()
    return answer.status, answer.getheaders(), content


def _handler(gateway: Gateway, upstream_port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = gateway.judge(body)
            if fault is not None and not fault.done:
                self._answer(500, [], b"")
                return
            time.sleep(fault.delay_s if fault else 0)
            status, headers, content = _forwarded(self, upstream_port, body)
            if fault is not None and fault.lost:
                self.close_connection = True
                return
            self._answer(status, headers, content)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            logger().debug("gateway", said=format)

    return Handler
