"""A running cluster as it changes: each list is followed by a watch from its resourceVersion.

A watch that ends is begun again where it was (bookmarks move that place on), one whose place the server has
forgotten (410) leads to new lists. Source of the rules: apimachinery/pkg/apis/meta/v1 WatchEvent and
client-go/tools/cache reflector.go (0.37).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

import msgspec

from rbacpsp.decode.decoder import Decoder
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.objects import AnyObject, Document, Identity, Objects
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.live import Live
from rbacpsp.sources.pages import document
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.sources.urls import path

_WATCH_SECONDS = 50
"""The server ends a watch after that, before the connection counts as dead."""
_TOGETHER_SECONDS = 0.05
"""Changes that come so close together are one."""
_LONGEST_DELAY = 30.0
_SHORTEST_SECONDS = 1.0
"""A list is not read again sooner, nor is a watch that ended without a word begun again at once."""
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
    """A watch cannot go on from where it was."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Something to tell the user."""

    message: str


@dataclass(frozen=True, slots=True)
class _Failed:
    error: ConnectError


_Sent = _Changed | _Expired | _Said | _Failed


def watch(connection: Connection, read: Callable[[], Live], tell: Callable[[str], None]) -> Iterator[Objects]:
    """The objects of a cluster now, and again after each change.

    Args:
        connection: Asks the server.
        read: Lists them; called again when a watch cannot go on.
        tell: Told when the server cannot be reached, and that it is tried again.

    Raises:
        ConnectError: The first lists fail, or the login may list but not watch.
    """
    live = read()
    while True:
        yield live.objects
        ended = Event()
        began = time.monotonic()
        try:
            yield from _follow(connection, live, ended, tell)
        finally:
            ended.set()
        time.sleep(max(0.0, began + _SHORTEST_SECONDS - time.monotonic()))
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
    """The objects after each change, until a watch has to be begun from a new list."""
    sent: SimpleQueue[_Sent] = SimpleQueue()
    for (name, namespace), state in live.resource_versions.items():
        kind = BY_NAME[name]
        version = kind.versions(live.objects.kubernetes_version)[0]
        place = path(version, kind.plural, namespace)
        Thread(target=_watch_list, args=(connection, place, state, ended, sent.put), daemon=True).start()
    objects = live.objects
    while True:
        latest: dict[Identity, _Changed] = {}
        for each in _together(sent):
            match each:
                case _Changed(obj):
                    latest[obj.kind, obj.namespace, obj.name] = each
                case _Said(message):
                    tell(message)
                case _Failed(error):
                    raise error
                case _:
                    return
        changed = _apply(objects, latest)
        if changed is not None:
            objects = changed
            yield objects


def _together(sent: "SimpleQueue[_Sent]") -> Iterator[_Sent]:
    yield sent.get()
    while True:
        try:
            yield sent.get(timeout=_TOGETHER_SECONDS)
        except Empty:
            return


def _apply(objects: Objects, latest: dict[Identity, _Changed]) -> Objects | None:
    """The objects with the changes; None where nothing is other than it was."""
    there = {(obj.kind, obj.namespace, obj.name): obj for obj in objects}
    added = Objects()
    removed = []
    for identity, change in latest.items():
        if change.gone:
            removed += [identity] if identity in there else []
        elif there.get(identity) != change.obj:
            added.add(change.obj, Document("<watch>"))
    return objects.changed(added, removed) if removed or any(True for _ in added) else None


def _watch_list(
    connection: Connection, place: str, state: str, ended: Event, send: Callable[[_Sent], None]
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
            for line in connection.lines(place, query):
                state = _event(connection, place, line, send) or state
                delay, lost, renewed, silent = 0.5, False, False, False
                if ended.is_set():
                    return
            if silent and time.monotonic() - began < _SHORTEST_SECONDS:  # a proxy that cuts it off, say
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
                send(_Said(f"{error}; it is tried again"))
            lost = True
            ended.wait(delay)
            delay = min(2 * delay, _LONGEST_DELAY)


class _ExpiredError(Exception):
    """The server has forgotten the place from which a watch was to go on."""


def _event(connection: Connection, place: str, line: bytes, send: Callable[[_Sent], None]) -> str:
    """Pass an event on; the resourceVersion from which the watch goes on."""
    if not line.strip():
        return ""
    try:
        event = msgspec.json.decode(line, type=_WatchEvent)
        head = msgspec.json.decode(event.object, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _ExpiredError from None
    if event.type == "ERROR":
        raise _ExpiredError
    if event.type != "BOOKMARK":
        decoder = Decoder()
        decoder.read(document(connection, place, bytes(event.object)))
        for problem in decoder.problems:
            send(_Said(f"a change is not seen: {problem}"))
        for obj in decoder.finish():
            send(_Changed(obj, gone=event.type == "DELETED"))
    return head.metadata.resource_version
