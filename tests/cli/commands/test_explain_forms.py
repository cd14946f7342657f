"""Tests what `rbacpsp explain` says about every form of refusal."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import workload, write_cluster

Run = Callable[..., Result]
SYNC = "system:serviceaccount:ops:sync"
READS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"]}
COLLECTS = {"verbs": ["delete", "list", "watch"], "apiGroups": [""], "resources": ["pods"]}


@pytest.fixture
def explain(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    builder = (
        ClusterBuilder()
        .namespace("ops", labels={"pod-security.kubernetes.io/enforce": "restricted"})
        .namespace("lab")
        .service_account("ops", "sync")
        .service_account("ops", "default")
        .role("sync", READS, namespace="ops")
        .bind("sync", "ServiceAccount/ops:sync", namespace="ops")
        .role("system:controller:pod-garbage-collector", COLLECTS)
        .add(workload("Deployment", "web", "ops", account="default"))
    )
    write_cluster(tmp_path, builder)
    return lambda *arguments: call("explain", *arguments, "-f", "cluster.json")


def refused(
    verb: str, resource: str, user: str = SYNC, scope: str = 'in the namespace "lab"', group: str = ""
) -> str:
    refusal = f'User "{user}" cannot {verb} resource "{resource}" in API group "{group}" {scope}'
    return f"{resource} is forbidden: {refusal}"


SCOPE = "at the cluster scope"


@pytest.mark.parametrize(
    ("text", "expected_parts"),
    [
        (refused("list", "configmaps", scope=SCOPE), ["Role sync holds it in ops only", "the usual cause"]),
        (
            (
                f"{refused('get', 'secrets', 'system:node:n1')}: no relationship found between node 'n1' and "
                f"this object"
            ),
            ["the Node authorizer", "no pod that is bound to node n1", "do not write a role:"],
        ),
        (
            (
                f'apis "b.example.com" is forbidden: User "{SYNC}" cannot get resource "apis/v1" in API '
                f"group "
                f'"" {SCOPE}'
            ),
            ['no server has a resource "apis"', "it should ask /apis/b.example.com/v1"],
        ),
        (refused("list", "v1beta1"), ['"v1beta1" is a version']),
        (refused("list", "pod"), ['the server has no resource "pod"', "here pods"]),
        (refused("list", "deployments", group="extensions"), ['is served in the API group "apps"']),
        (
            f'{refused("list", "nodes")}: requires one of ["container.nodes.list"] permission(s).',
            ["GKE's IAM", "container.nodes.list"],
        ),
        (
            (
                f"{refused('list', 'nodes')}: User does not have access to the resource in Azure. Update "
                f"role "
                f"assignment "
                "to allow access."
            ),
            ["Azure"],
        ),
        (f"{refused('list', 'nodes')}: denied by corp-authz", ["another authorizer", "denied by corp-authz"]),
        (
            (
                f'{refused("list", "nodes")}: RBAC: [clusterrole.rbac.authorization.k8s.io "a" not found, '
                'role.rbac.authorization.k8s.io "b" not found]'
            ),
            ["names ClusterRole a, which does not exist", "names Role b, which does not exist"],
        ),
        (refused("impersonate", "users", scope=SCOPE), ["--as and --as-group need it"]),
        (refused("list", "pods", "system:anonymous"), ["carried no credentials"]),
        (
            refused("list", "pods", "nora"),
            ["ClusterRole/view allows it", "a Role with only list pods"],
        ),
        (
            (
                'services "web" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a '
                "resource you "
                "can't set finalizers on: , <nil>"
            ),
            ["update on the finalizers subresource of the owner"],
        ),
        (
            (
                'The RoleBinding "sync" is invalid: roleRef: Invalid value: rbac.RoleRef{Name:"other"}: '
                "cannot change roleRef"
            ),
            ["refers to Role sync", "delete the binding and create it again"],
        ),
        (
            (
                'certificatesigningrequests.certificates.k8s.io "c" is forbidden: user not permitted to '
                "approve requests "
                'with signerName "kubernetes.io/kubelet-serving"'
            ),
            ["certificatesigningrequests/approval", "[kubernetes.io/*]"],
        ),
        ("error: You must be logged in to the server (Unauthorized)", ["401, not 403", "no role can fix it"]),
        (
            'no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"',
            ["removed in 1.25", "remove the policy"],
        ),
        ('no matches for kind "Boat" in version "b.example.com/v1"', ["CustomResourceDefinition"]),
        (
            (
                'The Namespace "ops" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: '
                "Invalid "
                "value: "
                '"restrict": must be one of privileged, baseline, restricted'
            ),
            ["the nearest is restricted", "enforce=restricted here"],
        ),
        (
            (
                'Pod "web" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed '
                "by cluster "
                "policy"
            ),
            ["--allow-privileged=false"],
        ),
        (
            'pods "web" is forbidden: pod.Spec.SecurityContext.RunAsUser is forbidden',
            ["SecurityContextDeny"],
        ),
        (
            (
                'pods "web-0" is forbidden: unable to validate against any security context constraint: '
                '[provider "a"]'
            ),
            ["OpenShift's security context constraints"],
        ),
        (
            (
                "Error: container has runAsNonRoot and image has non-numeric user (nobody), cannot verify "
                "user is non-root"
            ),
            ["the kubelet, not an admission plugin", "give a numeric user", "restricted is enforced in ops"],
        ),
        ('forbidden sysctl: "kernel.msgmax" not allowlisted', ["--allowed-unsafe-sysctls"]),
        ('Cannot enforce AppArmor: profile "x" is not loaded', ["load the profile on every node"]),
        (
            (
                'pods "web-" is forbidden: error looking up service account ops/defualt: serviceaccount '
                '"defualt" not '
                "found"
            ),
            [
                "ServiceAccount defualt of namespace ops, which does not exist",
                "default has a similar name",
            ],
        ),
        (
            'admission webhook "policy.example.com" denied the request: no latest tags',
            ["the webhook policy.example.com refused it: no latest tags"],
        ),
        (
            (
                'pods "web-6b5d4c3b2a-x9k4q" is forbidden: violates PodSecurity "restricted:v1.24": '
                "runAsNonRoot != true "
                '(pod or container "debugger" must set securityContext.runAsNonRoot=true)'
            ),
            [
                "it violates the level restricted:v1.24",
                "the label pod-security.kubernetes.io/enforce=restricted of namespace ops",
                "Deployment web in namespace ops",
                "debugger is not a container of Deployment web",
                "kubectl patch deployment web -n ops",
                "rbacpsp psa check cluster.json --level restricted --version v1.24 --fix",
            ],
        ),
        (
            (
                'Warning: existing pods in namespace "ops" violate the new PodSecurity enforce level '
                '"baseline:latest"\n'
                "Warning: web-6b5d4c3b2a-x9k4q (and 1 other pod): hostPort, privileged"
            ),
            ["was accepted", "continue to run", "hostPort, privileged", "Deployment web in namespace ops"],
        ),
    ],
)
def test_an_answer_explains_the_message_and_names_the_fix(
    explain: Run, text: str, expected_parts: list[str]
) -> None:
    result = explain(text)
    assert result.exit_code == 0, result.stderr
    missing = [part for part in expected_parts if part not in result.stdout]
    assert missing == [], result.stdout


def test_a_namespace_that_was_cut_off_can_be_given(explain: Run) -> None:
    text = f'configmaps is forbidden: User "{SYNC}" cannot list resource "configmaps" in API'
    assert f"{SYNC} may not list configmaps, somewhere: no role" in explain(text).stdout
    assert f"{SYNC} may not list configmaps in namespace lab: no role" in explain(text, "-n", "lab").stdout
    assert "it is allowed now" in explain(text, "-n", "ops").stdout


def test_a_name_from_a_message_is_never_an_option_of_a_command(explain: Run) -> None:
    result = explain("-o", "json", refused("list", "nodes", "--kubeconfig=/tmp/other", SCOPE))
    parts = json.loads(result.stdout)["explanation"]
    commands = [shlex.split(part["text"]) for part in parts if part["what"] == "next"]
    assert ["rbacpsp", "lookup", "User/--kubeconfig=/tmp/other", "-f", "cluster.json"] in commands
    assert all("--kubeconfig=/tmp/other" not in command for command in commands)


def test_the_commands_that_are_advised_run(explain: Run, call: Run) -> None:
    for text in (refused("list", "pods", "nora"), refused("list", "configmaps", scope=SCOPE)):
        parts = json.loads(explain(text, "-o", "json").stdout)["explanation"]
        commands = [part["text"] for part in parts if part["what"] == "next"]
        assert len(commands) == 4
        for command in commands:
            assert call(*shlex.split(command)[1:]).exit_code in {0, 1}
