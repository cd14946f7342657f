"""Tests that a misspelt kind of Kubernetes fails a command, and with it a gate that would have passed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

BOSS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s/v1
kind: ClusterRoleBinding
metadata: {name: mona-is-boss}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: mona}]
"""
PODS = """\
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: Deployment
metadata: {name: a}
"""
GATES = [
    (("audit", "--fail-on", "high", "-f"), BOSS, "document 2, line 7", "ClusterRoleBinding"),
    (("who-can", "get", "secrets", "-f"), BOSS, "document 2, line 7", "ClusterRoleBinding"),
    (("psa", "check"), PODS, "document 2, line 5", "Deployment"),
]


@pytest.mark.parametrize(("command", "text", "place", "kind"), GATES, ids=lambda value: str(value)[:20])
def test_a_misspelt_kind_is_an_error_that_keep_going_skips(
    call: Run, tmp_path: Path, command: tuple[str, ...], text: str, place: str, kind: str
) -> None:
    path = tmp_path / "in.yaml"
    path.write_text(text, encoding="utf-8")
    refused = call(*command, str(path))
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert f'{path}, {place}: no matches for kind "{kind}" in version' in refused.stderr
    skipped = call(*command, str(path), "--keep-going", "--allow-empty")
    assert skipped.exit_code == 0
    assert f'skipped: {path}, {place}: no matches for kind "{kind}"' in skipped.stderr
