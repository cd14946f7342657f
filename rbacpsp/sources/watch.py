"""Follows the changes of a running cluster: each list is watched from its resourceVersion.

A watch that ends is started again from its last resourceVersion, which bookmarks update. If the server has
forgotten that version (410), the lists are read again. Source of the rules: apimachinery/pkg/apis/meta/v1
WatchEvent and client-go/tools/cache reflector.go (0.37).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

import msgspec

from rbacpsp.decode.decoder import Decoder
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.objects import AnyObject, Identity, Objects
from rbacpsp.model.origin import Document
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.live import Live
from rbacpsp.sources.pages import document
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.sources.urls import path

_WATCH_SECONDS = 50
"""The server ends a watch after this time, before the connection times out."""
_TOGETHER_SECONDS = 0.05
"""Changes that follow each other within this time are combined."""
_LONGEST_TOGETHER_SECONDS = 1.0
"""Changes that do not end are combined for this time at most."""
_LONGEST_DELAY = 30.0
_SHORTEST_SECONDS = 1.0
"""The least time between two reads of the lists, and between starts of a watch that sends nothing.

It doubles while watches end at once, for example because a proxy answers with a page of its own.
"""
_TYPES = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK"})
_UNAUTHORIZED = 401
_GONE = 410
_TOO_MANY = 429


class _Meta(msgspec.Struct, rename="camel"):
    resource_version: str = ""


class _Head(msgspec.Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)


class _WatchEvent(msgspec.Struct):
    type: str
    object: msgspec.Raw


@dataclass(frozen=True, slots=True)
class _Changed:
    obj: AnyObject
    gone: bool


@dataclass(frozen=True, slots=True)
class _Expired:
    """A watch cannot continue from its resourceVersion."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message for the user."""

    message: str


@dataclass(frozen=True, slots=True)
class _Failed:
    error: ConnectError


_WatchMessage = _Changed | _Expired | _Message | _Failed


def watch(connection: Connection, read: Callable[[], Live], tell: Callable[[str], None]) -> Iterator[Objects]:
    """The objects of a cluster now, and again after each change.

    Args:
        connection: The connection to the server.
        read: Reads the lists; called again when a watch cannot continue.
        tell: Called with a message when the server cannot be reached and is tried again.

    Raises:
        ConnectError: The first lists fail, or the login may not list anything, or not watch what it lists.
    """
    live = read()
    least = _SHORTEST_SECONDS
    while True:
        yield live.objects
        if not live.resource_versions:
            raise ConnectError(f"{live.server} shows this login no list that could be watched")
        ended = Event()
        began = time.monotonic()
        try:
            yield from _follow(connection, live, ended, tell)
        finally:
            ended.set()
        lasted = time.monotonic() - began
        time.sleep(max(0.0, least - lasted))
        least = max(_SHORTEST_SECONDS, 0.0 if lasted > _LONGEST_DELAY else min(2 * least, _LONGEST_DELAY))
        live = _read_again(read, tell)


def _read_again(read: Callable[[], Live], tell: Callable[[str], None]) -> Live:
    delay = 1.0
    while True:
        try:
            return read()
        except ConnectError as error:
            tell(f"{error}; it is tried again")
        time.sleep(delay)
        delay = min(2 * delay, _LONGEST_DELAY)


def _follow(
    connection: Connection, live: Live, ended: Event, tell: Callable[[str], None]
) -> Iterator[Objects]:
    """The objects after each change, until the lists must be read again."""
    sent: SimpleQueue[_WatchMessage] = SimpleQueue()
    for (name, namespace), state in live.resource_versions.items():
        kind = BY_NAME[name]
        version = kind.versions(live.objects.kubernetes_version)[0]
        list_path = path(version, kind.plural, namespace)
        Thread(target=_watch_list, args=(connection, list_path, state, ended, sent.put), daemon=True).start()
    objects = live.objects
    while True:
        latest: dict[Identity, _Changed] = {}
        for watch_message in _together(sent):
            match watch_message:
                case _Changed(obj):
                    latest[obj.kind, obj.namespace, obj.name] = watch_message
                case _Message(message):
                    tell(message)
                case _Failed(error):
                    raise error
                case _:
                    return
        changed = _apply(objects, latest)
        if changed is not None:
            objects = changed
            yield objects


