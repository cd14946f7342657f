"""The files of a revision of a git repository, read through `git` itself and without a check-out."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

PREFIX = "git:"
_FILES = frozenset({"100644", "100755"})
"""The modes of files; links and submodules are ignored."""


class RevisionError(Exception):
    """A revision or a path in it cannot be read."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def copied(text: str, folder: Path) -> Path:
    """Copy what `git:REVISION:PATH` names to a folder; returns the place of the file or folder there.

    The path starts at the top of the repository of the current folder, as in `git show REVISION:PATH`.

    Raises:
        RevisionError: There is no such revision or path, this is no repository, or git cannot be run.
    """
    revision, path = _split(text)
    _git("rev-parse", "--git-dir", otherwise=("this is no git repository", "run rbacpsp inside of it"))
    commit = _git(
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
        otherwise=(
            f'there is no revision "{revision}" in this repository',
            "check its name, or git fetch it",
        ),
    )
    there = _git(
        *("rev-parse", "--verify", "--quiet", f"{commit.decode().strip()}:{path}"),
        otherwise=(
            f'the revision "{revision}" holds no "{path}"',
            "paths start at the top of the repository",
        ),
    )
    return _written(there.decode().strip(), folder / (Path(path).name or "content"))


def _split(text: str) -> tuple[str, str]:
    """The revision and the path.

    Raises:
        RevisionError: One of them is missing.
    """
    revision, colon, path = text.removeprefix(PREFIX).partition(":")
    if not revision or not colon or "\0" in text:
        raise RevisionError(
            "this names no revision and a path in it", "write git:REVISION:PATH, for example git:main:deploy"
        )
    return revision, path.removeprefix("./").rstrip("/")


def _written(name: str, target: Path) -> Path:
    kind = _git("cat-file", "-t", name).decode().strip()
    if kind != "tree":
        target.write_bytes(_git("cat-file", "blob", name))
        return target
    target.mkdir()
    entries = [
        (about.decode().split(), target / inner.decode("utf-8", "surrogateescape"))
        for about, _, inner in (
            entry.partition(b"\t") for entry in _git("ls-tree", "-r", "-z", name).split(b"\0")[:-1]
        )
    ]
    files = [(about[2], place) for about, place in entries if about[0] in _FILES]
    contents = _blobs(_git("cat-file", "--batch", given="".join(f"{blob}\n" for blob, _ in files).encode()))
    for (_, place), data in zip(files, contents, strict=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return target


def _blobs(answer: bytes) -> Iterator[bytes]:
    """The contents in what `git cat-file --batch` prints: a line with the size, the bytes, a newline."""
    start = 0
    while start < len(answer):
        end = answer.index(b"\n", start)
        size = int(answer[start:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        start = end + size + 2


def _git(
    *arguments: str, given: bytes = b"", otherwise: tuple[str, str] = ("git fails", "see git fsck")
) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; what is given stands behind options that end them
            ["git", *arguments],  # noqa: S607 - the git of the user's own PATH is meant
            capture_output=True,
            check=False,
            input=given,
        )
    except OSError:
        raise RevisionError("git cannot be run", "install git, or check the revision out") from None
    if done.returncode:
        raise RevisionError(*otherwise)
    return done.stdout
