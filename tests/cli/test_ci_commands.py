"""Tests that no output line is a command of a CI system, whatever the names in the cluster."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.report.formats import NAMES

COMMAND = re.compile(r"^\s*::\S|##(vso|teamcity)?\[", re.MULTILINE)
"""Of GitHub at the start of a line; of Azure Pipelines and TeamCity anywhere in it."""
OURS = re.compile(r"^::(error|warning|notice) (file=[^:,\n]*,line=\d+,)?title=[^:,\n]*::", re.MULTILINE)
"""What `-o github` writes, and no name in it."""

EVIL = (
    "::error::x",
    "##vso[task.complete]",
    "##[error]x",
    "##teamcity[x]",
    "a\n::error::x",
    "a\n##vso[x]",
    "a\u2028::error::x",
    "&#35;##[x]",
    "#",
    "###[x]",
)
GROUP = "rbac.authorization.k8s.io"
STORED: dict[str, object] = {"uid": "1", "resourceVersion": "1"}


SPEC: dict[str, object] = {
    rule: {"rule": "RunAsAny"} for rule in ("runAsUser", "fsGroup", "supplementalGroups")
}


def cluster() -> list[dict[str, object]]:
    objects: list[dict[str, object]] = []
    for place, evil in enumerate(EVIL):
        labels = {"rule": "MustRunAs", "seLinuxOptions": {"level": evil}}
        policy = SPEC | {"volumes": ["*"], "allowedUnsafeSysctls": [evil], "seLinux": labels}
        meta: dict[str, object] = {"name": evil, "annotations": {"a": evil}, "labels": {"a": evil}, **STORED}
        everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        objects += [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": meta},
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**meta, "namespace": evil}},
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "ClusterRole",
                "metadata": meta,
                "rules": [
                    everything,
                    {"apiGroups": [evil], "resources": [evil], "verbs": [evil], "resourceNames": [evil]},
                    {"nonResourceURLs": [f"/{evil}"], "verbs": ["get"]},
                ],
            },
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": meta,
                "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": evil},
                "subjects": [
                    {"apiGroup": GROUP, "kind": "User", "name": evil},
                    {"apiGroup": GROUP, "kind": "Group", "name": evil},
                    {"kind": "ServiceAccount", "namespace": evil, "name": evil},
                ],
            },
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "RoleBinding",
                "metadata": {**meta, "namespace": evil},
                "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": evil},
                "subjects": [{"apiGroup": GROUP, "kind": "User", "name": evil}],
            },
            {
                "apiVersion": "policy/v1beta1",
                "kind": "PodSecurityPolicy",
                "metadata": meta,
                "spec": policy,
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {**meta, "namespace": evil, "uid": str(place)},
                "spec": {
                    "serviceAccountName": evil,
                    "containers": [{"name": evil, "image": evil, "securityContext": {"privileged": True}}],
                },
            },
        ]
    return objects


COMMANDS = [
    ("audit",),
    ("paths",),
    ("graph",),
    ("who-can", "get", "pods"),
    ("who-can", "get", "pods", "-A"),
    ("lookup",),
    ("lookup", "--role", EVIL[0]),
    ("roles", "get", "pods"),
    ("rules", EVIL[1]),
    ("matrix", "--subject", EVIL[2]),
    ("describe", "clusterrole"),
    ("describe", "psp"),
    ("can-i", "get", "pods", "--why", "--as", EVIL[0]),
    ("can-i", "--list", "--as", EVIL[1]),
    ("psp", "list"),
    ("psp", "describe"),
    ("psp", "users"),
    ("psp", "simulate"),
    ("psa", "label", "--all", "enforce=restricted"),
    ("psa", "suggest"),
    ("migrate", "plan"),
    ("migrate", "vap"),
]


def unaddressed(text: str, form: str) -> str:
    """A text without the CI commands that the format itself consists of."""
    return OURS.sub("", text) if form == "github" else text


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evil") / "in.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": cluster()}), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_printed_line_is_a_command_of_the_ci_system(
    call: Callable[..., Result], evil: Path, command: tuple[str, ...], form: str
) -> None:
    result = call(*command, "-o", form, "-f", str(evil))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert COMMAND.search(unaddressed(result.stdout, form)) is None
    assert COMMAND.search(result.stderr) is None


@pytest.mark.parametrize("form", NAMES)
def test_no_line_about_checked_files_is_a_command_of_the_ci_system(
    call: Callable[..., Result], evil: Path, form: str
) -> None:
    for command in (("psa", "check"), ("psp", "admit", "-f", str(evil)), ("psp", "fix", "-f", str(evil))):
        result = call(*command, str(evil), "-o", form)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert COMMAND.search(unaddressed(result.stdout, form)) is None
        assert COMMAND.search(result.stderr) is None


@pytest.mark.parametrize("form", ["dot", "graphml", "mermaid", "json"])
def test_graphs_contain_the_names(call: Callable[..., Result], evil: Path, form: str) -> None:
    result = call("graph", "-o", form, "-f", str(evil))
    assert result.exit_code == 0
    assert "task.complete" in result.stdout


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "sarif", "gitlab", "junit", "html"])
def test_audits_contain_the_names(call: Callable[..., Result], evil: Path, form: str) -> None:
    result = call("audit", "-o", form, "-f", str(evil))
    assert result.exit_code in {0, 1}
    assert "task.complete" in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_answers(call: Callable[..., Result], evil: Path, command: tuple[str, ...]) -> None:
    result = call(*command, "-f", str(evil))
    assert result.exit_code in {0, 1}, result.stderr
