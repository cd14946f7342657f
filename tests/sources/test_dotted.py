"""Tests that folders whose names begin with a dot are skipped, and reported if kubectl would read them."""

from pathlib import Path

import pytest

from rbacpsp import LoadError, load
from rbacpsp.sources import read_judged

OBJECT = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
WORDS = "this folder is skipped because its name begins with a dot; kubectl apply -R reads it"
ADVICE = "name it with -f to read it"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(OBJECT, encoding="utf-8")
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OBJECT, encoding="utf-8")
    return path


@pytest.mark.parametrize("inner", ["b.yaml", "b.yml", "b.json", "deep/er/b.yaml", "b.yaml.gz"])
def test_a_dotted_folder_with_manifests_is_named(folder: Path, inner: str) -> None:
    put(folder / "sub" / ".hidden" / inner)
    result = f"{folder}/sub/.hidden: {WORDS}; {ADVICE}"
    assert load(folder).warnings == (result,)
    assert read_judged([folder]).unread == (result,)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".github",
        ".gitlab",
        ".svn",
        ".idea",
        ".vscode",
        ".venv",
        ".cache",
        ".mypy_cache",
        ".terraform",
        "..data",
    ],
)
def test_folders_that_belong_to_tools_are_not_reported(folder: Path, name: str) -> None:
    put(folder / name / "b.yaml")
    assert load(folder).warnings == ()


def test_a_dotted_folder_without_manifests_is_not_reported(folder: Path) -> None:
    put(folder / ".hidden" / "notes.txt")
    put(folder / ".hidden" / ".git" / "b.yaml")
    assert load(folder).warnings == ()


def test_a_dotted_folder_that_is_named_is_read(folder: Path) -> None:
    put(folder / ".hidden" / "b.yaml")
    assert load(folder / ".hidden").warnings == ()
    assert "a" in load(folder / ".hidden").objects.namespaces


def test_a_folder_that_holds_dotted_ones_only_says_which(tmp_path: Path) -> None:
    put(tmp_path / ".hidden" / "b.yaml")
    with pytest.raises(LoadError) as raised:
        load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: there is no .yaml, .yml or .json file in this folder; name {tmp_path}/.hidden, "
        "which is skipped"
    )
