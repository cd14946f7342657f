"""Writes the examples of the rules of the audit: `python -m tests.docs.examples`."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rbacpsp import Cluster
from rbacpsp.testing import rule
from tests.audit.test_rules import CASES
from tests.docs import console
from tests.paths import test_paths
from tests.paths.clusters import Case, base, holds

FILE = console.ROOT / "rbacpsp" / "audit" / "data" / "examples.jsonl"


def _of_kube_system(account: str) -> Case:
    """Requests tokens of an account of kube-system, where `operator` reads the secrets."""
    start = base().namespace("kube-system").service_account("kube-system", "operator")
    start.role("secrets", rule("list", "secrets"), namespace="kube-system")
    start.bind("secrets", "ServiceAccount/kube-system:operator", namespace="kube-system")
    token = rule("create", "serviceaccounts/token", names=account)
    return holds("secrets:kube-system", token, namespace="kube-system", start=start)


PATHS: dict[str, tuple[Case, Case]] = {
    "RBP150": test_paths.CASES["request-token"],
    "RBP151": test_paths.CASES["take-node"],
    "RBP152": (_of_kube_system("operator"), _of_kube_system("other")),
    "RBP153": test_paths.CASES["impersonate-user"],
}
"""The rules that are about paths."""
GOALS = {"RBP153": PATHS["RBP153"][0][1]}
"""The goals of those that no audit asks for."""


def objects_of(build: Callable[[], Cluster]) -> dict[str, Any]:
    """The original objects of a cluster, and its version if it has one."""
    cluster = build()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cluster.json.gz"
        cluster.snapshot(path)
        document = json.loads(gzip.decompress(path.read_bytes()))
    version = str(cluster._stated_version or "")
    return {"items": [_tidy(item) for item in document["items"]]} | ({"version": version} if version else {})


def _tidy(item: dict[str, Any]) -> dict[str, Any]:
    """An object in the order in which people write it."""
    order = ["apiVersion", "kind", "metadata"]
    return {key: item[key] for key in (*order, *sorted(item.keys() - order)) if key in item}


def text() -> str:
    """Every example, a line a rule."""
    lines = []
    paths = {number: (finding[0], none[0]) for number, (finding, none) in PATHS.items()}
    for number, (finding, none) in sorted({**CASES, **paths}.items()):
        example = {"rule": number, "finding": objects_of(finding), "none": objects_of(none)}
        example |= {"goal": GOALS[number]} if number in GOALS else {}
        lines.append(json.dumps(example, separators=(",", ":")) + "\n")
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
