"""Reads files of a revision of a git repository with `git`, without a check-out."""

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
    """Copy what `git:REVISION:PATH` names to a folder, and return the path of the copy.

    The path starts at the top of the repository of the current folder, as in `git show REVISION:PATH`.

    Raises:
        RevisionError: There is no such revision or path, this is not a repository, or git cannot be run.
    """
    revision, path = _split(text)
    _git("rev-parse", "--git-dir", error_words=("this is not a git repository", "run rbacpsp inside of it"))
    commit = _git(
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
        error_words=(
            f'there is no revision "{revision}" in this repository',
            "check its name, or git fetch it",
        ),
    )
    object_id = _git(
        *("rev-parse", "--verify", "--quiet", f"{commit.decode().strip()}:{path}"),
        error_words=(
            f'the revision "{revision}" does not contain "{path}"',
            "paths start at the top of the repository",
        ),
    )
    return _written(object_id.decode().strip(), folder / (Path(path).name or "content"))


def _split(text: str) -> tuple[str, str]:
    """The revision and the path.

    Raises:
        RevisionError: One of them is missing.
    """
    revision, colon, path = text.removeprefix(PREFIX).partition(":")
    if not revision or not colon or "\0" in text:
        raise RevisionError(
            "this does not name a revision and a path in it",
            "write git:REVISION:PATH, for example git:main:deploy",
        )
    return revision, path.removeprefix("./").rstrip("/")


def _written(name: str, target: Path) -> Path:
    kind = _git("cat-file", "-t", name).decode().strip()
    if kind != "tree":
        target.write_bytes(_git("cat-file", "blob", name))
        return target
    target.mkdir()
    entries = [
        (attributes.decode().split(), target / name_in_tree.decode("utf-8", "surrogateescape"))
        for attributes, _, name_in_tree in (
            entry.partition(b"\t") for entry in _git("ls-tree", "-r", "-z", name).split(b"\0")[:-1]
        )
    ]
    files = [(attributes[2], file_path) for attributes, file_path in entries if attributes[0] in _FILES]
    contents = _blobs(_git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob, _ in files).encode()))
    for (_, file_path), data in zip(files, contents, strict=True):
        file_path.parent.mkdir(parents=True, exist_ok=True)
        file_path.write_bytes(data)
    return target


def _blobs(answer: bytes) -> Iterator[bytes]:
    """The contents in the output of `git cat-file --batch`: a line with the size, the bytes, a newline."""
    start = 0
    while start < len(answer):
        end = answer.index(b"\n", start)
        size = int(answer[start:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        start = end + size + 2


def _git(
    *arguments: str, stdin: bytes = b"", error_words: tuple[str, str] = ("git fails", "see git fsck")
) -> bytes:
    import subprocess

    try:
        process = subprocess.run(  # noqa: S603 - no shell; arguments of the user follow --end-of-options
            ["git", *arguments],  # noqa: S607 - the git in the user's PATH
            capture_output=True,
            check=False,
            input=stdin,
        )
    except OSError:
        raise RevisionError("git cannot be run", "install git, or check the revision out") from None
    if process.returncode:
        raise RevisionError(*error_words)
    return process.stdout
