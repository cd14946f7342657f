"""Tests that the pages for contributors name existing files, make targets, modules and tests."""

import re
from importlib.util import find_spec

import pytest

from tests.docs.console import ROOT

PAGES = ("CONTRIBUTING.md", "SECURITY.md")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TEXT = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
QUOTED = re.findall(r"`([^`\n]+)`", TEXT)
FILES = sorted(
    {word for word in QUOTED if re.fullmatch(r"(rbacpsp|tests|tools|requirements|docs)/[\w./-]+", word)}
)
TARGETS = sorted({word.split()[1] for word in QUOTED if re.match(r"make [a-z]", word)})
MODULES = sorted({word.split()[2] for word in QUOTED if word.startswith("python -m ")})
TESTS = sorted({word for word in QUOTED if re.fullmatch(r"test_\w+", word)})


def test_contributing_names_files_targets_modules_and_tests() -> None:
    assert min(map(len, (FILES, TARGETS, MODULES, TESTS))) > 1


@pytest.mark.parametrize("path", [path for path in FILES if "NAME" not in path])
def test_a_named_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_named_target_of_make_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_run(module: str) -> None:
    assert find_spec(module) is not None


@pytest.mark.parametrize("name", TESTS)
def test_a_named_test_exists(name: str) -> None:
    assert any(
        f"def {name}(" in path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
