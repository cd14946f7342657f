"""Runs tasks in a worker process, one after the other, and starts a new one when it is lost."""

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress

import msgspec

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.frames import ClosedError, LateError, receive, send
from rbacpsp.fleet.task import KILLED, TIMEOUT, FleetTask, TaskOutcome, too_little
from rbacpsp.fleet.worker import OUT_OF_MEMORY, Reply

_TIMES = 5
"""The number of attempts for a task that is killed from outside, which the task itself seldom causes."""
_OWN = 2
"""The number of attempts for a task that crashes its process, for example by an invalid memory access."""
_START_AND_END = 60
"""Seconds after the time limit of a task until a worker without an answer is killed."""
_WORKER = (
    "import sys; sys.path[:] = {path!r}; sys.dont_write_bytecode = {quiet!r}; "
    "from rbacpsp.fleet.worker import serve; serve()"
)


class Worker:
    """A process that runs tasks."""

    def __init__(self) -> None:
        """Set up the worker; its process starts with the first task."""
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def outcome(self, task: FleetTask) -> TaskOutcome:
        """The outcome of a task, which is written even if the task was killed or took too long.

        Raises:
            FleetError: The parts cannot be written, or workers cannot be started.
        """
        last = Reply()
        attempts_left = _TIMES
        while attempts_left > 0:
            reply = self._asked(task, None)
            if reply is None:
                attempts_left -= 1
                last = Reply(signal=signal.SIGKILL)
                continue
            if reply.unwritten:
                raise FleetError(reply.unwritten)
            if reply.outcome is not None:
                return reply.outcome
            if reply.late:
                return self.record(task, _late(task, reply))
            last = reply
            attempts_left -= 1 if reply.signal == signal.SIGKILL else _TIMES // _OWN + 1
        return self.record(task, _killed(task, last))

    def record(self, task: FleetTask, failure: TaskOutcome) -> TaskOutcome:
        """Write the failure of a task.

        Raises:
            FleetError: It cannot be written.
        """
        for _ in range(_TIMES):
            reply = self._asked(task, failure)
            if reply is not None and reply.unwritten:
                raise FleetError(reply.unwritten)
            if reply is not None and reply.outcome is not None:
                return reply.outcome
        raise FleetError(f"every worker is killed, so {task.input.source} has no row: run the command again")

    def _asked(self, task: FleetTask, failure: TaskOutcome | None) -> Reply | None:
        """The reply of the worker; None if it was lost."""
        process = self._running()
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise TypeError("a worker is started with pipes")
        try:
            send(stdin.fileno(), pickle.dumps((task, failure)))
            data = receive(stdout.fileno(), task.limits.seconds + _START_AND_END)
            return msgspec.msgpack.decode(data, type=Reply)
        except (ClosedError, LateError, msgspec.MsgspecError):
            self._end()
            return None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._closed:
            raise FleetError("the run was ended")
        if self._process is None:
            code = _WORKER.format(path=sys.path, quiet=sys.dont_write_bytecode)
            try:
                self._process = subprocess.Popen(  # noqa: S603 - this program
                    [sys.executable, "-P", "-W", "ignore", "-c", code],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                    bufsize=0,
                    start_new_session=True,  # Ctrl-C is handled by the parent process
                )
            except OSError as error:
                raise FleetError(f"no worker can be started: {error.strerror or error}") from None
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def close(self) -> None:
        """End the process."""
        self._closed = True
        self._end()


def _late(task: FleetTask, reply: Reply) -> TaskOutcome:
    reason = f"it takes longer than {task.limits.seconds:g} seconds: allow more with --timeout"
    return TaskOutcome(TIMEOUT, reason, round(reply.seconds, 3), reply.memory)


def _killed(task: FleetTask, reply: Reply) -> TaskOutcome:
    if reply.signal == -OUT_OF_MEMORY:
        reason = too_little(task)
    elif reply.signal > 0:
        name = signal.Signals(reply.signal).name if reply.signal in set(signal.Signals) else str(reply.signal)
        reason = (
            f"its process was ended by {name} at every attempt, possibly because there was too little memory"
        )
    else:
        reason = f"its process ended with code {-reply.signal} each time it was tried"
    return TaskOutcome(KILLED, reason, round(reply.seconds, 3), reply.memory)
