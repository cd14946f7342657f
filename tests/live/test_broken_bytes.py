"""Tests that an answer of broken bytes is read as a whole, or ends a command with one clear line."""

import gzip
import json
import zlib
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.refusals import RefusedError
from tests.live.fake import Fake
from tests.live.raw import VERSION, Reset, Write, answer, run_raw

ROLES = "/apis/rbac.authorization.k8s.io/v1/roles"
EMPTY = answer(b'{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}')
RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
LIST = {
    "kind": "RoleList",
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "metadata": {"resourceVersion": "7"},
    "items": [{"metadata": {"name": name, "namespace": "x"}, "rules": [RULE]} for name in "ab"],
}
GOOD = json.dumps(LIST).encode()
SIZE = len(GOOD)
JSON, CHUNKED = b"Content-Type: application/json", b"Transfer-Encoding: chunked"
GZIP = gzip.compress(GOOD)

WHOLE = """\
ROLE     NAMESPACE   HOW       NAMES
Role/a   x           by name
Role/b   x           by name
"""
CHECK = "check its address in the kubeconfig, and the proxies on the way"
BROKE = "error: the connection to URL broke: try again ({})"
INVALID = f"error: URL does not answer in valid HTTP: {CHECK} ({{}})"
HEADER = INVALID.format("its header is not valid")
OTHER = f"error: URL does not answer in HTTP: {CHECK}"
TLS = "error: URL answers with TLS: write https:// in place of http:// in the kubeconfig"
REFUSED = "error: URL cannot list roles now ({}): try again"
NO_LIST = REFUSED.format(f"{ROLES} does not answer with a list: {{}}")
VALUE = f"error: URL{ROLES}, document 1: a value in this JSON cannot be read: {{}}; fix the JSON"
ONE = "remove one of the two: only the last would be read"
EARLY = BROKE.format("the answer ended early")


