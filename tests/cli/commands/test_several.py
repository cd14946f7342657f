"""Tests questions with several verbs and resources, and with kubectl's command words."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp.testing import binding, role, rule
from tests.cli.conftest import OBJECTS

Run = Callable[..., Result]


def test_a_subject_that_may_do_part_of_it_has_one_row_that_lists_the_part(run: Run) -> None:
    assert run("who-can get,list,delete pods,pods/log -n team-a").exit_code == 0
    assert run("who-can get,delete pods,secrets -n team-a").stdout == (
        "SUBJECT                    SCOPE          CAN                                   ROLE\n"
        "Group/system:masters       cluster-wide   get,delete pods; get,delete secrets   <every>\n"
        "Group/ops                  cluster-wide   get,delete pods; get,delete secrets   "
        "ClusterRole/admin-all\n"
        "ServiceAccount/ci:runner   team-a         get pods                              Role/pod-reader\n"
        "User/alice                 team-a         get pods                              Role/pod-reader\n"
    )


def test_with_all_only_those_are_shown_who_may_do_everything(run: Run) -> None:
    assert run("who-can get,delete pods,secrets -n team-a --all --no-headers").stdout == (
        "Group/system:masters   cluster-wide   get,delete pods; get,delete secrets   <every>\n"
        "Group/ops              cluster-wide   get,delete pods; get,delete secrets   ClusterRole/admin-all\n"
    )


def test_json_has_the_requests_and_the_grants_of_each(run: Run) -> None:
    document = json.loads(run("who-can get,delete pods -n team-a -o json").stdout)
    assert [request["resourceAttributes"]["verb"] for request in document["requests"]] == ["get", "delete"]
    (alice,) = [item for item in document["items"] if item["subject"]["name"] == "alice"]
    assert [permission["request"]["resourceAttributes"]["verb"] for permission in alice["can"]] == ["get"]
    assert alice["can"][0]["grants"][0]["binding"]["name"] == "readers"


@pytest.mark.parametrize(
    ("line", "verb", "combined", "name"),
    [
        ("exec pods", "create", "pods/exec", ""),
        ("exec pods/web", "create", "pods/exec", "web"),
        ("exec deployments/web", "create", "pods/exec", ""),
        ("exec", "create", "pods/exec", ""),
        ("attach pods", "create", "pods/attach", ""),
        ("logs pods", "get", "pods/log", ""),
        ("port-forward services/web", "create", "pods/portforward", ""),
        ("debug pods", "patch", "pods/ephemeralcontainers", ""),
        ("debug nodes/one", "create", "pods", ""),
        ("evict pods", "create", "pods/eviction", ""),
        ("scale deployments", "patch", "deployments/scale", ""),
        ("exec pods --verbatim", "exec", "pods", ""),
    ],
)
def test_words_of_kubectl_mean_the_requests_of_kubectl(
    run: Run, line: str, verb: str, combined: str, name: str
) -> None:
    attributes = json.loads(run(f"who-can {line} -n team-a -o json").stdout)["request"]["resourceAttributes"]
    sub = f"/{attributes['subresource']}" if "subresource" in attributes else ""
    assert (attributes["verb"], attributes["resource"] + sub, attributes.get("name", "")) == (
        verb,
        combined,
        name,
    )


def test_a_word_that_is_a_verb_in_a_rule_is_kept(call: Run, write: Callable[..., str]) -> None:
    own = [
        role("odd", rule("exec", "pods")),
        binding("odd", "User/eve"),
    ]
    file = write([*OBJECTS, *own])
    result = call("who-can", "exec", "pods", "-f", file, "--bootstrap", "never", "-o", "name")
    assert result.stdout == "Group/system:masters\nGroup/ops\nUser/eve\n"


def test_the_requests_of_kubectl_are_named(run: Run) -> None:
    assert run("who-can exec pods -n team-b").stderr == (
        "exec pods is checked as the request that kubectl sends: create pods/exec.\n"
    )
    assert run("who-can exec pods -n team-b --kubernetes-version 1.30").stderr == (
        "exec pods is checked as the request that kubectl sends: create pods/exec; before Kubernetes "
        "1.35, get pods/exec is enough over a WebSocket.\n"
    )
    result = run("can-i exec pods --as alice")
    assert result.stderr == (
        "Warning: verb 'exec' is not a known verb\n"
        "kubectl exec asks the server for: create pods --subresource exec\n"
    )
