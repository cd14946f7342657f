"""Tests that bodies of responses are unpacked in pieces of limited size, and only if they are complete."""

import gzip
import io
import zlib

import pytest
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError

from rbacpsp.sources.answers import answered, receive
from rbacpsp.sources.bodies import body_pieces
from rbacpsp.sources.refusals import RefusedError

LARGEST_PIECE = 1 << 20
TEXT = b'{"kind": "List"}'


def response(body: bytes, encoding: str = "") -> HTTPResponse:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return HTTPResponse(io.BytesIO(body), headers=headers, status=200, preload_content=False)


def test_a_small_body_that_unpacks_to_a_large_one_comes_in_pieces_of_a_megabyte() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    assert len(bomb) < LARGEST_PIECE
    sizes = [len(piece) for piece in body_pieces(response(bomb, "gzip"))]
    assert sum(sizes) == 100_000_000
    assert max(sizes) <= LARGEST_PIECE


def test_no_more_is_unpacked_than_the_limit_allows() -> None:
    bomb = response(gzip.compress(bytes(100_000_000)), "gzip")
    assert receive(bomb, 3_000_000) is None
    assert bomb.tell() < 65_537


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_every_member_of_gzip_data_counts(encoding: str) -> None:
    body = gzip.compress(TEXT[:5]) + gzip.compress(b"") * 1000 + gzip.compress(TEXT[5:])
    assert b"".join(body_pieces(response(body, encoding))) == TEXT


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_a_body_without_an_encoding_is_kept_as_it_is(encoding: str) -> None:
    assert b"".join(body_pieces(response(TEXT, encoding))) == TEXT


@pytest.mark.parametrize("missing", [1, 8, 9, 20])
def test_gzip_data_that_ends_early_is_an_error_even_if_only_the_checksum_is_missing(missing: int) -> None:
    with pytest.raises(DecodeError, match="ends early"):
        list(body_pieces(response(gzip.compress(TEXT)[:-missing], "gzip")))


@pytest.mark.parametrize(
    "body",
    [TEXT, gzip.compress(TEXT) + b"garbage", gzip.compress(TEXT)[:-8] + b"8 bytes."],
    ids=["no gzip data", "bytes behind it", "another checksum"],
)
def test_damaged_gzip_data_is_an_error(body: bytes) -> None:
    with pytest.raises(DecodeError, match="damaged"):
        list(body_pieces(response(body, "gzip")))


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "gzip, deflate"])
def test_an_encoding_that_was_not_requested_is_not_unpacked(encoding: str) -> None:
    received = receive(response(zlib.compress(TEXT), encoding), 1000)
    assert received is not None
    with pytest.raises(RefusedError, match="the answer is in an encoding that was not requested"):
        answered(received, str)
