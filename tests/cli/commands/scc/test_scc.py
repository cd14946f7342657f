"""Tests the commands of `rbacpsp scc` on the sample cluster."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rbacpsp.cli import main

ROOT = Path(__file__).parents[4]
SAMPLE = str(ROOT / "sample_clusters" / "scc-on-openshift")
STEPS = ROOT / "sample_clusters" / "steps" / "scc-on-openshift"
TILL, MAIL, AGENT = (str(STEPS / f"{name}.yaml") for name in ("till", "mail", "agent"))

Run = Callable[..., Result]


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["scc", *words])


def answer_of(*words: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(call(*words, "-f", SAMPLE, "-o", "json").stdout)
    return document


def test_the_list_equals_that_of_oc() -> None:
    lines = call("list", "-f", SAMPLE).stdout.splitlines()
    assert lines[0] == (
        "NAME                  PRIV    CAPS                   SELINUX     RUNASUSER          FSGROUP     "
        "SUPGROUP    PRIORITY     READONLYROOTFS   VOLUMES"
    )
    assert lines[1] == (
        "anyuid                false   <no value>             MustRunAs   RunAsAny           RunAsAny    "
        'RunAsAny    10           false            ["configMap","csi","downwardAPI","emptyDir","ephemeral",'
        '"image","persistentVolumeClaim","projected","secret"]'
    )
    assert len(lines) == 15


def test_the_release_and_the_assumed_objects_are_reported() -> None:
    assert call("list", "-f", SAMPLE).stderr == (
        "OpenShift 4.21, with 12 standard constraints as it creates them.\n"
    )


def test_constraints_are_named_and_given_as_json() -> None:
    assert call("list", "-f", SAMPLE, "-o", "name").stdout.splitlines()[-1] == (
        "securitycontextconstraints/terminals"
    )
    document = answer_of("list")
    assert document["kind"] == "SecurityContextConstraintsList"
    assert {item["metadata"]["name"] for item in document["items"]} >= {"terminals", "restricted-v3"}


def test_a_description_equals_that_of_oc() -> None:
    description = call("describe", "terminals", "-f", SAMPLE).stdout
    assert description.startswith(
        "Name:						terminals\n"
        "Priority:					20\n"
        "Access:						\n"
        "  Users:					system:serviceaccount:shop:terminal,system:serviceaccount:shop:kiosk\n"
        "  Groups:					shop-admins\n"
        "Settings:					\n"
        "  Allow Privileged:				false\n"
    )
    assert description.endswith(
        "  Supplemental Groups Strategy: RunAsAny	\n    Ranges:					<none>\n"
    )
    missing = call("describe", "terminal-s", "-f", SAMPLE)
    assert missing.exit_code == 2
    assert 'securitycontextconstraints.security.openshift.io "terminal-s" not found' in missing.stderr


def test_users_are_those_of_the_lists_and_of_rbac() -> None:
    item = answer_of("users", "privileged")["items"][0]
    through = {
        user["subject"]["name"]: (user["listed"], [grant["binding"]["name"] for grant in user["grants"]])
        for user in item["users"]
    }
    assert through == {
        "system:masters": (["groups: system:masters"], []),
        "system:cluster-admins": (["groups: system:cluster-admins"], []),
        "system:nodes": (["groups: system:nodes"], []),
        "agent": ([], ["agent-privileged"]),
        "build-controller": (["users: system:serviceaccount:openshift-infra:build-controller"], []),
        "system:admin": (["users: system:admin"], []),
    }


def test_constraints_of_system_authenticated_count_for_users_and_not_for_accounts() -> None:
    by_name = {
        (user["subject"]["kind"], user["subject"]["name"]): user
        for user in answer_of("users", "restricted-v2")["items"][0]["users"]
    }
    controller = by_name["ServiceAccount", "replicaset-controller"]
    assert (controller["asAccount"], controller["controls"]) == (False, ["Deployment", "ReplicaSet"])
    terminals = {
        user["subject"]["name"]: user["asAccount"]
        for user in answer_of("users", "terminals")["items"][0]["users"]
    }
    assert terminals == {"system:masters": False, "shop-admins": False, "terminal": True, "kiosk": True}


def test_a_missing_account_in_a_list_is_reported() -> None:
    assert (
        'Warning: terminals lists "system:serviceaccount:shop:kiosk", but there is no such service account\n'
    ) in call("users", "terminals", "-f", SAMPLE).stderr


def test_constraints_that_do_not_exist_are_named() -> None:
    result = call("users", "restricted-v4", "-f", SAMPLE)
    assert (result.exit_code, result.stderr) == (
        2,
        (
            'error: securitycontextconstraints.security.openshift.io "restricted-v4" not found; did you mean '
            "restricted-v3 or restricted-v2 or restricted?\n"
        ),
    )


def test_the_order_the_winner_and_its_changes_are_shown() -> None:
    result = call("admit", TILL, "--as", "bob", "-f", SAMPLE)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "pod/till in shop: it is admitted by restricted-v2, through its creator",
        "asked: system:serviceaccount:shop:default, then bob",
    ]
    names = [line.split()[0] for line in lines[4:18]]
    assert names[:4] == ["terminals", "anyuid", "restricted-v2", "restricted-v3"]
    assert names[-1] == "privileged"
    assert "  spec.containers[0].securityContext.runAsUser: (absent) -> 1000680000" in lines


def test_a_refused_pod_ends_with_one_and_names_the_next_command() -> None:
    result = call("admit", MAIL, "-f", SAMPLE)
    assert result.exit_code == 1
    assert "deployment/mail in shop: its pods are refused\n" in result.stdout
    assert f"To see what would admit it: rbacpsp scc fix {MAIL} -f {SAMPLE}\n" in result.stderr


def test_an_admission_as_json_has_everything_in_the_servers_order() -> None:
    item = answer_of("admit", TILL, "--as", "ann", "--as-group", "shop-admins")["items"][0]
    assert (item["scc"], item["subjectType"], item["allowed"]) == ("terminals", "user", True)
    first = item["considered"][0]
    assert (first["scc"], first["priority"], first["points"], first["before"]) == (
        "terminals",
        20,
        842000,
        "has higher priority",
    )
    assert first["listed"] == ["groups: shop-admins"]
    assert item["pod"]["metadata"]["annotations"]["openshift.io/scc"] == "terminals"


def test_a_fix_leaves_fields_out_or_grants_the_most_restrictive_that_admit() -> None:
    fixes = answer_of("fix", MAIL)["items"]
    assert [(fix["way"], fix["scc"], fix["admittedBy"]) for fix in fixes] == [
        ("fields", "restricted-v2", "restricted-v2"),
        ("grant", "anyuid", "anyuid"),
    ]
    assert fixes[0]["fields"] == ["spec.containers[0].securityContext.runAsUser"]
    text = call("fix", MAIL, "-f", SAMPLE).stdout
    (binding,) = yaml.safe_load_all(text)
    assert binding["roleRef"]["name"] == "system:openshift:scc:anyuid"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "default", "namespace": "shop"}]


def test_a_fix_holds_when_it_is_applied(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "cluster")
    (tmp_path / "cluster" / "fix.yaml").write_text(call("fix", AGENT, "-f", SAMPLE).stdout, encoding="utf-8")
    result = call("admit", AGENT, "-f", str(tmp_path / "cluster"), "-o", "json")
    assert json.loads(result.stdout)["items"][0]["scc"] == "hostaccess"


def test_a_custom_constraint_is_granted_by_a_role_of_its_own(tmp_path: Path) -> None:
    terminal = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "t", "namespace": "shop"},
        "spec": {
            "containers": [{"name": "t", "image": "i", "ports": [{"containerPort": 1, "hostPort": 1}]}],
            "securityContext": {"runAsUser": 4000},
        },
    }
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump(terminal), encoding="utf-8")
    result = call("fix", str(file), "-f", SAMPLE, "-o", "json", "--as", "bob")
    fixes = json.loads(result.stdout)["items"]
    assert [fix["way"] for fix in fixes] == ["fields", "grant"]
    role, binding = fixes[1]["objects"]
    assert role["rules"] == [
        {
            "apiGroups": ["security.openshift.io"],
            "resources": ["securitycontextconstraints"],
            "resourceNames": ["terminals"],
            "verbs": ["use"],
        }
    ]
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "scc:terminals",
    }


def test_an_admitted_pod_needs_no_fix() -> None:
    result = call("fix", TILL, "--as", "bob", "-f", SAMPLE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "pod/till in shop: it is admitted, nothing needs a grant.\n" in result.stderr


def test_the_simulation_shows_the_new_and_the_recorded_constraints_of_pods() -> None:
    rows_by_name = {row["name"]: row for row in answer_of("simulate")["items"]}
    assert {name: (row["verdict"], row["scc"]) for name, row in rows_by_name.items()} == {
        "agent": ("same", "privileged"),
        "mail": ("refused", None),
        "terminal": ("no pods", "terminals"),
        "till": ("drift", "restricted-v2"),
    }
    assert rows_by_name["till"]["recorded"] == [{"scc": "restricted", "pods": 1}]
    assert (rows_by_name["agent"]["subjectType"], rows_by_name["till"]["subjectType"]) == (
        "serviceaccount",
        "user",
    )


def test_without_their_constraints_pods_are_refused() -> None:
    result = call("simulate", "-f", SAMPLE, "--without", "scc/terminals", "-o", "json")
    assert result.exit_code == 1
    (only,) = json.loads(result.stdout)["items"]
    assert (only["name"], only["effect"]) == ("terminal", "becomes refused")


def test_constraints_that_get_another_priority_change_what_pods_get(tmp_path: Path) -> None:
    documents = yaml.safe_load_all((Path(SAMPLE) / "constraints.yaml").read_text(encoding="utf-8"))
    restricted = next(document for document in documents if document["metadata"]["name"] == "restricted")
    (tmp_path / "restricted.yaml").write_text(yaml.safe_dump({**restricted, "priority": 1}), encoding="utf-8")
    result = call("simulate", "-f", SAMPLE, "--with", str(tmp_path), "-o", "json")
    assert result.exit_code == 0
    (only,) = json.loads(result.stdout)["items"]
    assert (only["name"], only["effect"]) == ("till", "gets other constraints")
    assert (only["before"]["scc"], only["after"]["scc"]) == ("restricted-v2", "restricted")


def test_a_review_is_for_a_user_in_the_given_groups() -> None:
    without_group = call("review", TILL, "-u", "bob", "-f", SAMPLE)
    assert without_group.exit_code == 1
    assert without_group.stdout == (
        "RESOURCE   SERVICE ACCOUNT   ALLOWED BY   ADMISSION\n"
        "pod/till   <none>            <none>       restricted-v2\n"
    )
    assert "bob is checked without any group, not even system:authenticated" in without_group.stderr
    together = call("review", TILL, "-u", "bob", "-g", "system:authenticated", "-f", SAMPLE)
    assert together.exit_code == 0
    assert together.stdout.splitlines()[1] == "pod/till   <none>            restricted-v2   restricted-v2"


def test_a_review_of_accounts_is_for_the_accounts_alone() -> None:
    item = answer_of("review", TILL, "-z", "terminal", "-z", "default")["items"][0]
    assert item["allowed"] == [{"serviceAccount": "terminal", "scc": "terminals"}]
    missing = call("review", TILL, "-z", "ghost", "-f", SAMPLE)
    assert missing.exit_code == 1
    assert (
        "the server answers with an error: unable to retrieve ServiceAccount ghost: "
        'serviceaccount "ghost" not found\n'
    ) in missing.stderr
    result = call("review", TILL, "-z", "terminal", "-u", "bob", "-f", SAMPLE)
    assert (result.exit_code, "-z cannot be combined with -u or -g" in result.stderr) == (2, True)


def test_a_self_subject_review_needs_a_user() -> None:
    assert call("review", TILL, "-f", SAMPLE).exit_code == 2
    assert answer_of("review", TILL, "--as", "bob")["items"][0]["allowed"] == [{"scc": "restricted-v2"}]


@pytest.mark.parametrize("command", ["list", "users", "simulate"])
def test_without_constraints_the_option_that_assumes_them_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "ns.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", encoding="utf-8"
    )
    result = call(command, "-f", str(tmp_path))
    assert result.exit_code == 0
    if command != "simulate":
        assert "--openshift-version 4.21 assumes the standard ones of that release." in result.stderr
    assert len(call("list", "-f", str(tmp_path), "--openshift-version", "4.10").stdout.splitlines()) == 8


def test_names_of_a_cluster_cannot_forge_lines(tmp_path: Path) -> None:
    hostile = {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": "a\x1b[2Jb\nc", "uid": "1", "resourceVersion": "1"},
        "runAsUser": {"type": "RunAsAny"},
        "seLinuxContext": {"type": "RunAsAny"},
        "users": ["eve\nroot"],
    }
    (tmp_path / "scc.json").write_text(json.dumps(hostile), encoding="utf-8")
    for words in (("list",), ("describe",), ("users",), ("users", "-o", "csv")):
        result = call(*words, "-f", str(tmp_path))
        assert result.exit_code == 0, result.stderr
        assert "\x1b" not in result.stdout
        assert not any(line.startswith(("c", "root")) for line in result.stdout.splitlines())


def test_the_level_of_constraints_is_shown_with_what_keeps_them_from_others() -> None:
    assert call("level", "terminals", "nonroot-v2", "-f", SAMPLE).stdout.splitlines() == [
        "SCC          LEVEL        EXACT        BLOCKED FROM   FIELD            WHY",
        "nonroot-v2   restricted   restricted",
        "terminals    privileged   privileged   baseline       allowHostPorts   it is allowed",
    ]
    document = answer_of("level", "nonroot")
    assert document["kind"] == "PolicyLevelList"
    assert document["items"][0]["policy"] == "nonroot"
    assert document["items"][0]["blockers"][0] == {
        "level": "restricted",
        "field": "allowPrivilegeEscalation",
        "why": "privilege escalation is allowed",
    }
    assert (
        call("level", "-f", SAMPLE, "-o", "name").stdout.splitlines()[0]
        == "securitycontextconstraints/anyuid"
    )


def test_the_level_of_missing_constraints_is_refused() -> None:
    result = call("level", "nonrot", "-f", SAMPLE)
    assert result.exit_code == 2
    assert 'securitycontextconstraints.security.openshift.io "nonrot" not found' in result.stderr
