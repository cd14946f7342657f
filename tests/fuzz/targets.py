"""The targets of the fuzzer: each gets bytes, and may raise only its documented errors."""

import gzip
import json
import tempfile
from collections.abc import Callable
from contextlib import chdir, suppress
from io import BytesIO
from pathlib import Path
from random import Random

from click.testing import CliRunner

from rbacpsp import ConnectError, LoadError
from rbacpsp.cli import main
from rbacpsp.cluster import Cluster
from rbacpsp.decode import parse_yaml
from rbacpsp.model import Objects
from rbacpsp.sources import read_files
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import read_live
from rbacpsp.sources.snapshot import write_snapshot
from tests.live.fake import Asked, Reply, run_fake
from tests.reader.mutations import KINDS
from tests.reader.odd import odd
from tests.reader.seeds import seeds

_QUICK = Patience(connect=20, read=20, request=20, attempts=1, first_delay=0.01, longest_delay=0.01)
SAMPLE = str(Path(__file__).parents[2] / "sample_clusters" / "psp-by-example")
_EXITS = frozenset({0, 1, 2, 3})
_BEFORE = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kept-before}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
"""
_AFTER = "\n---\n" + _BEFORE.replace("kept-before", "kept-after")


class WrongError(Exception):
    """A target broke its documented behavior."""


def files(data: bytes) -> None:
    """A file: objects, or a LoadError; with keep_going the good documents around a bad one are read."""
    for keep_going in (False, True):
        try:
            loaded = read_files(["-"], stdin=BytesIO(data), keep_going=keep_going)
        except LoadError:
            continue
        Cluster(loaded.objects).audit()
    with suppress(LoadError, UnicodeDecodeError):
        parse_yaml(data.decode())
    around = _BEFORE.encode() + data + _AFTER.encode()
    try:
        loaded = read_files(["-"], stdin=BytesIO(around), keep_going=True)
    except LoadError:
        return
    whole = any(problem.document == 0 for problem in loaded.skipped)
    missing = {"kept-before", "kept-after"} - loaded.objects.cluster_roles.keys()
    # What follows a text that is open at the end of the bad document belongs to it; that is reported.
    if missing and not whole and not loaded.skipped:
        raise WrongError(f"{sorted(missing)} are not read, and nothing is said")
    for name in {"kept-before", "kept-after"} - missing:
        if loaded.objects.cluster_roles[name].rules[0].verbs != ("get",):
            raise WrongError(f"{name} is read otherwise")


def packed(data: bytes) -> None:
    """A file that may be gzip: objects, or a LoadError."""
    with suppress(LoadError):
        read_files(["-"], stdin=BytesIO(data))


def server(data: bytes) -> None:
    """A server that sends these bytes for all requests but its version: a cluster, or a one-line error."""

    def reply(asked: Asked, _count: int) -> Reply | None:
        return None if asked.path == "/version" and data[:1] != b"v" else Reply(data.removeprefix(b"v"))

    with (
        tempfile.TemporaryDirectory() as folder,
        run_fake(reply) as fake,
        suppress(ConnectError, LoadError),
    ):
        read_live(kubeconfig=fake.kubeconfig(Path(folder)), patience=_QUICK)


def command_line(data: bytes) -> None:
    """The words of a command line, one per line: a documented exit code, and no traceback."""
    words = [
        SAMPLE if word == "SAMPLE" else word
        for word in data.decode("utf-8", "replace").replace("\0", "").split("\n")
    ]
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        outcome = CliRunner().invoke(main, words, input=b"", env={"KUBECONFIG": "/nonexistent"})
    if not isinstance(outcome.exception, SystemExit | None) or outcome.exit_code not in _EXITS:
        raise WrongError(f"exit code {outcome.exit_code}: {outcome.exception!r}") from outcome.exception


TARGETS: dict[str, Callable[[bytes], None]] = {
    "files": files,
    "packed": packed,
    "server": server,
    "command_line": command_line,
}

_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
"""Commands with their first words, and words that may stand anywhere."""


def made(target: str, random: Random) -> bytes:
    """An input for a target."""
    texts = seeds()
    kind = random.choice([*KINDS, "odd"])
    text = KINDS[kind](random, texts) if kind in KINDS else odd(random)
    if target == "packed":
        data = bytearray(gzip.compress(random.choice([text, _snapshot()]), mtime=0))
        for _ in range(random.randrange(4)):
            at = random.randrange(len(data))
            data[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
        return bytes(data)
    if target == "server":
        whole = json.dumps({"kind": "List", "metadata": {"continue": random.choice(["", "x"])}, "items": []})
        start = random.choice([b"", b"v"])
        return start + random.choice([text, KINDS["JSON"](random, texts), KINDS["bytes"](random, [whole])])
    if target == "command_line":
        words = random.choice(_WORDS["commands"]).split()
        words += ["-f", "SAMPLE"] * (random.random() < 0.7)
        for _ in range(random.randrange(4)):
            words.insert(random.randrange(len(words) + 1), random.choice(_WORDS["words"]))
        return "\n".join(words).encode()
    return text


def _snapshot() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "snapshot.json.gz")
        write_snapshot(path, Objects())
        return gzip.decompress(path.read_bytes())
