"""Reads a list of an API server page by page.

Source of the rules: apimachinery/pkg/apis/meta/v1 ListMeta (0.37), and client-go/tools/pager: a list whose
continue token has expired is read again, and the last time without pages.
"""

from collections.abc import Callable

import msgspec

from rbacpsp.decode.decoder import Decoder
from rbacpsp.decode.doc import Doc
from rbacpsp.decode.locate import nowhere
from rbacpsp.model.mismatch import json_mismatch
from rbacpsp.model.origin import Document
from rbacpsp.model.pod_templates import TemplateKinds
from rbacpsp.model.printable import shown
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import limit_reached
from rbacpsp.sources.refusals import RefusedError

PAGE_SIZE = 500
"""The number of objects in one request, as kubectl has it; pods and workloads may be large."""
LONG_PAGE_SIZE = 5_000
"""The same for kinds with small objects, of which a cluster may have many, such as RoleBindings."""
_GONE = 410


class ListMeta(msgspec.Struct, rename="camel", gc=False):
    """The metadata of the list in a page."""

    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class Page(msgspec.Struct, gc=False):
    """A page of a list as the API writes it; its items are not decoded yet."""

    kind: str
    items: list[msgspec.Raw] | None
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)


_PAGE = msgspec.json.Decoder(Page)


def read_list(
    connection: Connection,
    path: str,
    kind: str,
    *,
    page_size: int = PAGE_SIZE,
    progress: Callable[[int, int], None] | None = None,
    templates: TemplateKinds | None = None,
) -> tuple[Decoder, str]:
    """Read a complete list of a kind: a decoder with its objects, and the resourceVersion to watch from.

    Each page is a document, numbered from 1. `progress` is called after each page with how many items were
    read and how many there are. Custom resources of the kinds in `templates` are kept; by default, all known
    ones.

    Raises:
        RefusedError: The server refused the list, or sent something else.
        ConnectError: No answer.
    """
    try:
        return _read(connection, path, kind, page_size, progress, templates)
    except RefusedError as refused:
        if refused.status != _GONE:
            raise
    try:
        return _read(connection, path, kind, page_size, progress, templates)
    except RefusedError as refused:
        if refused.status != _GONE:
            raise
    return _read(connection, path, kind, 0, progress, templates)


def _read(
    connection: Connection,
    path: str,
    kind: str,
    limit: int,
    progress: Callable[[int, int], None] | None,
    templates: TemplateKinds | None,
) -> tuple[Decoder, str]:
    decoder = Decoder(templates=templates)
    read = number = size = 0
    seen = set[str]()
    patience, server = connection.patience, connection.login.server
    query: dict[str, str | int] = {"limit": limit} if limit else {}
    while True:
        body = connection.get(path, query).body
        try:
            page = _PAGE.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            why = json_mismatch(body, Page)
            raise RefusedError(200, f"{path} does not answer with a list: {why}") from None
        if page.kind not in {"List", f"{kind}List"}:
            raise RefusedError(200, f"{path} answers with the kind {shown(page.kind)}, not {kind}List")
        number += 1
        size += len(body)
        if size > patience.list_bytes:
            message = f"{server} lists more than {patience.list_bytes} bytes at {path}"
            raise limit_reached(message, "list-bytes")
        read += len(page.items or ())
        decoder.read(document(connection, path, body, number))
        if progress:
            progress(read, read + (page.metadata.remaining_item_count or 0))
        if not page.metadata.continue_:
            return decoder, page.metadata.resource_version
        if page.metadata.continue_ in seen:
            raise RefusedError(200, f"{path} has no end: a continue token was repeated")
        if number >= patience.pages:
            raise limit_reached(f"{server} lists more than {patience.pages} pages at {path}", "pages")
        seen.add(page.metadata.continue_)
        query["continue"] = page.metadata.continue_


def document(connection: Connection, path: str, body: bytes, number: int = 1) -> Doc:
    """An answer as a document to decode."""
    return Doc(Document(connection.login.server + path, number), body, nowhere)


def single(connection: Connection, request_path: str, expected_kind: str) -> bytes:
    """Request one object of a kind.

    Raises:
        RefusedError: It is something else, or the server refused.
        ConnectError: No answer.
    """
    body = connection.get(request_path).body
    try:
        kind = msgspec.json.decode(body, type=_KindOnly).kind
    except (msgspec.MsgspecError, RecursionError):
        kind = ""
    if kind != expected_kind:
        raise RefusedError(200, f"{request_path} answers with the kind {shown(kind)}, not {expected_kind}")
    return body


class _KindOnly(msgspec.Struct):
    kind: str = ""
