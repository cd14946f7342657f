"""Records a release's answers to upstream's own fixture pods of the Pod Security Standards.

`psa-fixtures.jsonl.gz` is the evaluator's word, which a program beside the server prints
(tests/apiserver/current/fixtures); `psa-current.jsonl.gz` is the server's: each fixture is submitted to a
namespace whose labels enforce its policy, as a dry run, so that nothing is stored.
"""

import gzip
import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.live.server import ApiServer

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "conformance" / "data"
SERVER = ROOT / "tests" / "apiserver" / "current"
LABEL = "pod-security.kubernetes.io"

Line = dict[str, Any]


def record_fixtures() -> Path:
    """Run the evaluator of the release that tests/apiserver/current requires."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    module = ("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission")
    folder = subprocess.run(  # noqa: S603 - Go's own
        module, cwd=SERVER, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()
    program = ("go", "run", "-trimpath", "./fixtures", f"{folder}/test/testdata")
    printed = subprocess.run(program, cwd=SERVER, env=environment, check=True, capture_output=True)  # noqa: S603 - ours
    return _write("psa-fixtures", map(json.loads, printed.stdout.splitlines()))


def record_server(server: ApiServer) -> Path:
    """Submit the fixtures to a server."""
    with gzip.open(DATA / "psa-fixtures.jsonl.gz", "rt", encoding="utf-8") as file:
        fixtures = [json.loads(line) for line in file]
    return _write("psa-current", answers(server, fixtures))


def answers(server: ApiServer, fixtures: Iterable[Line]) -> Iterator[Line]:
    """What a server says to each fixture."""
    result: set[str] = set()
    for fixture in fixtures:
        level, version = fixture["policy"].split(":")
        namespace = f"{level}-{version.replace('.', '-')}"
        if namespace not in result:
            result.add(namespace)
            labels = {f"{LABEL}/enforce": level, f"{LABEL}/enforce-version": version}
            metadata = {"name": namespace, "labels": labels}
            account = {"name": "default", "namespace": namespace}
            server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
            server.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        yield {"fixture": fixture["fixture"], "result": _submitted(server, namespace, fixture["pod"])}


def _submitted(server: ApiServer, namespace: str, fixture: Line) -> Line:
    """What the server says; the name, which may be none that a server takes, is written with dashes."""
    metadata = fixture["metadata"]
    pod = {**fixture, "metadata": {**metadata, "name": metadata["name"].replace("_", "-")}}
    path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All"
    with server.asked("POST", path, pod, "admin") as answer:
        body = json.loads(answer.read())
        warnings = [_warning(each) for each in answer.headers.get_all("Warning") or ()]
    said = {"message": body["message"]} if answer.status >= 400 else {}
    return {"allowed": not said, **said, **({"warnings": warnings} if warnings else {})}


def _warning(header: str) -> str:
    """The text of a Warning header: a quoted string after a code and an agent (RFC 7234, section 5.5)."""
    quoted = header.split(" ", 2)[2]
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _write(name: str, lines: Iterable[Line]) -> Path:
    """Write lines; the same lines give the same bytes."""
    file = DATA / f"{name}.jsonl.gz"
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    return file