def head(*lines: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join((b"HTTP/1.1 " + status, JSON, *lines)) + b"\r\n\r\n"


def length(number: int | str) -> bytes:
    return f"Content-Length: {number}".encode()


def plain(*lines: bytes, body: bytes = GOOD, status: bytes = b"200 OK") -> bytes:
    return head(*lines, length(len(body)), status=status) + body


def encoded(body: bytes, name: bytes) -> bytes:
    return plain(b"Content-Encoding: " + name, body=body)


def chunked(*lines: bytes, size: bytes = b"%x" % SIZE, after: bytes = b"0\r\n\r\n") -> bytes:
    return head(CHUNKED, *lines) + size + b"\r\n" + GOOD + b"\r\n" + after


def with_item(text: str) -> bytes:
    """The list with more in its first item."""
    return plain(body=GOOD.replace(b'{"metadata"', b'{"x": ' + text.encode() + b', "metadata"', 1))


def named(name: bytes) -> bytes:
    return plain(body=GOOD.replace(b'"a"', b'"' + name + b'"'))


FAULTS: dict[str, tuple[bytes, str]] = {
    # The length of the body.
    "a length that is too small": (head(length(SIZE - 9)) + GOOD, NO_LIST.format("it is not JSON")),
    "a length that leaves out garbage": (plain() + b"garbage", WHOLE),
    "a length that is too large": (head(length(SIZE + 9)) + GOOD, EARLY),
    "a length of 19 digits": (head(length("9" * 18)) + GOOD, EARLY),
    "a length of 30 digits": (head(length("9" * 30)) + GOOD, HEADER),
    "a negative length": (head(length(-5)) + GOOD, HEADER),
    "a length in words": (head(length("many")) + GOOD, HEADER),
    "a length with an underscore": (head(length(f"{SIZE // 10}_{SIZE % 10}")) + GOOD, HEADER),
    "an empty length": (head(length("")) + GOOD, HEADER),
    "two lengths": (head(length(SIZE), length(SIZE - 9)) + GOOD, HEADER),
    "one length twice": (plain(length(SIZE)), WHOLE),
    "a length and chunks": (chunked(length(10)), WHOLE),
    "a length and chunks that are none": (head(CHUNKED, length(SIZE)) + GOOD, EARLY),
    # Chunks.
    "chunks of a size in words": (chunked(size=b"many"), EARLY),
    "chunks of a negative size": (chunked(size=b"-5"), EARLY),
    "chunks of a size that is too large": (chunked(size=b"%x" % (SIZE + 500)), EARLY),
    "chunks of a size that is too small": (chunked(size=b"%x" % (SIZE - 9)), EARLY),
    "chunks of a size of 40 digits": (chunked(size=b"f" * 40), EARLY),
    "chunks without an end": (chunked(after=b""), EARLY),
    "chunks with an extension of garbage": (chunked(size=b'%x;\x00\xff="x' % SIZE), WHOLE),
    "chunks with an extension of a megabyte": (
        chunked(size=b"%x;" % SIZE + b"x" * 1_000_000),
        INVALID.format("its header has a line that is too long"),
    ),
    "chunks with a trailer of a megabyte": (
        chunked(after=b"0\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n"),
        INVALID.format("its header has a line that is too long"),
    ),
    "chunks of gzip": (
        head(b"Transfer-Encoding: gzip, chunked") + b"%x\r\n" % len(GZIP) + GZIP + b"\r\n0\r\n\r\n",
        HEADER,
    ),
    "no chunks": (plain(b"Transfer-Encoding: identity"), HEADER),
    "chunks twice": (chunked(CHUNKED), HEADER),
    # The status line and the header.
    "a header line of a megabyte": (
        plain(b"X: " + b"x" * 1_000_000),
        INVALID.format("its header has a line that is too long"),
    ),
    "a thousand header lines": (plain(*[b"X: x"] * 1000), HEADER),
    "NUL in the value of a header": (plain(b"X: \x00"), HEADER),
    "NUL in the name of a header": (plain(b"X\x00Y: z"), HEADER),
    "a bracket in the name of a header": (plain(b"X(Y): z"), HEADER),
    "a carriage return in a header": (plain(b"X: y\rX: z"), HEADER),
    "a header without a name": (plain(b"nonsense"), HEADER),
    "a header of two lines": (plain(b"X: y", b" z"), WHOLE),
    "a header in Latin-1": (plain(b"X: \xe4"), WHOLE),
    "a header without carriage returns": (plain().replace(b"\r\n", b"\n"), WHOLE),
    "a status line of a megabyte": (
        plain(status=b"200 " + b"x" * 1_000_000),
        INVALID.format("its header has a line that is too long"),
    ),
    "no status line": (plain().partition(b"\r\n")[2], OTHER),
    "HTTP/0.9": (GOOD, OTHER),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OTHER),
    "frames of HTTP/2": (bytes.fromhex("000006040000000000000500004000"), OTHER),
    "a later HTTP": (plain().replace(b"HTTP/1.1", b"HTTP/3.7"), OTHER),
    "a status in words": (plain(status=b"good"), OTHER),
    "an alert of TLS": (bytes.fromhex("15030300020228"), TLS),
    "a handshake of TLS": (bytes.fromhex("160303007a020000760303") + bytes(115), TLS),
    # Statuses.
    "early hints": (head(status=b"103 Early Hints") * 50 + plain(), WHOLE),
    "early hints without an end": (
        head(b"X: " + b"x" * 60_000, status=b"103 Early Hints") * 200 + plain(),
        HEADER,
    ),
    "early hints that are not valid": (head(b"nonsense", status=b"103 Early Hints") + plain(), HEADER),
    "continue, and then an answer": (head(status=b"100 Continue") * 50 + plain(), WHOLE),
    "another protocol": (plain(status=b"101 Switching Protocols"), REFUSED.format("HTTP 101")),
    "no content, with a body": (plain(status=b"204 No Content"), REFUSED.format("HTTP 204")),
    "a part of the content": (plain(status=b"206 Partial Content"), REFUSED.format("HTTP 206")),
    "not modified, with a body": (plain(status=b"304 Not Modified"), REFUSED.format("HTTP 304")),
    # A connection that is closed.
    "nothing": (b"", BROKE.format("the server closed it without an answer")),
    "a part of the status line": (b"HTTP/1.1 2", EARLY),
    "a part of the header": (head()[:30], EARLY),
    "a part of the header, up to the end of a line": (head()[:-2], EARLY),
    "a header": (head(length(SIZE)), EARLY),
    "a part of the body": (plain()[:-9], EARLY),
    "a part of a body without a length": (head() + GOOD[:-9], NO_LIST.format("it is not JSON")),
    # Compression.
    "half of gzip": (encoded(GZIP[:50], b"gzip"), BROKE.format("its gzip data ends early")),
    "gzip with bytes after it": (encoded(GZIP + b"more", b"gzip"), BROKE.format("its gzip data is damaged")),
    "gzip of nothing": (encoded(b"", b"gzip"), NO_LIST.format("it is empty")),
    "gzip that is not announced": (plain(body=GZIP), REFUSED.format("the answer is not UTF-8 text")),
    "gzip of gzip": (
        encoded(gzip.compress(GZIP), b"gzip"),
        REFUSED.format("the answer is in an encoding that was not requested"),
    ),
    "deflate": (
        encoded(zlib.compress(GOOD), b"deflate"),
        REFUSED.format("the answer is in an encoding that was not requested"),
    ),
    # Text.
    "a mark of the byte order": (plain(body=b"\xef\xbb\xbf" + GOOD), NO_LIST.format("it is not JSON")),
    "invalid UTF-8": (named(b"a\xff"), REFUSED.format("the answer is not UTF-8 text")),
    "an overlong form": (named(b"a\xc0\x80"), REFUSED.format("the answer is not UTF-8 text")),
    "a surrogate in UTF-8": (named(b"a\xed\xa0\x80"), REFUSED.format("the answer is not UTF-8 text")),
    "UTF-16": (
        plain(body=GOOD.decode().encode("utf-16")),
        REFUSED.format("the answer is not UTF-8 text"),
    ),
    "UTF-16 without a mark": (
        plain(body=GOOD.decode().encode("utf-16-le")),
        NO_LIST.format("it is not JSON"),
    ),
    # JSON.
    "NaN": (with_item("NaN"), NO_LIST.format("it is not JSON")),
    "infinity": (with_item("-Infinity"), NO_LIST.format("it is not JSON")),
    "half of a surrogate pair": (with_item(r'"\ud800"'), NO_LIST.format("it is not JSON")),
    "a number of 5,000 digits": (with_item("9" * 5000), VALUE.format("a number is out of range")),
    "a number with a large exponent": (with_item("1e999999"), VALUE.format("a number is out of range")),
    "items twice": (
        plain(body=GOOD[:-1] + b', "items": []}'),
        f'error: URL{ROLES}, document 1: the key "items" appears twice; {ONE}',
    ),
    "lists within lists": (
        with_item("[" * 100_000 + "]" * 100_000),
        NO_LIST.format("its nesting is too deep"),
    ),
    "a control character in a string": (named(b"a\x1b[31m"), NO_LIST.format("it is not JSON")),
    "two lists": (plain(body=GOOD * 2), NO_LIST.format("it is not JSON")),
    "NUL after the list": (plain(body=GOOD + b"\x00"), NO_LIST.format("it is not JSON")),
    # The type of the content.
    "a list as HTML": (plain().replace(b"application/json", b"text/html"), WHOLE),
    "a list without a type": (plain().replace(JSON + b"\r\n", b""), WHOLE),
    "a list as protobuf": (
        plain(body=b"k8s\x00\n\x0f\n\x02v1\x12\tRoleList\x12\x00").replace(
            b"json", b"vnd.kubernetes.protobuf"
        ),
        NO_LIST.format("it is not JSON"),
    ),
    # Redirects.
    "a redirect to itself": (
        head(b"Location: " + ROLES.encode(), length(0), status=b"302 Found"),
        REFUSED.format(f"HTTP 302, a redirect to {ROLES}"),
    ),
    "a redirect of garbage with the token": (
        head(b"Location: [31m\xa0secret-token", length(0), status=b"307 Temporary Redirect"),
        REFUSED.format("HTTP 307, a redirect to [31m <hidden>"),
    ),
    "a redirect with control characters": (
        head(b"Location: \x1b[31m", length(0), status=b"307 Temporary Redirect"),
        HEADER,
    ),
}

