"""Tests that no command prints a control character from a cluster, in any format."""

from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp.report.formats import TABULAR

EVIL = "e\x1b[31m\u202e\x07|`<b>,=1\r\nroot"

OBJECTS = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": EVIL, "annotations": {"a": EVIL}},
        "rules": [
            {"verbs": ["get", EVIL], "apiGroups": [""], "resources": ["pods", EVIL]},
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": [EVIL]},
        ],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": EVIL},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": EVIL},
        "subjects": [
            {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": EVIL},
            {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "=cmd()"},
        ],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": EVIL, "namespace": "default"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": f"gone{EVIL}"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": EVIL}],
    },
]

COMMANDS = [
    ("who-can", "get", "pods"),
    ("who-can", "get", "pods", "--expand"),
    ("can-i", "get", "pods", "--as", EVIL),
    ("can-i", "get", EVIL, "--as", EVIL),
    ("can-i", "--list", "--as", EVIL),
    ("lookup",),
    ("lookup", EVIL),
    ("lookup", "--role", EVIL),
    ("roles", "get", "pods"),
    ("rules", EVIL),
    ("rules", EVIL, "--expand"),
    ("matrix", "pods"),
    ("matrix", "--subject", EVIL),
    ("describe", "clusterrole"),
    ("describe", "clusterrolebinding"),
    ("describe", "clusterrole", f"{EVIL}x"),
    ("who-can", "get", EVIL),
    (EVIL,),
]


@pytest.mark.parametrize("form", TABULAR)
@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda words: " ".join(words).encode("unicode_escape").decode()
)
def test_no_control_character_is_printed(
    call: Callable[..., Result], write: Callable[..., str], command: tuple[str, ...], form: str
) -> None:
    result = call(*command, "-o", form, "-f", write(OBJECTS))
    assert result.exit_code in {0, 1, 2}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout.replace("\n", "").isprintable()
    assert result.stderr.replace("\n", "").isprintable()
    assert not any(line.startswith(("root", "=")) for line in result.stdout.splitlines())
