"""Tests the requests of `Cluster.submit` for each kind of object, and its steps, pods and warnings."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder, binding, namespace, role, rule
from tests.admission.test_submit import DANA, RESTRICTED, built, rollout, web_deployment, web_pod

CONFIG: JSONObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "x"}}
ENFORCE, WARN = "pod-security.kubernetes.io/enforce", "pod-security.kubernetes.io/warn"


@pytest.mark.parametrize(
    ("item", "kind", "version"),
    [
        ({"metadata": {"name": "a"}}, "", ""),
        ({"kind": "Pod"}, "Pod", ""),
        ({"kind": "Pod", "apiVersion": "v2", "metadata": None}, "Pod", "v2"),
        ({"kind": "Deployment", "apiVersion": "v1"}, "Deployment", "v1"),
        ({"kind": "Pod", "apiVersion": "apps/v1"}, "Pod", "apps/v1"),
        ({"kind": "Scale", "apiVersion": "apps/v1"}, "Scale", "apps/v1"),
    ],
)
def test_a_kind_that_the_server_does_not_serve_has_no_resource(
    item: JSONObject, kind: str, version: str
) -> None:
    submission = built().submit(item, user=DANA)
    assert submission.message == f'no matches for kind "{kind}" in version "{version}"'
    assert (submission.kind, submission.refused_by, submission.namespace) == (kind, "validation", "")
    assert [(step.by, step.allowed) for step in submission.steps] == [("validation", False)]
    (row,) = built().preflight([item], DANA).rows
    assert [missing.message for missing in row.missing] == [submission.message]


def authorized(cluster: Cluster, item: JSONObject, operation: Any) -> bool:
    submission = cluster.submit(item, user=DANA, operation=operation, old=item)
    return submission.steps[0].allowed is True


def test_a_request_has_the_name_of_the_object_only_where_it_is_updated() -> None:
    named = rule("create update", "configmaps") | {"resourceNames": ["c"]}
    cluster = Cluster.from_objects([role("r", named), binding("r", "User/dana")])
    assert authorized(cluster, CONFIG, "UPDATE")
    assert not authorized(cluster, CONFIG, "CREATE")
    other = {**CONFIG, "metadata": {"name": "d", "namespace": "x"}}
    assert not authorized(cluster, other, "UPDATE")


def test_an_update_of_a_namespace_is_a_request_within_it() -> None:
    held = rule("create update", "namespaces")
    cluster = Cluster.from_objects(
        [namespace("x"), role("r", held, namespace="x"), binding("r", "User/dana", namespace="x")]
    )
    assert authorized(cluster, namespace("x"), "UPDATE")
    assert not authorized(cluster, namespace("x"), "CREATE")
    assert not authorized(cluster, namespace("y"), "UPDATE")
    inside = {**CONFIG, "metadata": {"name": "x", "namespace": "y"}}
    assert not authorized(cluster, inside, "UPDATE")


@pytest.mark.parametrize(
    ("spaces", "name", "refused"),
    [
        ((), "y", False),
        (("default",), "y", False),
        (("default", "kube-system"), "y", False),
        (("x",), "y", True),
        (("x",), "x", False),
        (("x",), "default", False),
        (("x",), "kube-system", False),
    ],
)
def test_a_namespace_is_missing_only_if_others_than_the_standard_ones_are_known(
    spaces: tuple[str, ...], name: str, refused: bool
) -> None:
    cluster = Cluster.from_objects([namespace(space) for space in spaces])
    message = cluster.submit({**CONFIG, "metadata": {"name": "c", "namespace": name}}).message
    assert message == (f'namespaces "{name}" not found' if refused else None)


def texts(cluster: Cluster, item: JSONObject, **asked: Any) -> list[tuple[str, bool | None, str]]:
    return [(step.by, step.allowed, step.text) for step in cluster.submit(item, **asked).steps]


def test_each_step_says_why_it_lets_the_object_pass() -> None:
    root = User("root", ("system:masters",))
    nobody = ("rbac", None, "no user was given")
    valid = ("validation", True, "the object is valid")
    assert texts(built(), CONFIG) == [nobody, valid]
    assert texts(built(), CONFIG, user=root) == [("rbac", True, "a member of system:masters"), valid]
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}
    assert texts(built(), lease) == [nobody, ("validation", None, "a Lease is not validated here")]
    assert texts(built(), rollout()) == [
        nobody,
        ("validation", None, "a custom resource is validated by its definition, which is not checked here"),
    ]
    assert texts(built(), namespace("n")) == [
        *(nobody, valid),
        ("podsecurity", True, "its labels of Pod Security are valid"),
    ]
    assert texts(built(RESTRICTED), web_deployment()) == [nobody, valid]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({ENFORCE: "baseline"}, "it meets baseline:latest"),
        ({ENFORCE: "baseline", f"{ENFORCE}-version": "v1.30"}, "it meets baseline:v1.30"),
        ({}, "it meets privileged:latest"),
    ],
)
def test_the_step_of_pod_security_names_the_level(labels: dict[str, str], words: str) -> None:
    assert texts(built(labels), web_pod())[-1] == ("podsecurity", True, words)


def test_warnings_of_pod_security_are_those_of_the_submission() -> None:
    warned = built({WARN: "restricted"})
    for item in (web_pod(), web_deployment()):
        (warning,) = warned.submit(item).warnings
        assert warning.startswith('would violate PodSecurity "restricted:latest": ')
    assert built().submit(web_pod()).warnings == ()
    assert warned.submit(CONFIG).warnings == ()


def test_what_is_stored_is_compared_with_an_update_that_names_no_old_object() -> None:
    stored = web_deployment()
    other = web_deployment()
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    other["spec"]["template"]["metadata"] = {"labels": {"app": "other"}}
    cluster = Cluster.from_objects([*ClusterBuilder().namespace("x").objects, stored])
    assert cluster.submit(other).message is None
    message = cluster.submit(other, operation="UPDATE").message
    assert message is not None
    assert message.endswith(": field is immutable")


def test_a_plain_object_that_is_updated_is_compared_only_with_one_that_is_given() -> None:
    cluster = built()
    old = {**CONFIG, "data": {"a": "x"}, "immutable": True}
    new = {**CONFIG, "data": {"a": "y"}, "immutable": True}
    assert "field is immutable" in (cluster.submit(new, operation="UPDATE", old=old).message or "")
    assert cluster.submit(new, operation="UPDATE").message is None
    assert cluster.submit(new, operation="CREATE", old=old).message is None


def test_pods_have_the_names_that_their_controller_gives_them() -> None:
    cluster = built(RESTRICTED)
    template = web_deployment()["spec"]["template"]
    spec = {"serviceName": "s", "selector": {"matchLabels": {"app": "web"}}, "template": template}
    (made,) = cluster.submit({**web_deployment(), "kind": "StatefulSet", "spec": spec}).pods
    assert (made.kind, made.name) == ("StatefulSet", "web-0")
    assert made.event is not None
    (made,) = cluster.submit(web_deployment()).pods
    assert made.name == "web-xxxxxxxxxx-"


def test_pods_of_a_controller_that_is_not_known_have_no_event() -> None:
    cluster = built(RESTRICTED)
    item = rollout("kubeflow.org/v1", "PyTorchJob")
    item["spec"] = {"pytorchReplicaSpecs": {"Worker": {"template": item["spec"]["template"]}}}
    for made in cluster.submit(item).pods:
        assert made.message is not None
        assert (made.event is None) is (made.creator is None)


def what(result: Any) -> list[list[str]]:
    return [[missing.what for missing in row.missing] for row in result.rows]


def service(name: str, **spec: Any) -> JSONObject:
    made = {"ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "x"}, "spec": made}


def test_an_address_that_another_service_has_is_reported_differently_from_an_invalid_object() -> None:
    root = User("root", ("system:masters",))
    cluster = Cluster.from_objects([], kubernetes_version="1.24")
    port = {"port": 80, "nodePort": 30001}
    nodes = [service(name, type="NodePort", ports=[port]) for name in "ab"]
    far = service("c", type="NodePort", ports=[{"port": 80, "nodePort": 80}])
    twice = service(
        "d",
        type="NodePort",
        ports=[
            {**port, "nodePort": 30002, "name": "a"},
            {**port, "port": 81, "nodePort": 30002, "name": "b"},
        ],
    )
    assert what(cluster.preflight([*nodes, far, twice], root)) == [
        *([], ["an address or port that no other Service has"]),
        *(["a valid object"], ["an address or port that no other Service has"]),
    ]


def test_a_refused_role_does_not_exist_for_the_bindings_after_it() -> None:
    held = rule("get create", "rolebindings", "rbac.authorization.k8s.io")
    cluster = Cluster.from_objects([role("some", held), binding("some", "User/dana")])
    made = [role("r", namespace="x"), binding("r", "User/eve", namespace="x")]
    (first, second) = what(cluster.preflight(made, DANA))
    assert len(first) == 2
    assert second == ["the role, or bind roles.rbac.authorization.k8s.io/r"]


@pytest.mark.parametrize(("scope", "place"), [("Cluster", ""), ("Namespaced", "default"), ("", "default")])
def test_objects_of_a_kind_that_is_defined_with_them_have_its_scope(scope: str, place: str) -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            **({"scope": scope} if scope else {}),
        },
    }
    widgets = [
        {"apiVersion": api_version, "kind": "Widget", "metadata": {"name": "w"}}
        for api_version in ("example.com/v1", "other.example.com/v1")
    ]
    root = User("root", ("system:masters",))
    rows = Cluster.from_objects([]).preflight([definition, *widgets], root).rows
    assert [row.namespace for row in rows[1:]] == [place, ""]
    assert [bool(row.missing) for row in rows[1:]] == [False, True]
    assert (
        rows[1].note == "kubectl finds its kind when the CustomResourceDefinition of the same set is stored"
    )


@pytest.mark.parametrize("fields", [{}, {"spec": None}, {"spec": {"names": None}}])
def test_a_definition_that_is_not_complete_defines_no_kind(fields: JSONObject) -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        **fields,
    }
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    rows = Cluster.from_objects([]).preflight([definition, widget], DANA).rows
    assert [missing.what for missing in rows[1].missing] == ["a resource of this kind"]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"generateName": "c-"}, "cannot use generate name with apply"),
        ({}, "resource name may not be empty"),
        (None, "resource name may not be empty"),
    ],
)
def test_an_object_without_a_name_cannot_be_applied(metadata: Any, message: str) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    (row,) = Cluster.from_objects([]).preflight([item], DANA).rows
    assert [(missing.what, missing.message) for missing in row.missing] == [("metadata.name", message)]
    assert (row.decision, row.allowed) == (None, False)


def test_one_of_the_roles_that_hold_a_permission_is_offered_and_then_a_new_one() -> None:
    held = rule("create", "configmaps")
    cluster = Cluster.from_objects([role("first", held, namespace="x"), role("second", held, namespace="x")])
    remedies = cluster.submit(CONFIG, user=DANA).mending
    assert [(remedy.kind, bool(remedy.objects)) for remedy in remedies] == [("grant", False), ("grant", True)]
    assert remedies[0].text == "bind Role first, which holds it, to dana"
