"""Tests that files and folders are written completely or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from rbacpsp.sources.atomic_write import (
    OWN,
    NotEmptyError,
    ProtectedError,
    replaced_file,
    replaced_folder,
    written_once,
)


class StoppedError(Exception):
    """An error that interrupts a writer."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_completely(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("a longer text")
    with replaced_file(file) as stream:
        stream.write(b"new")
        assert file.read_text() == "a longer text"
    assert file.read_text() == "new"
    assert names(tmp_path) == ["a"]


def test_a_failure_does_not_change_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    with suppress(StoppedError), replaced_file(file) as stream:
        stream.write(b"new")
        raise StoppedError
    assert file.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_an_existing_file_keeps_its_mode_and_a_new_one_follows_the_umask(tmp_path: Path) -> None:
    old, new, own = tmp_path / "old", tmp_path / "new", tmp_path / "own"
    old.touch()
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        for file, mode in ((old, 0o666), (new, 0o666), (own, OWN)):
            with replaced_file(file, mode):
                pass
    finally:
        os.umask(before)
    assert [oct(stat.S_IMODE(each.stat().st_mode)) for each in (old, new, own)] == ["0o640", "0o640", "0o600"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "to").write_text("old")
    link = tmp_path / "link"
    link.symlink_to("to")
    with replaced_file(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "to").read_text() == "new"


def test_a_device_is_written_and_not_replaced() -> None:
    with replaced_file("/dev/null") as stream:
        stream.write(b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_open_stream_is_written_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("before\n")
    with file.open("ab") as opened:
        with replaced_file(f"/dev/fd/{opened.fileno()}") as stream:
            stream.write(b"new\n")
        opened.write(b"after\n")
    assert file.read_text() == "before\nnew\nafter\n"
    reader, writer = os.pipe()
    with replaced_file(f"/proc/self/fd/{writer}") as stream:
        stream.write(b"new")
    os.close(writer)
    with os.fdopen(reader, "rb") as end:
        assert end.read() == b"new"
    with pytest.raises(OSError, match="Bad file descriptor"):
        replaced_file("/dev/fd/1023").__enter__()


def test_a_path_that_leads_nowhere_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    for place in ("", "loop"):
        with pytest.raises(OSError, match=r"No such file|symbolic links"):
            replaced_file(place).__enter__()
        with pytest.raises(OSError, match=r"No such file|symbolic links"):
            replaced_folder(place).__enter__()
    assert names(tmp_path) == ["loop"]
    (tmp_path / "new").symlink_to("to")
    with replaced_file("new"):
        pass
    assert names(tmp_path) == ["loop", "new", "to"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        replaced_file(tmp_path).__enter__()


def test_an_error_names_what_was_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as refusal, replaced_file("gone/a"):
        pass
    assert str(refusal.value) == "[Errno 2] No such file or directory: 'gone/a'"
    with pytest.raises(FileNotFoundError) as refusal, replaced_folder("gone/a"):
        pass
    assert str(refusal.value) == "[Errno 2] No such file or directory: 'gone/a'"
    with pytest.raises(FileNotFoundError) as refusal:
        written_once("gone/a", b"")
    assert str(refusal.value) == "[Errno 2] No such file or directory: 'gone/a'"
    with pytest.raises(FileNotFoundError) as refusal, replaced_folder("new") as folder:
        (folder / "gone" / "inner").write_bytes(b"")
    assert str(refusal.value) == "[Errno 2] No such file or directory: 'new/gone/inner'"
    long = "a" * 300
    with pytest.raises(OSError, match=f"^\\[Errno 36\\] File name too long: '{long}'$"), replaced_file(long):
        pass
    assert names(tmp_path) == []


def test_a_new_and_an_empty_folder_are_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        with replaced_folder(tmp_path / name) as folder:
            (folder / "a").write_text("a")
        assert names(tmp_path / name) == ["a"]
    assert names(tmp_path) == ["empty", "new"]


def test_a_folder_that_is_not_empty_is_replaced_with_force_only(tmp_path: Path) -> None:
    result = tmp_path / "out"
    result.mkdir()
    (result / "old").touch()
    with pytest.raises(NotEmptyError, match="out is not empty: --force replaces its content"):
        replaced_folder(result).__enter__()
    assert names(result) == ["old"]
    with replaced_folder(result, force=True) as folder:
        (folder / "new").touch()
        assert names(result) == ["old"]
    assert names(result) == ["new"]
    assert names(tmp_path) == ["out"]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    result = tmp_path / "out"
    result.mkdir()
    (result / "old").touch()
    with suppress(StoppedError), replaced_folder(result, force=True) as folder:
        (folder / "new").touch()
        raise StoppedError
    assert names(result) == ["old"]
    assert names(tmp_path) == ["out"]


def test_the_working_directory_and_those_above_it_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "mine").touch()
    for place in (Path(), tmp_path / "a", tmp_path):
        with pytest.raises(ProtectedError, match="is never replaced: name another folder"):
            replaced_folder(place, force=True).__enter__()
