"""The proxy on real sockets: through it as without it, and a connection ends as it was told to end."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.proxy import Proxy
from tests.support.toxics import Direction, DropResponses, Latency, LimitData, ResetPeer, SlowClose, Timeout, Toxic
from tests.support.waiting import wait_until

MUCH = bytes(range(256)) * 8_192  # 2 MiB: more than any buffer on the way


class Heard(socketserver.ThreadingTCPServer):
    """Echoes; `received` is how many bytes have come, echoed or not."""

    daemon_threads = True
    allow_reuse_address = True
    received = 0


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.request.recv(65_536):
                self.server.received += len(data)  # type: ignore[attr-defined]
                self.request.sendall(data)


@pytest.fixture
def server() -> Iterator[Heard]:
    with Heard(("127.0.0.1", 0), Echo) as heard:
        thread = threading.Thread(target=heard.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield heard
        heard.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: Heard) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", server.server_address[1]) as made:
        yield made


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 5)


def answer(client: socket.socket, size: int) -> bytes:
    """Up to so many bytes, fewer where the connection ends before."""
    got = b""
    while len(got) < size and (data := client.recv(size - len(got))):
        got += data
    return got


def test_everything_comes_through_in_both_directions(proxy: Proxy) -> None:
    with connect(proxy) as client:
        threading.Thread(target=client.sendall, args=(MUCH,)).start()
        assert answer(client, len(MUCH)) == MUCH
    assert proxy.connections == 1


@pytest.mark.parametrize(
    ("toxic", "direction", "sent", "got"),
    [
        (LimitData(3), "down", b"hello", b"hel"),
        (Timeout(50), "up", b"hello", b""),
        (SlowClose(50), "down", b"hello", b"hello"),
        (Latency(50), "up", b"hello", b"hello"),
    ],
    ids=["limit", "timeout", "slow close", "latency"],
)
def test_a_toxic_leaves_of_an_exchange_what_it_should(
    proxy: Proxy, toxic: Toxic, direction: Direction, sent: bytes, got: bytes
) -> None:
    proxy.add(toxic, direction)
    with connect(proxy) as client:
        client.sendall(sent)
        client.settimeout(5)
        received = answer(client, len(sent))
    assert received == got


def test_a_dropped_response_is_lost_after_its_request_has_arrived(proxy: Proxy, server: Heard) -> None:
    proxy.add(DropResponses(reset=True), "down")
    with connect(proxy) as client:
        client.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            client.recv(5)
    assert server.received == 5


def test_connections_are_reset_when_a_toxic_comes_and_new_ones_after_it_is_cleared_are_not(proxy: Proxy) -> None:
    with connect(proxy) as client:
        client.sendall(b"hello")
        assert answer(client, 5) == b"hello"
        proxy.add(ResetPeer(), "down")
        with pytest.raises(ConnectionResetError):
            client.recv(5)
    proxy.clear()
    with connect(proxy) as client:
        client.sendall(b"again")
        assert answer(client, 5) == b"again"


def test_what_is_down_refuses_until_it_is_cleared_and_keeps_its_port(proxy: Proxy) -> None:
    port = proxy.port
    proxy.down()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.clear()
    assert proxy.port == port
    connect(proxy).close()


def test_a_server_that_is_away_ends_the_connection_and_the_proxy_stays(server: Heard) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with Proxy(*unused.getsockname()) as proxy:
            for _ in range(2):
                with connect(proxy) as client, contextlib.suppress(ConnectionResetError):
                    assert client.recv(1) == b""
            wait_until(lambda: proxy.connections == 2, "both were taken")


def test_latency_is_felt_by_each_exchange(proxy: Proxy) -> None:
    proxy.add(Latency(40), "up", "down")
    with connect(proxy) as client:
        began = time.monotonic()
        client.sendall(b"hello")
        assert answer(client, 5) == b"hello"
        assert time.monotonic() - began >= 0.08
