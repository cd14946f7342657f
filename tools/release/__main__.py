"""Records a Kubernetes release: `python -m tools.release v1.38.0`, from the top of the repository.

What needs a server is asked of the one that tests/apiserver/current builds, so its go.mod is moved to the
release first; without a release the one that is required already is recorded again. Go, etcd and the network
are needed. README.md says what is written, CONTRIBUTING.md what is left to do by hand.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.live.server import SOURCES, required_release, run_server
from tools.release import discovery, podsecurity

ROOT = Path(__file__).resolve().parents[2]
SERVER = SOURCES / "current"
SCHEMA = ROOT / "tools" / "schema"
TABLE = ROOT / "rbacpsp" / "decode" / "schema.json"
BOOTSTRAP = ROOT / "tools" / "bootstrap" / "generate.py"


def main() -> None:
    """Run every generator, or the one that is named."""
    steps: dict[str, Callable[[], None]] = {
        "schema": _schema,
        "bootstrap": _bootstrap,
        "fixtures": _fixtures,
        "server": _server,
    }
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("release", nargs="?", help="for example v1.38.0")
    parser.add_argument("--only", choices=sorted(steps), action="append", help="one of the generators")
    given = parser.parse_args()
    if given.release:
        _require(given.release)
    for name, step in steps.items():
        if not given.only or name in given.only:
            _say(name)
            step()
    _run(["git", "--no-pager", "diff", "--stat"], ROOT)


def _require(release: str) -> None:
    """Move the modules to a release; what Kubernetes calls v1.N.P its libraries call v0.N.P."""
    _say(f"require {release}")
    library = f"v0{release.removeprefix('v1')}"
    current = required_release("current")
    text = (SERVER / "go.mod").read_text(encoding="utf-8")
    for old, new in ((current, release), (f"v0{current.removeprefix('v1')}", library)):
        text = text.replace(f" {old}\n", f" {new}\n")
    (SERVER / "go.mod").write_text(text, encoding="utf-8")
    _run(["go", "mod", "tidy"], SERVER)
    _run(["go", "get", f"k8s.io/api@{library}", f"k8s.io/apimachinery@{library}"], SCHEMA)
    _run(["go", "mod", "tidy"], SCHEMA)


def _schema() -> None:
    """The table of fields: the union of the types of 1.24 and of the release."""
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder, "1.24.json")
        old.write_bytes(_run(["go", "run", "-modfile=go-1.24.mod", "."], SCHEMA))
        TABLE.write_bytes(_run(["go", "run", ".", "-merge", str(old)], SCHEMA))


def _bootstrap() -> None:
    """The roles and bindings that each release brings."""
    release = required_release("current").removeprefix("v")
    known = f'"{release}"' in BOOTSTRAP.read_text(encoding="utf-8")
    _run([sys.executable, str(BOOTSTRAP), *([] if known else ["--release", release])], ROOT)


def _fixtures() -> None:
    """What the evaluator says of upstream's fixture pods."""
    _say(str(podsecurity.record_fixtures()))


def _server() -> None:
    """What the server serves, and what it says to the fixture pods."""
    _run([str(SOURCES / "install.sh"), "current"], ROOT)
    with (
        tempfile.TemporaryDirectory() as folder,
        run_server("current", Path(folder) / "server") as server,
    ):
        _say(str(discovery.record(server)))
        _say(str(podsecurity.record_server(server)))


def _run(command: Sequence[str], folder: Path) -> bytes:
    """Run a program, and return what it prints; its messages are shown."""
    environment = {**os.environ, "GOFLAGS": "-mod=mod"} if command[0] == "go" else None
    return subprocess.run(  # noqa: S603 - Go, git and our own programs
        command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE
    ).stdout


def _say(text: str) -> None:
    print(f"tools/release: {text}", file=sys.stderr, flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    main()
