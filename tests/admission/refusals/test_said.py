"""Tests that refusals by plugins, webhooks and validation are distinguished, with their complete words."""

import pytest

from rbacpsp.admission.refusals import read_refusals
from rbacpsp.admission.refusals.explanations import ExplainedRefusal
from rbacpsp.decode.passages import passages

KYVERNO = """Error from server: error when creating "p.yaml": admission webhook "validate.kyverno.svc-fail" \
denied the request:

resource Pod/default/web was blocked due to the following policies

disallow-latest-tag:
  require-image-tag: 'validation error: An image tag is required.'
"""
GATEKEEPER = """Error from server (Forbidden): error when creating "a.yaml": admission webhook \
"validation.gatekeeper.sh" denied the request: [must-have-owner] you must provide labels: {"owner"}
[no-latest] the tag latest is not allowed
Error from server (Forbidden): error when creating "b.yaml": admission webhook "policy.example.com" denied \
the request: no
"""


def recognized(text: str) -> list[tuple[str, dict[str, str]]]:
    refusals = read_refusals(passages(text)).refusals
    assert all(isinstance(each, ExplainedRefusal) for each in refusals)
    return [
        (each.known_message.id, {key: value for key, value in each.values.items() if value})
        for each in refusals
        if isinstance(each, ExplainedRefusal)
    ]


def test_all_lines_of_a_webhooks_message_are_kept() -> None:
    ((kind, values),) = recognized(KYVERNO)
    assert kind == "kyverno"
    assert values["why"] == (
        "resource Pod/default/web was blocked due to the following policies disallow-latest-tag: "
        "require-image-tag: 'validation error: An image tag is required"
    )


def test_the_message_of_a_webhook_ends_where_the_next_refusal_begins() -> None:
    assert [(kind, values["why"]) for kind, values in recognized(GATEKEEPER)] == [
        (
            "gatekeeper",
            '[must-have-owner] you must provide labels: {"owner"} [no-latest] the tag latest is not allowed',
        ),
        ("webhook", "no"),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        (
            'namespaces "kube-system" is forbidden: this namespace may not be deleted',
            "namespace-stays",
            {"resource": "namespaces", "name": "kube-system"},
        ),
        (
            'pods "x" is forbidden: no PriorityClass with name high was found',
            "priority-class",
            {
                "resource": "pods",
                "name": "x",
                "class": "high",
                "what": "no PriorityClass with name high was found",
            },
        ),
        (
            'pods "web-1" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
            "runtime-class",
            {"resource": "pods", "name": "web-1", "what": 'RuntimeClass "gvisor" not found'},
        ),
        (
            (
                'pods "x" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, '
                'node "n1" can only '
                "create mirror pods"
            ),
            "node-restriction",
            {
                "resource": "pods",
                "name": "x",
                "other": 'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can '
                "only create "
                "mirror pods",
            },
        ),
        (
            (
                'RoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef: Invalid value: '
                'rbac.RoleRef{Kind:"Role", Name:"y"}: cannot change roleRef'
            ),
            "role-ref-changed",
            {"kind": "RoleBinding", "name": "x"},
        ),
        (
            (
                'Deployment.apps "web" is invalid: spec.selector: Invalid value: '
                'v1.LabelSelector{MatchLabels:map[string]string{"app":"b"}}: field is immutable'
            ),
            "field-immutable",
            {"kind": "Deployment", "name": "web", "field": "spec.selector"},
        ),
        (
            (
                'The Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than '
                "`spec.containers[*].image`"
            ),
            "pod-changed",
            {"kind": "Pod", "name": "web", "what": "change fields other than"},
        ),
        (
            (
                'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
                "string into "
                "Go struct field DeploymentSpec.spec.replicas of type int32"
            ),
            "not-decoded",
            {
                "kind": "Deployment",
                "version": "v1",
                "errors": "json: cannot unmarshal string into Go struct field "
                "DeploymentSpec.spec.replicas of type "
                "int32",
            },
        ),
        (
            'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.x"',
            "unknown-field",
            {"errors": 'unknown field "spec.x"'},
        ),
        (
            (
                'error: error validating "a.yaml": error validating data: unknown object type "nil" in '
                "Secret.data.x; if you choose to ignore these errors, turn validation off with "
                "--validate=false"
            ),
            "unknown-to-kubectl",
            {"errors": 'unknown object type "nil" in Secret.data.x'},
        ),
        (
            (
                'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; '
                "please apply "
                "your changes to the latest version and try again"
            ),
            "conflict",
            {"resource": "deployments.apps", "name": "web"},
        ),
        ("Cannot evict pod as it would violate the pod's disruption budget.", "eviction", {}),
    ],
)
def test_each_common_refusal_is_recognized(text: str, kind: str, values: dict[str, str]) -> None:
    assert recognized(f"Error from server (Forbidden): {text}") == [(kind, values)]