def _together(sent: "SimpleQueue[_WatchMessage]") -> Iterator[_WatchMessage]:
    yield sent.get()
    end = time.monotonic() + _LONGEST_TOGETHER_SECONDS
    while time.monotonic() < end:
        try:
            yield sent.get(timeout=_TOGETHER_SECONDS)
        except Empty:
            return


def _apply(objects: Objects, latest: dict[Identity, _Changed]) -> Objects | None:
    """The objects with the changes; None if nothing changed."""
    current = {(obj.kind, obj.namespace, obj.name): obj for obj in objects}
    added = Objects()
    removed = []
    for identity, change in latest.items():
        if change.gone:
            removed += [identity] if identity in current else []
        elif current.get(identity) != change.obj:
            added.add(change.obj, Document("<watch>"))
    return objects.changed(added, removed) if removed or any(True for _ in added) else None


def _watch_list(
    connection: Connection, list_path: str, state: str, ended: Event, send: Callable[[_WatchMessage], None]
) -> None:
    """Follow one list until it expires or the watch as a whole has ended."""
    delay, lost, renewed = 0.5, False, False
    while not ended.is_set():
        query: dict[str, str | int] = {
            "watch": 1,
            "allowWatchBookmarks": "true",
            "resourceVersion": state,
            "timeoutSeconds": _WATCH_SECONDS,
        }
        began, silent = time.monotonic(), True
        try:
            for line in connection.lines(list_path, query):
                state = _event(connection, list_path, line, send) or state
                delay, lost, renewed, silent = 0.5, False, False, False
                if ended.is_set():
                    return
            if silent and time.monotonic() - began < _SHORTEST_SECONDS:  # for example, a proxy interrupts it
                ended.wait(delay)
                delay = min(2 * delay, _LONGEST_DELAY)
        except _ExpiredError:
            send(_Expired())
            return
        except RefusedError as refused:
            if refused.status == _UNAUTHORIZED and not renewed:
                renewed = True
                continue
            if refused.status == _GONE:
                send(_Expired())
                return
            if refused.status < 500 and refused.status != _TOO_MANY:
                send(_Failed(ConnectError(f"the list may not be watched: {refused}")))
                return
            ended.wait(delay)
            delay = min(2 * delay, _LONGEST_DELAY)
        except ConnectError as error:
            if not lost:
                send(_Message(f"{error}; it is tried again"))
            lost = True
            ended.wait(delay)
            delay = min(2 * delay, _LONGEST_DELAY)


class _ExpiredError(Exception):
    """The server has forgotten the resourceVersion of a watch."""


def _event(connection: Connection, list_path: str, line: bytes, send: Callable[[_WatchMessage], None]) -> str:
    """Pass on an event; returns the resourceVersion from which the watch continues."""
    if not line.strip():
        return ""
    try:
        event = msgspec.json.decode(line, type=_WatchEvent)
        head = msgspec.json.decode(event.object, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _ExpiredError from None
    if event.type not in _TYPES:  # also ERROR
        raise _ExpiredError
    if event.type != "BOOKMARK":
        decoder = Decoder()
        decoder.read(document(connection, list_path, bytes(event.object)))
        objects = list(decoder.finish())
        problems = [str(problem) for problem in decoder.problems]
        if not objects and (decoder.objects.ignored or not problems):
            problems = [f"{list_path} has a change of another kind"]
        for problem in problems:
            send(_Message(f"a change cannot be read: {connection.login.hide(problem)}"))
        for obj in objects:
            send(_Changed(obj, gone=event.type == "DELETED"))
    return head.metadata.resource_version
