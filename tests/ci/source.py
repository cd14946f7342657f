"""Copies the sources of a release into a git repository with a tag."""

import shutil
from pathlib import Path

from tests.ci.repository import Repository
from tests.docs.console import ROOT

PARTS = (
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "plugins",
    "rbacpsp",
    "requirements",
    "tools",
    ".gitignore",
)
_NOT_OF_IT = shutil.ignore_patterns("__pycache__", "version.txt", "node_modules")


def source(folder: Path, tag: str | None) -> Repository:
    """Copy the sources to a repository of one commit, with a tag or without."""
    (folder / "home").mkdir(parents=True)
    made = Repository(folder / "source")
    made.path.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, made.path / part, ignore=_NOT_OF_IT)
        else:
            shutil.copy(ROOT / part, made.path / part)
    made.run("git", "init", "--quiet")
    made.run("git", "add", "--all")
    made.run("git", "commit", "--quiet", "--message", "release")
    if tag:
        made.run("git", "tag", tag)
    return made
