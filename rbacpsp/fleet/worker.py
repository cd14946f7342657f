"""A worker: a process that has the program loaded and starts a process of its own for each task.

So a hostile snapshot can only end its own process, and the memory of a worker does not grow. The worker has
no threads, so it may fork. It ends when its parent process ends.
"""

import gc
import os
import pickle
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from rbacpsp.fleet.attempt import attempt, record
from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.frames import ClosedError, LateError, receive, send
from rbacpsp.fleet.question import Answers, Question
from rbacpsp.fleet.stores import StoreError
from rbacpsp.fleet.task import FleetTask, Limits, TaskOutcome

OUT_OF_MEMORY = 12
"""The exit code of a process that ran out of memory and cannot reply; ENOMEM."""
_GRACE = 5
"""Seconds after which a process whose worker has ended exits."""
_DEATH_OF_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class Reply(msgspec.Struct, frozen=True):
    """The reply to a task."""

    outcome: TaskOutcome | None = None
    late: bool = False
    """Whether the task took too long."""
    signal: int = 0
    """The signal that ended the process; negative: its exit code."""
    seconds: float = 0.0
    memory: int = 0
    unwritten: str = ""
    """Why the parts cannot be written."""


def serve() -> None:
    """Answer tasks from standard input until it is closed."""
    requests, replies = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # output of libraries is not a reply
    libc = _libc()
    warmed: set[str] = set()
    while True:
        try:
            task, failure = pickle.loads(receive(requests))  # noqa: S301 - sent by the process that started this one
        except ClosedError:
            return
        if task.question.name not in warmed:
            warmed.add(task.question.name)
            _warm(task.question)
        try:
            send(replies, msgspec.msgpack.encode(_run_in_child(task, failure, (requests, replies), libc)))
        except ClosedError:
            return


def _warm(question: Question) -> None:
    """Import and compute once what every task needs, so that the processes of tasks inherit it."""
    import pyarrow.parquet  # noqa: F401 - as above

    from rbacpsp.cluster import Cluster
    from rbacpsp.fleet.tables import encoded

    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "a"},
        "rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
    }
    with suppress(Exception):
        answers = question.answers(Cluster.from_objects([role], bootstrap="auto"), date.min)
        for table, rows in answers.tables.items():
            encoded(table, [{"source": "", "cluster": "", **row} for row in rows], {})
    gc.collect()
    gc.freeze()


def _run_in_child(task: FleetTask, failure: TaskOutcome | None, pipes: tuple[int, ...], libc: Any) -> Reply:
    """The reply of a child process that runs a task."""
    started = time.monotonic()
    read_end, write_end = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        for pipe in (read_end, *pipes):
            os.close(pipe)
        _child(task, failure, write_end, parent, libc)
    os.close(write_end)
    reply, late = None, False
    try:
        reply = msgspec.msgpack.decode(receive(read_end, task.limits.seconds, pipes[0]), type=Reply)
    except LateError:
        late = True
    except ClosedError:
        if select.select(pipes[:1], [], [], 0)[0]:  # the parent of this worker has ended
            os.kill(pid, signal.SIGKILL)
            os._exit(0)
    except msgspec.MsgspecError:
        pass
    finally:
        os.close(read_end)
    if reply is None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    if reply is not None:
        return reply
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = -os.waitstatus_to_exitcode(status)
    return Reply(late=late, signal=0 if late else code, seconds=time.monotonic() - started, memory=memory)


def _child(task: FleetTask, failure: TaskOutcome | None, pipe: int, parent: int, libc: Any) -> NoReturn:
    try:
        if libc is not None:
            libc.prctl(_DEATH_OF_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        signal.alarm(int(task.limits.seconds) + _GRACE)
        if failure is None:
            _limit(task.limits)
        send(pipe, msgspec.msgpack.encode(_reply(task, failure)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001 - the worker sees that it ended
        os._exit(os.EX_SOFTWARE)
    os._exit(0)


def _reply(task: FleetTask, failure: TaskOutcome | None) -> Reply:
    try:
        if failure is None:
            return Reply(attempt(task))
        record(task, failure, Answers(), again=True)
        return Reply(failure)
    except (StoreError, FleetError) as error:
        return Reply(unwritten=str(error))


def _limit(limits: Limits) -> None:
    """Limit the memory of this process to its current size plus the task's memory, and disable core files."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = _size() + limits.memory
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    with suppress(ValueError, OSError):  # a system without this limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _size() -> int:
    """The address space of this process, in bytes; 0 if the system does not provide it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _libc() -> Any:
    """The C library, for functions that Python lacks; None if it is not that of Linux."""
    if sys.platform != "linux":
        return None
    import ctypes

    return ctypes.CDLL(None)
