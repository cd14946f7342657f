"""Writes `rbacpsp/catalog/data/bootstrap.jsonl`: the RBAC objects that each release creates for itself.

Upstream keeps the output of plugin/pkg/auth/authorizer/rbac/bootstrappolicy under the default feature gates
beside the code, and its own tests compare the two. Those files are read here from the module of each release,
so nothing has to be compiled. The Go command downloads the modules:

    python tools/bootstrap/generate.py                    # every release that is named below
    python tools/bootstrap/generate.py --release 1.38.0   # these, and one more

A line of the result is an object and the first and last minor release that create it exactly so.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

RELEASES = (
    *("1.16.15", "1.17.17", "1.18.20", "1.19.16", "1.20.15", "1.21.14", "1.22.17", "1.23.17", "1.24.17"),
    *("1.25.16", "1.26.15", "1.27.16", "1.28.15", "1.29.6", "1.30.14", "1.31.14", "1.32.13", "1.33.13"),
    *("1.34.4", "1.35.4", "1.36.3", "1.37.1"),
)
POLICY = "plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata"
FILES = (
    "cluster-roles",
    "controller-roles",
    "cluster-role-bindings",
    "controller-role-bindings",
    "namespace-roles",
    "namespace-role-bindings",
)
TARGET = Path(__file__).resolve().parents[2] / "rbacpsp" / "catalog" / "data" / "bootstrap.jsonl"

Identity = tuple[str, str, str]


def objects(release: str) -> Iterator[dict[str, Any]]:
    """What a release creates when its API server starts."""
    command = ["go", "mod", "download", "-json", f"k8s.io/kubernetes@v{release}"]
    module = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - Go's own
    for file in FILES:
        text = Path(module["Dir"], POLICY, f"{file}.yaml").read_text(encoding="utf-8")
        yield from yaml.safe_load(text)["items"]


def compact(obj: dict[str, Any]) -> str:
    """An object as one line, without what only a serializer adds."""
    obj["metadata"].pop("creationTimestamp", None)
    if not obj.get("rules", True):
        del obj["rules"]
    obj.pop("apiVersion")
    order = ("kind", "metadata", "aggregationRule", "rules", "roleRef", "subjects")
    return json.dumps({key: obj[key] for key in order if key in obj}, separators=(",", ":"))


def identity(obj: dict[str, Any]) -> Identity:
    """What tells an object from the others of its release."""
    return (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def lines(releases: list[str]) -> Iterator[str]:
    """The lines of the file, sorted by kind, namespace, name and release."""
    minors = sorted(releases, key=lambda release: [int(part) for part in release.split(".")])
    runs: dict[Identity, list[tuple[int, int, str]]] = {}
    for release in minors:
        minor = int(release.split(".")[1])
        for obj in objects(release):
            result = runs.setdefault(identity(obj), [])
            text = compact(obj)
            if result and result[-1][1:] == (minor - 1, text):
                result[-1] = (result[-1][0], minor, text)
            else:
                result.append((minor, minor, text))
    for key in sorted(runs):
        for first, last, text in runs[key]:
            yield f'{{"since":"1.{first}","until":"1.{last}",{text[1:]}\n'


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", action="append", default=[], help="a release to add, for example 1.38.0")
    given: list[str] = parser.parse_args().release
    TARGET.write_text("".join(lines([*RELEASES, *given])), encoding="utf-8")


if __name__ == "__main__":
    main()
