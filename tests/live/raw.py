"""A server that sends the bytes that a test defines, which no HTTP library could send."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

Write = Callable[[bytes], None]
Behave = Callable[[str, Write, Event], None]
"""Given the path that was asked for, how to write, and an event that is set when the test is over."""


def answer(body: bytes, head: bytes = b"") -> bytes:
    """A complete response with JSON."""
    length = str(len(body)).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + length
        + b"\r\n"
        + head
        + b"\r\n"
        + body
    )


class Reset(OSError):  # noqa: N818 - raised to end a connection, and no error of the server
    """Raised by a behavior that breaks the connection with a TCP reset; another OSError closes it."""


VERSION = answer(b'{"major":"1","minor":"24","gitVersion":"v1.24.17"}')


@contextmanager
def run_raw(behave: Behave) -> Iterator[str]:
    """Run the server; return its address."""
    over = Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not over.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            Thread(target=talk, args=(peer,), daemon=True).start()

    def talk(peer: socket.socket) -> None:
        with peer, suppress(OSError), peer.makefile("rb") as lines:
            while request := lines.readline():
                while lines.readline().strip():
                    pass
                try:
                    behave(request.split()[1].decode().partition("?")[0], peer.sendall, over)
                except Reset:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()
