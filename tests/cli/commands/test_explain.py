"""Tests the complete output of `rbacpsp explain`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import cluster, web, workload, write_cluster

Run = Callable[..., Result]

EMPTY = 'Error creating: pods "{}" is forbidden: PodSecurityPolicy: unable to admit pod: []'
REPLICASETS = "system:serviceaccount:kube-system:replicaset-controller"


@pytest.fixture
def explain(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    builder = cluster().add(
        workload("Deployment", account="default"),
        workload("Deployment", "twin", account="default"),
        workload("Deployment", "twin", "team-c", account="default"),
        web("team-b", "default"),
    )
    write_cluster(tmp_path, builder)

    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return call("explain", *arguments, "-f", "cluster.json", stdin=stdin)

    return invoke


def rows(result: Result) -> list[tuple[str, str]]:
    """The rows of a table, without its titles."""
    lines = result.stdout.splitlines()
    start = lines[0].index("EXPLANATION")
    return [(line[:start].strip(), line[start:]) for line in lines[1:]]


def test_a_refused_pod_is_explained_with_the_checked_users_and_the_next_command(explain: Run) -> None:
    result = explain(EMPTY.format("app-75b5689b9f-"))
    assert rows(result) == [
        (
            "it says",
            (
                "the pod app-75b5689b9f-..., which a controller was creating, was refused with []: neither "
                "its service account nor whoever created it may use any policy (or, on an update, one that "
                "had to change it)"
            ),
        ),
        ("made by", "Deployment app in namespace team-a"),
        ("asked", f"system:serviceaccount:team-a:default and {REPLICASETS}: lax, strict"),
        ("lax", "may not be used by any of them; it would admit it unchanged"),
        ("strict", "may not be used by any of them; it would admit it, changed"),
        ("here", 'pods "app-xxxxxxxxxx-" is forbidden: PodSecurityPolicy: unable to admit pod: []'),
        ("next", "rbacpsp psp fix FILE -n team-a -f cluster.json (FILE holds Deployment app)"),
        ("next", "rbacpsp psp users -n team-a -f cluster.json"),
    ]
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.24, assumed.\n", 0)


def test_a_pod_that_would_be_admitted_now_is_reported_as_such(explain: Run) -> None:
    result = explain(EMPTY.format("web"), "--as", REPLICASETS)
    assert rows(result)[-1] == ("here", "in the loaded cluster the pod is admitted, by lax")
    assert (
        "note",
        "a person created the pod: name this user with --as, because what the user may use counts too",
    ) in rows(explain(EMPTY.format("web")))


def test_a_name_in_two_namespaces_is_reported_and_one_is_used(explain: Run) -> None:
    explanation = rows(explain(EMPTY.format("twin-75b5689b9f-")))
    assert explanation[1:3] == [
        ("made by", "Deployment twin in namespace team-a"),
        ("or", "a similar one in team-c: choose with -n"),
    ]
    in_team_c = rows(explain(EMPTY.format("twin-75b5689b9f-"), "-n", "team-c"))
    assert in_team_c[1] == ("made by", "Deployment twin in namespace team-c")
    assert "or" not in dict(in_team_c)


def test_errors_are_listed_once_each(explain: Run) -> None:
    error = "spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used"
    result = explain(f'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: [{error} {error}]')
    assert rows(result)[:2] == [
        ("it says", "the pod web was refused by every policy that could be used:"),
        ("error", error),
    ]


def test_a_pod_without_a_loaded_owner_is_explained_by_the_controllers(explain: Run) -> None:
    result = explain(EMPTY.format("gone-"), "-n", "team-b")
    assert rows(result)[1:] == [
        ("here", "no loaded object makes a pod of this name; there are lax, strict"),
        ("lax", "controllers that may use it: replicaset-controller"),
        ("strict", "controllers that may use it: none"),
        ("next", "rbacpsp psp users -n team-b -f cluster.json"),
        ("next", "rbacpsp psp admit FILE -f cluster.json (FILE makes the pod)"),
    ]


def test_a_cluster_without_policies_has_its_own_explanation(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    words = 'pods "web" is forbidden: PodSecurityPolicy: no providers available to validate pod request'
    assert rows(call("explain", words, "-f", source, "--kubernetes-version", "1.24")) == [
        ("it says", "the pod web was refused because the cluster has no PodSecurityPolicy at all"),
        ("here", "no policy is loaded either: create one, and let those who create pods use it"),
    ]


def test_a_refused_request_is_explained_with_sufficient_roles(explain: Run) -> None:
    result = explain(
        'pods is forbidden: User "alice" cannot create resource "pods" in API group "" '
        'in the namespace "team-a"'
    )
    assert rows(result) == [
        ("it says", "alice may not create pods in namespace team-a: no role bound to it allows that"),
        (
            "here",
            "it is refused here too, with the groups system:authenticated; the message names no groups",
        ),
        (
            "remedy",
            "Role/make allows it: a RoleBinding of it in team-a would work, and grants nothing else",
        ),
        (
            "remedy",
            (
                "ClusterRole/edit allows it: a RoleBinding of it in team-a would work, and grants 381 other "
                "permissions, "
                "210 of them to change things or to read secrets"
            ),
        ),
        (
            "remedy",
            (
                "ClusterRole/admin allows it: a RoleBinding of it in team-a would work, and grants 398 other "
                "permissions, "
                "221 of them to change things or to read secrets"
            ),
        ),
        (
            "remedy",
            "a Role with only create pods and a RoleBinding to it in team-a: rbacpsp grant writes both",
        ),
        ("next", "rbacpsp grant create pods --to alice -n team-a -f cluster.json"),
        ("next", "rbacpsp lookup alice -f cluster.json"),
        ("next", "rbacpsp roles create pods -f cluster.json"),
        ("next", "rbacpsp who-can create pods -n team-a -f cluster.json"),
    ]


_NOT_HELD = (
    'user "alice" (groups=["dev" "system:authenticated"]) '
    "is attempting to grant RBAC permissions not currently held:"
)
_ROLE = (
    f'roles.rbac.authorization.k8s.io "x" is forbidden: {_NOT_HELD}\n'
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n'
    '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["web"], Verbs:["get"]}\n'
)
_BINDING = (
    f'clusterrolebindings.rbac.authorization.k8s.io "me" is forbidden: {_NOT_HELD}\n'
    '{NonResourceURLs:["/logs/*"], Verbs:["get"]}\n'
)


@pytest.fixture
def granting(call: Run, tmp_path: Path) -> Run:
    """`explain` in a cluster where the group `dev` reads secrets in the namespace `x`."""
    reads = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
    builder = ClusterBuilder().role("reads", reads, namespace="x").bind("reads", "Group/dev", namespace="x")

    def invoke(message: str, *options: str, extra: ClusterBuilder | None = None) -> Result:
        objects = ClusterBuilder().add(*builder.objects, *(extra.objects if extra else ()))
        return call("explain", message, *options, "-f", write_cluster(tmp_path, objects))

    return invoke


def test_a_role_that_the_server_could_not_find_for_the_writer_is_named(granting: Run) -> None:
    errors = '; resolution errors: [clusterroles.rbac.authorization.k8s.io "gone" not found]'
    parts = rows(granting(_BINDING.rstrip("\n") + errors))
    assert [text for what, text in parts if what == "roleRef"] == [
        (
            "a binding of alice names ClusterRole gone, which does not exist on that server: create it or "
            "correct the binding first"
        )
    ]
    assert "roleRef" not in dict(rows(granting(_BINDING)))


def test_a_role_that_would_grant_more_than_its_writer_holds_is_explained(
    granting: Run, tmp_path: Path
) -> None:
    result = granting(_ROLE, "-n", "x")
    source = tmp_path / "cluster.json"
    assert rows(result) == [
        ("it says", "alice may write roles, but role x has permissions that alice does not have:"),
        ("missing", "get, list secrets"),
        ("missing", "get deployments.apps named web"),
        ("here", "alice lacks a part of that here too"),
        (
            "remedy",
            "somebody who holds all of it must write it, or alice must first be granted what is missing",
        ),
        (
            "remedy",
            "escalate on roles skips the check, and alice could grant itself anything that way",
        ),
        ("next", f"rbacpsp rules alice -n x -f {source}"),
        ("next", f"rbacpsp who-can escalate roles.rbac.authorization.k8s.io -n x -f {source}"),
    ]
    assert (result.stderr, result.exit_code) == ("Kubernetes 1.37, assumed.\n", 0)


def test_a_missing_namespace_in_the_refusal_is_requested(granting: Run) -> None:
    explanation = dict(rows(granting(_ROLE)))
    assert explanation["here"] == "alice lacks all of that here too"
    assert (
        explanation["note"]
        == "the message names no namespace: with -n, permissions in that namespace count too"
    )


def test_a_binding_whose_writer_now_holds_the_role_would_be_stored(granting: Run) -> None:
    urls = {"verbs": ["*"], "nonResourceURLs": ["*"]}
    cluster = ClusterBuilder().role("urls", urls).bind("urls", "User/alice")
    assert (
        dict(rows(granting(_BINDING, extra=cluster)))["here"] == "alice holds all of that: it would be stored"
    )
    binds = {"verbs": ["bind"], "apiGroups": ["*"], "resources": ["clusterroles"]}
    freed = ClusterBuilder().role("binds", binds).bind("binds", "Group/dev")
    assert dict(rows(granting(_BINDING, extra=freed)))["here"] == (
        "alice may bind clusterroles, and may therefore write it without having its permissions"
    )


def test_a_refused_url_has_no_scope_and_a_node_is_advised_no_role(explain: Run) -> None:
    result = explain('forbidden: User "system:node:n1" cannot get path "/metrics"')
    assert rows(result) == [
        ("it says", "system:node:n1 may not get /metrics: no role bound to it allows that"),
        (
            "remedy",
            (
                "do not write a role: system:node:n1 is a kubelet, whose permissions the Node "
                "authorizer derives from the pods on its node; a role would give the object to "
                "anybody who takes over a node"
            ),
        ),
    ]
    assert result.stderr == "Kubernetes 1.24, assumed.\n"


def test_a_request_that_is_allowed_now_and_one_that_no_role_holds(explain: Run) -> None:
    allowed = explain(
        'pods is forbidden: User "dev" cannot create resource "pods" in API group "" '
        'in the namespace "team-a"'
    )
    assert rows(allowed)[1] == (
        "here",
        'it is allowed now: RBAC: allowed by RoleBinding "make/team-a" of Role "make" to User "dev"',
    )
    result = explain(
        'nodes is forbidden: User "dev" cannot list resource "nodes" in API group "" at the cluster scope'
    )
    assert (
        "remedy",
        (
            "only roles made for parts of Kubernetes, or for everything, allow it: write a new role "
            "instead of binding these"
        ),
    ) in rows(result)


def test_the_message_may_come_from_standard_input(explain: Run) -> None:
    text = EMPTY.format("app-75b5689b9f-")
    assert explain(stdin=f"LAST SEEN  TYPE\n3m  Warning  {text}\n").stdout == explain(text).stdout


def test_json_and_yaml_contain_the_same(explain: Run) -> None:
    text = EMPTY.format("app-75b5689b9f-")
    answer = json.loads(explain(text, "-o", "json").stdout)
    assert answer == yaml.safe_load(explain(text, "-o", "yaml").stdout)
    assert (answer["kind"], answer["message"]) == ("Explanation", text)
    assert [(part["what"], part["text"]) for part in answer["explanation"]] == rows(explain(text))
    assert explain(text, "--no-headers").stdout.startswith("it says   the pod app-75b5689b9f-...")
    assert explain(text, "-o", "csv").stdout.startswith("what,explanation\n")


@pytest.mark.parametrize("text", ["", "no such thing"])
def test_an_unknown_text_is_answered_with_what_to_paste(explain: Run, text: str) -> None:
    result = explain(text, stdin="")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        "error: no refusal by the server was found in this text: paste the whole message, such as 'pods "
        "\"web\" is forbidden: PodSecurityPolicy: unable to admit pod: []' or 'pods is forbidden: User "
        '"eve" cannot list resource "pods" in API group "" in the namespace "x"\'\n'
    )


def test_a_partial_message_names_the_nearest_form(explain: Run) -> None:
    result = explain("is forbidden: violates PodSecurity")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        "error: the nearest known message is a pod that violates a Pod Security level, but a part is "
        'missing from the text: pods "web" is forbidden: violates PodSecurity "restricted:latest": '
        'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)\n'
    )


def test_several_refusals_are_explained_in_their_order(explain: Run) -> None:
    first, second = EMPTY.format("app-75b5689b9f-"), EMPTY.format("twin-75b5689b9f-")
    result = explain(stdin=f"3m Warning {first}\n2m Warning {second}\n2m Warning {first}\n")
    explanation = rows(result)
    assert [text for what, text in explanation if what.startswith("refusal ")] == [
        first.removeprefix("Error creating: "),
        second.removeprefix("Error creating: "),
    ]
    answer = json.loads(explain("-o", "json", stdin=f"{first}\n{second}\n").stdout)
    assert answer["message"] == answer["items"][0]["message"]
    assert answer["explanation"] == answer["items"][0]["explanation"]
    assert len(answer["items"]) == 2


def test_standard_input_is_read_once(explain: Run) -> None:
    result = explain("-f", "-", stdin="{}")
    assert result.exit_code == 2
    assert "standard input can be read only once" in result.stderr


def test_a_hostile_message_is_escaped(explain: Run) -> None:
    result = explain(EMPTY.format("\x1b[2Jweb\u202e-"))
    assert "the pod web\\u202e-..." in result.stdout
    assert result.stdout.replace("\n", "").isprintable()
