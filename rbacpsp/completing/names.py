"""The names of a cluster for a shell, from a cache that another process fills: a shell never waits long."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FRESH_SECONDS = 60
PATIENCE_SECONDS = 0.15
"""How long a shell is kept waiting for names that nobody has asked for before."""
_MOST_FILES = 2_000
_EVERY = 0.01


def names(kind: str, source: Sequence[str], *, patient: bool = True) -> list[str]:
    """The names of a kind; none where they cannot be had soon enough, or at all.

    Args:
        kind: What they are names of.
        source: The options that say which cluster is asked.
        patient: Whether to wait for names that nobody has asked for before.
    """
    try:
        path = cache_of(source)
        found = _read(path)
        if found is None:
            _fill(path, source)
            found = _wait(path) if patient else None
    except (OSError, ValueError):
        return []
    return [each for each in (found or {}).get(kind, ()) if isinstance(each, str)]


def cache_of(source: Sequence[str]) -> Path:
    """Where the names of a source are kept."""
    room = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    text = "\0".join([*source, *_state(source), os.getcwd(), sys.prefix])  # noqa: PTH109 - a text is wanted
    return Path(room, "rbacpsp", f"names-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json")


def _state(source: Sequence[str]) -> Iterator[str]:
    """What tells that files, or the kubeconfig, have changed."""
    files = [
        value for name, value in zip(source[::2], source[1::2], strict=False) if name in {"-f", "--filename"}
    ]
    if not files:
        config = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
        given = [
            value for name, value in zip(source[::2], source[1::2], strict=False) if name == "--kubeconfig"
        ]
        files = given or config.split(os.pathsep)
    for number, path in enumerate(_files(files)):
        if number >= _MOST_FILES:
            return
        try:
            status = os.stat(path)  # noqa: PTH116 - many files, and this is quicker
        except OSError:
            continue
        yield f"{path}:{status.st_mtime_ns}:{status.st_size}"


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - as above
            for folder, _, inside in os.walk(path):
                yield from (os.path.join(folder, name) for name in inside)  # noqa: PTH118 - as above
        else:
            yield path


def _read(path: Path) -> dict[str, Any] | None:
    """What a cache holds, unless it is too old; one that is being filled holds nothing."""
    try:
        if time.time() - path.stat().st_mtime > FRESH_SECONDS:
            return None
        found = json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return None
    return found if isinstance(found, dict) else None


def _fill(path: Path, source: Sequence[str]) -> None:
    """Have a process of its own read the cluster; the empty cache tells that one is at work."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    os.utime(path)
    subprocess.Popen(  # noqa: S603 - this program itself, with the options that somebody typed
        [sys.executable, "-m", "rbacpsp.cli.completed", str(path), *source],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(path: Path) -> dict[str, Any] | None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(_EVERY)
        if path.stat().st_size:
            return _read(path)
    return None