OK = b"HTTP/1.1 200 OK\r\n"


def ask(url: str, folder: Path, *more: str) -> Result:
    limits = ["--live-limit", "attempts=1", "--live-limit", "request-seconds=60"]
    login = ["--kubeconfig", Fake(url).kubeconfig(folder)]
    return CliRunner().invoke(main, ["roles", "get", "pods", "--strict", *login, *limits, *more])


def usual(path: str, write: Write) -> None:
    write(VERSION if path == "/version" else plain() if path == ROLES else EMPTY)


def judge(result: Result, url: str, expected: str) -> None:
    """Check the complete output, in which a token cannot be."""
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    if expected == WHOLE:
        assert (result.exit_code, result.stderr, result.stdout) == (0, "", WHOLE)
    else:
        said = result.stderr.replace(url, "URL")
        assert (result.exit_code, said, result.stdout) == (2, f"{expected}\n", "")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_list_of_broken_bytes_is_read_as_a_whole_or_refused_in_one_line(tmp_path: Path, fault: str) -> None:
    sent, expected = FAULTS[fault]
    # Otherwise the program may send its next request on a connection that is about to be closed.
    closing = sent.replace(OK, OK + b"Connection: close\r\n", 1) if sent.startswith(OK) else sent

    def behave(path: str, write: Write, _: Event) -> None:
        if path == ROLES:
            write(closing)
            raise OSError  # closes the connection
        usual(path, write)

    with run_raw(behave) as url:
        judge(ask(url, tmp_path), url, expected)


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_bytes_for_a_version_end_a_command_with_one_line(tmp_path: Path, fault: str) -> None:
    def behave(_: str, write: Write, __: Event) -> None:
        write(FAULTS[fault][0])
        raise OSError

    with run_raw(behave) as url:
        result = ask(url, tmp_path)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(("error: the connection to http://", "error: http://"))
    assert line.isprintable()
    assert "secret-token" not in line


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", BROKE.format("the server reset it")),
        (b"HTTP/1.1 2", BROKE.format("the server reset it")),
        (head()[:-2], BROKE.format("the server reset it")),
        (head(length(SIZE)), BROKE.format("the server reset it")),
        (plain()[:-9], BROKE.format("the server reset it")),
        (head() + GOOD[:-9], BROKE.format("the server reset it")),
    ],
    ids=["nothing", "a status line", "a header", "no body", "half of a body", "a body without a length"],
)
def test_a_connection_that_is_reset_is_reported_in_one_line(
    tmp_path: Path, sent: bytes, expected: str
) -> None:
    def behave(path: str, write: Write, over: Event) -> None:
        if path != ROLES:
            usual(path, write)
            return
        write(sent)
        over.wait(0.2)  # the client reads what came before the reset
        raise Reset

    with run_raw(behave) as url:
        judge(ask(url, tmp_path), url, expected)


