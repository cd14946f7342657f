"""Tests `--with` and `--without`: answers about the changed cluster, and errors in the options."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.what_if import read_identity
from tests.cli.policies import cluster, write_cluster, write_into

Run = Callable[..., Result]


@pytest.fixture
def names(call: Run, tmp_path: Path) -> Run:
    """The names of the subjects that may use the policies."""
    source = write_cluster(tmp_path, cluster())

    def ran(*arguments: str) -> Result:
        return call("psp", "users", "-o", "name", "-f", source, *arguments)

    return ran


def test_objects_are_left_out(names: Run) -> None:
    assert names("--without", "rolebinding/team-a/psp:strict").stdout == (
        "Group/system:masters\nServiceAccount/kube-system:replicaset-controller\n"
    )
    assert names("--without", "psp/lax", "--without", "psp/strict").stdout == ""


def test_objects_are_added_or_replaced(names: Run, tmp_path: Path) -> None:
    other = cluster().bind("psp:strict", "User/carol", namespace="team-a").objects[-1]
    path = write_into(tmp_path)("more.yaml", other)
    assert names("--with", path).stdout == (
        "Group/system:masters\nServiceAccount/kube-system:replicaset-controller\nUser/carol\n"
    )


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("psp/x", ("PodSecurityPolicy", "", "x")),
        ("PodSecurityPolicies/x", ("PodSecurityPolicy", "", "x")),
        ("clusterrole/system:node", ("ClusterRole", "", "system:node")),
        ("ClusterRoleBindings/x", ("ClusterRoleBinding", "", "x")),
        ("role/x", ("Role", "default", "x")),
        ("rolebindings/team-a/x", ("RoleBinding", "team-a", "x")),
        ("sa/team-a/x", ("ServiceAccount", "team-a", "x")),
        ("deploy/x", ("Deployment", "default", "x")),
        ("cronjobs/x", ("CronJob", "default", "x")),
        ("ns/x", ("Namespace", "", "x")),
        ("po/x", ("Pod", "default", "x")),
    ],
)
def test_an_object_is_named_as_on_kubectls_command_line(text: str, identity: tuple[str, str, str]) -> None:
    assert read_identity(text, "default") == identity


FORM = "write KIND/NAME or KIND/NAMESPACE/NAME, for example psp/100-psp"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[
            (text, f'--without "{text}": {FORM}')
            for text in ("", "psp", "psp/", "/x", "psp//x", "role/a/b/c")
        ],
        ("secret/x", f'--without "secret/x": {FORM}'),
        ("psp/a/x", '--without "psp/a/x": a PodSecurityPolicy is in no namespace: write psp/x'),
    ],
)
def test_an_invalid_object_name_is_refused_with_the_expected_form(text: str, reason: str) -> None:
    with pytest.raises(InputError) as failure:
        read_identity(text, "default")
    assert failure.value.reasons == (reason,)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--without", "psp/nope"), "error: --without: there is no PodSecurityPolicy nope in the cluster"),
        (
            ("--without", "role/x/nope"),
            "error: --without: there is no Role nope in namespace x in the cluster",
        ),
        (
            ("--without", "psp/\x1b[2J"),
            "error: --without: there is no PodSecurityPolicy \\x1b[2J in the cluster",
        ),
        (("--without", "what"), f'error: --without "what": {FORM}'),
    ],
)
def test_a_wrong_what_if_is_a_one_line_error(names: Run, arguments: tuple[str, ...], error: str) -> None:
    result = names(*arguments)
    assert (result.stdout, result.stderr, result.exit_code) == ("", f"{error}\n", 2)


def test_a_file_that_cannot_be_read_is_named(names: Run, tmp_path: Path) -> None:
    gone = names("--with", str(tmp_path / "gone.yaml"))
    assert (gone.stdout, gone.exit_code) == ("", 2)
    assert gone.stderr.startswith(f"error: {tmp_path}/gone.yaml: ")
    broken = names("--with", write_into(tmp_path)("broken.yaml", "kind: [\n"))
    assert broken.exit_code == 2
    assert broken.stderr.startswith(f"error: {tmp_path}/broken.yaml")
    assert len(broken.stderr.splitlines()) == 1


def test_policies_on_standard_input_determine_the_version_like_those_of_a_file(
    call: Run, tmp_path: Path
) -> None:
    pod = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    path = write_into(tmp_path)("namespace.yaml", pod)
    policies = "\n---\n".join(json.dumps(each) for each in cluster().objects)
    result = call("psp", "list", "-o", "name", "-f", path, "--with", "-", stdin=policies)
    assert result.stdout == "podsecuritypolicy/lax\npodsecuritypolicy/strict\n"
    assert result.stderr == "Kubernetes 1.24, assumed.\n"
