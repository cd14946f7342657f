"""One list of an API server, page by page.

Source of the rules: apimachinery/pkg/apis/meta/v1 ListMeta (0.37), and client-go/tools/pager: a list whose
continue token has expired is begun again, and the last time without pages.
"""

from collections.abc import Callable

import msgspec

from rbacpsp.load.connection import Connection
from rbacpsp.load.decode import Decoder
from rbacpsp.load.documents import Doc
from rbacpsp.load.locate import nowhere
from rbacpsp.load.refusals import RefusedError
from rbacpsp.model.objects import Document

PAGE_SIZE = 500
_GONE = 410


class ListMeta(msgspec.Struct, rename="camel", gc=False):
    """What a page says of its list."""

    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class Page(msgspec.Struct, gc=False):
    """A page of a list as the API writes it; its items wait to be decoded."""

    kind: str
    items: list[msgspec.Raw] | None
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)


_PAGE = msgspec.json.Decoder(Page)


def read_list(
    connection: Connection,
    path: str,
    *,
    page_size: int = PAGE_SIZE,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Decoder, str]:
    """Read a whole list: a decoder with its objects, and the resourceVersion from which it may be watched.

    Each page is a document, numbered from 1. `progress` is told after each page how many items were read and
    how many there are.

    Raises:
        RefusedError: The server refused the list, or what it sent is none.
        ConnectError: No answer.
    """
    try:
        return _read(connection, path, page_size, progress)
    except RefusedError as refused:
        if refused.status != _GONE:
            raise
    try:
        return _read(connection, path, page_size, progress)
    except RefusedError as refused:
        if refused.status != _GONE:
            raise
    return _read(connection, path, 0, progress)


def _read(
    connection: Connection, path: str, limit: int, progress: Callable[[int, int], None] | None
) -> tuple[Decoder, str]:
    decoder = Decoder()
    read = number = 0
    query: dict[str, str | int] = {"limit": limit} if limit else {}
    while True:
        body = connection.get(path, query).body
        try:
            page = _PAGE.decode(body)
        except msgspec.MsgspecError as error:
            raise RefusedError(200, f"{path} does not answer with a list: {error}") from None
        number += 1
        read += len(page.items or ())
        decoder.read(document(connection, path, body, number))
        if progress:
            progress(read, read + (page.metadata.remaining_item_count or 0))
        if not page.metadata.continue_:
            return decoder, page.metadata.resource_version
        query["continue"] = page.metadata.continue_


def document(connection: Connection, path: str, body: bytes, number: int = 1) -> Doc:
    """An answer as a document to decode."""
    return Doc(Document(connection.login.server + path, number), body, nowhere)
