"""Reads the names of a cluster from a cache that another process fills, so that a shell never waits long."""

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
"""How long a shell waits for names that are not in the cache."""
_MOST_FILES = 2_000
_EVERY = 0.01


def names(kind: str, source: Sequence[str], *, patient: bool = True) -> list[str]:
    """The names of a kind; none if they are not known soon enough, or at all.

    Args:
        kind: The kind of names.
        source: The options that select the cluster.
        patient: Whether to wait for names that are not in the cache.
    """
    try:
        path = cache_of(source)
        cached = _read(path)
        if cached is None:
            _fill(path, source)
            cached = _wait(path) if patient else None
    except (OSError, ValueError):
        return []
    return [name for name in (cached or {}).get(kind, ()) if isinstance(name, str)]


def cache_of(source: Sequence[str]) -> Path:
    """The path of the cache of a source."""
    cache_folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    text = "\0".join([*source, *_state(source), os.getcwd(), sys.prefix])  # noqa: PTH109 - a text is wanted
    return Path(cache_folder, "rbacpsp", f"names-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json")


def _state(source: Sequence[str]) -> Iterator[str]:
    """Texts that change with the files or the kubeconfig."""
    files = [
        value for name, value in zip(source[::2], source[1::2], strict=False) if name in {"-f", "--filename"}
    ]
    if not files:
        config = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
        kubeconfigs = [
            value for name, value in zip(source[::2], source[1::2], strict=False) if name == "--kubeconfig"
        ]
        files = kubeconfigs or config.split(os.pathsep)
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
    """The content of a cache, unless it is too old; empty while it is being filled."""
    try:
        if time.time() - path.stat().st_mtime > FRESH_SECONDS:
            return None
        content = json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return None
    return content if isinstance(content, dict) else None


def _fill(path: Path, source: Sequence[str]) -> None:
    """Start a process that reads the cluster; the empty cache shows that one is running."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    os.utime(path)
    subprocess.Popen(  # noqa: S603 - this program itself, with the options that somebody typed
        [sys.executable, "-m", "rbacpsp.cli.completion_names", str(path), *source],
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