@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308"])
def test_nothing_is_sent_to_the_host_of_a_redirect(tmp_path: Path, status: bytes) -> None:
    asked: list[str] = []

    def elsewhere(path: str, write: Write, _: Event) -> None:
        asked.append(path)
        usual(path, write)

    with run_raw(elsewhere) as other:

        def behave(path: str, write: Write, _: Event) -> None:
            if path == ROLES:
                write(
                    head(
                        b"Location: " + other.encode() + ROLES.encode(), length(0), status=status + b" Found"
                    )
                )
            else:
                usual(path, write)

        with run_raw(behave) as url:
            expected = REFUSED.format(f"HTTP {status.decode()}, a redirect to {other}{ROLES}")
            judge(ask(url, tmp_path), url, expected)
    assert asked == []


def test_an_answer_that_nobody_asked_for_is_not_that_of_the_next_request(tmp_path: Path) -> None:
    def behave(path: str, write: Write, _: Event) -> None:
        write(VERSION + named(b"stranger") if path == "/version" else b"")
        if path != "/version":
            usual(path, write)

    with run_raw(behave) as url:
        judge(ask(url, tmp_path), url, WHOLE)


@pytest.mark.parametrize("status", [b"101 Switching Protocols", b"204 No Content", b"304 Not Modified"])
def test_what_follows_an_answer_without_a_body_is_not_that_of_the_next_request(
    tmp_path: Path, status: bytes
) -> None:
    open_connections: list[Write] = []

    def behave(path: str, write: Write, _: Event) -> None:
        if path == "/first":
            open_connections.append(write)
            write(head(status=status))
            return
        if write in open_connections:
            write(answer(b'"of the first"'))
        write(answer(b'"of the second"'))

    with run_raw(behave) as url:
        connection = Connection(kubeconfig=Fake(url).kubeconfig(tmp_path))
        with pytest.raises(RefusedError):
            connection.get("/first")
        assert connection.get("/second").body == b'"of the second"'
        connection.close()
