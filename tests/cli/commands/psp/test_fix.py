"""Tests the complete output of `rbacpsp psp fix`, and that its grants admit the pod."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder, pod
from tests.cli.policies import cluster, web, workload, write_cluster, write_into

Run = Callable[..., Result]

GRANT = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: psp:{policy}
  namespace: {namespace}
rules:
- apiGroups:
  - policy
  resources:
  - podsecuritypolicies
  resourceNames:
  - {policy}
  verbs:
  - use
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: psp:{policy}:{account}
  namespace: {namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: psp:{policy}
subjects:
- kind: ServiceAccount
  name: {account}
  namespace: {namespace}
"""
STRICT_OPENS = """\
# Granting strict also means:
# - strict allows more than a restricted policy does: allowPrivilegeEscalation: true; \
requiredDropCapabilities: none; seccomp: unset
# - every pod in team-a that runs as web may then use strict
# - whoever may create pods or workloads in team-a can run them as web: User/dev
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_cluster(tmp_path, cluster())
    return tmp_path


@pytest.fixture
def fix(call: Run, here: Path) -> Run:
    def fixed(*arguments: str, stdin: str | None = None) -> Result:
        assert here.is_dir()
        return call("psp", "fix", *arguments, "-f", "cluster.json", "--bootstrap", "never", stdin=stdin)

    return fixed


def test_the_strictest_policy_is_granted_to_the_pods_own_service_account(fix: Run, here: Path) -> None:
    write_into(here)("app.yaml", workload("Deployment", account="web"))
    result = fix("app.yaml")
    assert result.stdout == (
        "# deployment/app in team-a: with this grant its pods are admitted by strict, changed.\n"
        + STRICT_OPENS
        + GRANT.format(policy="strict", account="web", namespace="team-a")
    )
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.24, assumed.\n", 0)


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"])
def test_what_is_written_is_loaded_and_admits_the_pods_of_any_workload(
    call: Run, fix: Run, here: Path, kind: str
) -> None:
    write_into(here)("app.yaml", workload(kind, account="web"))
    (here / "grant.yaml").write_text(fix("app.yaml").stdout, encoding="utf-8")
    arguments = ("psp", "admit", "app.yaml", "-f", "cluster.json", "-o", "name")
    assert call(*arguments).exit_code == 1
    after = call(*arguments, "--with", "grant.yaml")
    assert (after.stdout, after.exit_code) == (f"{kind.lower()}/app\n", 0)


def test_pods_that_one_grant_fixes_share_it(fix: Run, here: Path) -> None:
    write_into(here)("all.yaml", workload("Deployment", account="web"), web(account="web"), web(account="db"))
    result = fix("all.yaml", "--as", "dev")
    documents = list(yaml.safe_load_all(result.stdout))
    assert [document["metadata"]["name"] for document in documents] == [
        *("psp:strict", "psp:strict:web"),
        *("psp:strict", "psp:strict:db"),
    ]
    assert [line for line in result.stdout.splitlines() if "with this grant" in line] == [
        "# deployment/app in team-a: with this grant its pods are admitted by strict, changed.",
        "# pod/web in team-a: with this grant it is admitted by strict, changed.",
        "# pod/web in team-a: with this grant it is admitted by strict, changed.",
    ]


def test_incomparable_policies_are_added_as_comments(call: Run, tmp_path: Path) -> None:
    builder = ClusterBuilder().policy("a", hostPID=True, hostIPC=True).policy("b", privileged=True)
    write_into(tmp_path)("web.yaml", web(account="web"))
    arguments = (
        "psp",
        "fix",
        str(tmp_path / "web.yaml"),
        "--as",
        "dev",
        "-f",
        write_cluster(tmp_path, builder),
    )
    result = call(*arguments)
    grant, _, alternative = result.stdout.partition(
        "# Or instead, since neither policy is stricter than the other:\n"
    )
    assert grant.endswith(GRANT.format(policy="b", account="web", namespace="team-a"))
    assert all(line.startswith("#") for line in alternative.splitlines())
    uncommented = "".join(
        f"{line.removeprefix('#').removeprefix(' ')}\n" for line in alternative.splitlines()
    )
    assert uncommented.endswith(GRANT.format(policy="a", account="web", namespace="team-a"))
    items = json.loads(call(*arguments, "-o", "json").stdout)["items"]
    assert [item["policy"] for item in items] == ["b", "a"]


def test_json_says_what_is_granted_to_whom_and_what_else_it_opens(fix: Run, here: Path) -> None:
    write_into(here)("app.yaml", workload("Deployment", account="web"))
    answer = json.loads(fix("app.yaml", "-o", "json").stdout)
    (item,) = answer["items"]
    assert (answer["apiVersion"], answer["kind"]) == ("rbacpsp.io/v1", "FixList")
    assert item.pop("objects") == list(
        yaml.safe_load_all(GRANT.format(policy="strict", account="web", namespace="team-a"))
    )
    assert item.pop("opens")[1] == "every pod in team-a that runs as web may then use strict"
    assert item == {
        "object": {"kind": "Deployment", "namespace": "team-a", "name": "app"},
        "policy": "strict",
        "account": {"kind": "ServiceAccount", "name": "web", "namespace": "team-a"},
        "admittedBy": "strict",
    }


def test_nothing_is_written_for_a_pod_that_is_admitted(fix: Run, here: Path) -> None:
    write_into(here)("web.yaml", web())
    result = fix("web.yaml", "--as", "dev")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert (
        result.stderr
        == "pod/web in team-a: it is admitted, nothing needs a grant.\nKubernetes 1.24, assumed.\n"
    )


def test_when_every_policy_refuses_nothing_is_offered_and_each_says_why(fix: Run, here: Path) -> None:
    write_into(here)("web.yaml", web(hostPID=True))
    result = fix("web.yaml", "--as", "dev")
    error = "spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used"
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr == (
        "pod/web in team-a: no grant would admit it, because every policy refuses the pod:\n  lax "
        f"would refuse it:\n    {error}\n  strict refuses it:\n    {error}\nKubernetes 1.24, assumed.\n"
    )
    assert json.loads(fix("web.yaml", "--as", "dev", "-o", "json").stdout)["items"] == []


def test_a_policy_that_the_server_cannot_use_is_not_granted(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().policy("broken", fsGroup={"rule": "MustRunAs"}))
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "fix", path, "--as", "dev", "-f", source, "--bootstrap", "never")
    assert result.stderr == (
        "pod/web in team-a: no grant would admit it, because every policy refuses the pod:\n  broken "
        "cannot be used: error creating provider for PSP broken: ranges must be supplied for "
        "MustRunAs\nKubernetes 1.24, assumed.\n"
    )
    assert result.exit_code == 1


def test_without_policies_nothing_can_be_granted(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("team-a"))
    path = write_into(tmp_path)("web.yaml", web())
    result = call(
        "psp",
        "fix",
        path,
        "--as",
        "dev",
        "-f",
        source,
        "--bootstrap",
        "never",
        "--kubernetes-version",
        "1.24",
    )
    assert result.stderr == (
        'pod/web in team-a: there is no policy to grant: pods "web" is forbidden: PodSecurityPolicy: no '
        "providers available to validate pod request\n"
        "Kubernetes 1.24.\n"
    )
    assert result.exit_code == 1


def test_a_missing_service_account_cannot_be_fixed_by_a_grant(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, cluster().service_account("team-a", "default"))
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "fix", path, "--as", "dev", "-f", source, "--bootstrap", "never")
    assert result.stderr == (
        'pod/web in team-a: no grant would admit it: pods "web" is forbidden: error looking up '
        'service account team-a/builder: serviceaccount "builder" not found\nKubernetes 1.24, '
        "assumed.\n"
    )
    assert result.exit_code == 1


def test_a_mirror_pod_has_no_account_to_grant_to(fix: Run, here: Path) -> None:
    mirror = pod("web") | {"metadata": {"name": "web", "annotations": {"kubernetes.io/config.mirror": "x"}}}
    write_into(here)("web.yaml", mirror)
    result = fix("web.yaml", "--as", "system:serviceaccount:default:creator")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr == (
        'pod/web in default: no grant to its service account would admit it: pods "web" is forbidden: '
        "PodSecurityPolicy: unable to admit pod: []\nKubernetes 1.24, assumed.\n"
    )


@pytest.mark.parametrize(
    "name", ["a\n- kind: ClusterRoleBinding", "a\r# x", "a\u2028b", "a\x85kind: x", "\x1b[2J"]
)
def test_a_name_cannot_end_the_comment_that_contains_it(fix: Run, here: Path, name: str) -> None:
    submitted = web(account="web")
    submitted["metadata"]["name"] = name
    (here / "web.json").write_text(json.dumps(submitted), encoding="utf-8")
    result = fix("web.json", "--as", "dev")
    first, *others = result.stdout.splitlines()
    assert first.startswith("# pod/")
    assert first.endswith(" in team-a: with this grant it is admitted by strict, changed.")
    assert "".join(f"{line}\n" for line in others) == STRICT_OPENS + GRANT.format(
        policy="strict", account="web", namespace="team-a"
    )
    assert result.stdout.replace("\n", "").isprintable()


def test_a_policys_hostile_name_stays_a_string_of_the_yaml(call: Run, tmp_path: Path) -> None:
    name = 'p\n"x: [#'
    source = write_cluster(tmp_path, ClusterBuilder().policy(name))
    path = write_into(tmp_path)("web.yaml", web())
    result = call("psp", "fix", path, "--as", "dev", "--no-validate", "-f", source, "--bootstrap", "never")
    role, binding = yaml.safe_load_all(result.stdout)
    assert role["rules"][0]["resourceNames"] == [name]
    assert (role["metadata"]["name"], binding["roleRef"]["name"]) == (f"psp:{name}", f"psp:{name}")
    assert result.stdout.replace("\n", "").isprintable()


def test_an_update_is_fixed_by_a_policy_that_changes_nothing(call: Run, tmp_path: Path) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "bakery", "namespace": "town"},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}},
    }
    ranges = {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]}
    builder = ClusterBuilder().policy("tight", volumes=["*"], fsGroup=ranges).policy("wide", volumes=["*"])
    use = {
        "verbs": ["use"],
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": ["tight"],
    }
    builder.role("use-tight", use).bind("use-tight", "Group/system:authenticated")
    loaded, file = tmp_path / "cluster.json", tmp_path / "bakery.json"
    loaded.write_text(
        json.dumps({"kind": "List", "apiVersion": "v1", "items": builder.objects}), encoding="utf-8"
    )
    file.write_text(json.dumps(deployment), encoding="utf-8")
    created = call("psp", "fix", str(file), "-f", str(loaded))
    assert (created.stdout, created.exit_code) == ("", 0)
    assert "it is admitted, nothing needs a grant" in created.stderr
    updated = call("psp", "fix", "--operation", "update", str(file), "-f", str(loaded))
    assert "its pods are admitted by wide" in updated.stdout
    message = 'pods "bakery-6b5d4c3b2a-x9k4q" is forbidden: PodSecurityPolicy: unable to validate pod: []'
    explained = call("explain", message, "-f", str(loaded), "-f", str(file))
    assert "Deployment bakery in namespace town" in explained.stdout
    assert "tight       may be used; it would have to change it" in explained.stdout
    assert "unable to validate pod: []" in explained.stdout
    assert "psp fix FILE --operation update" in explained.stdout
