"""Tests that empty input is an error or a warning, since a failed export is empty too."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import load
from rbacpsp.decode import LoadError
from rbacpsp.sources import read_files, read_judged

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
ADVICE = "check whether the command that wrote it failed, or allow it with --allow-empty"
NOTHING = ["", "\n \n", "# Source: chart/x.yaml\n", "---\n---\n", "null\n", "%YAML 1.1\n---\n"]


def refusal(*paths: Path | str, stdin: bytes = b"") -> str:
    with pytest.raises(LoadError) as raised:
        read_files(paths, stdin=io.BytesIO(stdin))
    with pytest.raises(LoadError) as also:
        read_judged(paths, stdin=io.BytesIO(stdin), keep_going=True)
    assert str(raised.value) == str(also.value)
    return str(raised.value)


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_from_all_sources_together_is_an_error(tmp_path: Path, text: str) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(text, encoding="utf-8")
    other.write_text("", encoding="utf-8")
    assert refusal(one) == f"{one}: nothing was read: this is empty; {ADVICE}"
    assert refusal(tmp_path) == "\n".join(
        f"{path}: nothing was read: this is empty; {ADVICE}" for path in (one, other)
    )
    assert load(tmp_path, allow_empty=True).warnings == ()


@pytest.mark.parametrize("text", NOTHING)
def test_an_empty_file_among_others_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(NAMESPACE, encoding="utf-8")
    empty = tmp_path / "b.yaml"
    empty.write_text(text, encoding="utf-8")
    assert load(tmp_path).warnings == (f"{empty}: nothing was read: this is empty; {ADVICE}",)
    assert load(tmp_path, allow_empty=True).warnings == ()


@pytest.mark.parametrize("text", NOTHING)
def test_an_empty_stream_or_packed_file_is_an_error_among_others_too(tmp_path: Path, text: str) -> None:
    some = tmp_path / "a.yaml"
    some.write_text(NAMESPACE, encoding="utf-8")
    packed = tmp_path / "b.yaml.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert refusal(some, packed) == f"{packed}: nothing was read: this is empty; {ADVICE}"
    assert refusal(some, "-", stdin=text.encode()) == f"<stdin>: nothing was read: this is empty; {ADVICE}"
    with pytest.raises(LoadError):
        load(some, packed, keep_going=True)
    assert load(some, packed, allow_empty=True).warnings == ()


@given(st.text("#\n\r\u2028 -x.%", max_size=30))
def test_input_without_a_document_is_refused(text: str) -> None:
    with pytest.raises(LoadError, match=r"\A<stdin>"):
        read_files(["-"], stdin=io.BytesIO(text.encode()))


def test_an_empty_list_is_a_valid_export(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('{"apiVersion": "v1", "kind": "List", "items": []}', encoding="utf-8")
    assert list(load(path).loaded) == []


def test_what_is_skipped_is_a_warning_of_the_cluster(tmp_path: Path) -> None:
    path = tmp_path / "in.yaml"
    path.write_text(f"{NAMESPACE}---\nkind: Role\n---\na: [\n", encoding="utf-8")
    warnings = load(path, keep_going=True).warnings
    assert [line.partition(": ")[0] for line in warnings] == ["skipped", "skipped"]
    assert warnings[0] == (
        f"skipped: {path}, document 2, line 5: there is no apiVersion; every Kubernetes object has a "
        "kind and an apiVersion"
    )


def test_keep_going_without_anything_readable_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "in.yaml"
    path.write_text("a: [\n", encoding="utf-8")
    with pytest.raises(LoadError):
        load(path, keep_going=True)
