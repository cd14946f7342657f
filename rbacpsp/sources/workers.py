"""Threads that end with the program; those of concurrent.futures delay its end until they finish."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

_Work = tuple["Future[Any]", Callable[[], Any]]


def within(seconds: float, call: Callable[[], T]) -> T:
    """The result of a call; a call that takes too long continues in a thread that ends with the program.

    Raises:
        TimeoutError: It takes longer.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised where the result is used
            future.set_exception(error)

    Thread(target=run, name="rbacpsp-request", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():  # raised by the call itself
            return future.result()
        raise


class Workers(Executor):
    """A pool of daemon threads: an interrupted program does not wait for their work."""

    def __init__(self, count: int) -> None:
        self._waiting: SimpleQueue[_Work | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            Thread(target=self._run, name=f"rbacpsp-{number}", daemon=True).start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Call a function in one of the threads."""
        future: Future[T] = Future()
        self._waiting.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - nobody waits
        """End the threads after their current work, or else after all that is submitted."""
        while cancel_futures and not self._waiting.empty():
            work = self._waiting.get()
            if work:
                work[0].cancel()
        for _ in range(self._count):
            self._waiting.put(None)

    def _run(self) -> None:
        while work := self._waiting.get():
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - raised where the result is used
                    future.set_exception(error)
