"""Tests `rbacpsp review` of AdmissionReview objects: both plugins, in the server's order."""

import base64
import copy
import gzip
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from rbacpsp import Cluster, User
from rbacpsp.admission.json_patch import json_patch
from rbacpsp.testing import binding, role, rule
from tests.cli.commands.psa.test_label import namespace_with_modes

Run = Callable[..., Result]
JSONObject = dict[str, Any]

RECORDED = Path(__file__).parents[2] / "conformance" / "data" / "psp-create.jsonl.gz"

POLICY: dict[str, Any] = {
    "apiVersion": "policy/v1beta1",
    "kind": "PodSecurityPolicy",
    "metadata": {
        "name": "hard",
        "annotations": {
            "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default",
            "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
        },
    },
    "spec": {
        "allowPrivilegeEscalation": False,
        "requiredDropCapabilities": ["ALL"],
        "runAsUser": {"rule": "MustRunAsNonRoot"},
        "seLinux": {"rule": "RunAsAny"},
        "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 7, "max": 9}]},
        "supplementalGroups": {"rule": "RunAsAny"},
        "volumes": ["emptyDir", "projected"],
    },
}
PSP = [
    POLICY,
    role("use", rule("use", "podsecuritypolicies", "policy")),
    binding("use", "User/alice"),
]
SPACES = [
    namespace_with_modes("default"),
    namespace_with_modes("hard", enforce="restricted", warn="restricted"),
    namespace_with_modes("warned", warn="baseline", audit="restricted"),
]
RESOURCES = {
    "Pod": ("", "pods"),
    "Deployment": ("apps", "deployments"),
    "Namespace": ("", "namespaces"),
    "ConfigMap": ("", "configmaps"),
    "Scale": ("apps", "deployments"),
}
MESSAGE = (
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
    '(container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities '
    '(container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or '
    'container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" '
    'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
)


def pod_without_namespace(name: str = "p", **spec: Any) -> JSONObject:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": "i"}], **spec},
    }


def review(obj: JSONObject | None, namespace_name: str = "default", **request: Any) -> JSONObject:
    kind = (obj or {}).get("kind", "Pod")
    group, resource = RESOURCES[kind]
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5",
            "kind": {"group": group, "version": "v1", "kind": kind},
            "resource": {"group": group, "version": "v1", "resource": resource},
            "namespace": namespace_name,
            "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": obj,
            **request,
        },
    }


@pytest.fixture
def answer(call: Run, write: Callable[..., str]) -> Callable[..., JSONObject]:
    """The response to a review of a cluster with these objects."""

    def review_answer(objects: list[JSONObject], admission_review: JSONObject, *options: str) -> JSONObject:
        result = call(
            "review", "-", "-f", write(objects), *options, stdin=json.dumps(admission_review, indent=1)
        )
        assert (result.stderr, result.exit_code) == ("", 0)
        document = json.loads(result.stdout)
        response: JSONObject = document.pop("response")
        assert document == admission_review
        return response

    return review_answer


Answer = Callable[..., JSONObject]


def patched(obj: JSONObject, response: JSONObject) -> JSONObject:
    """The object after the patch of a response, applied by the letter of RFC 6902: adds and replacements."""
    result: Any = copy.deepcopy(obj)
    for operation in json.loads(base64.b64decode(response["patch"])):
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        parent = result
        for step in way:
            parent = parent[int(step)] if isinstance(parent, list) else parent[step]
        if isinstance(parent, list):
            assert operation["op"] == "replace"
            parent[int(last)] = operation["value"]
        else:
            assert (operation["op"] == "replace") == (last in parent)
            parent[last] = operation["value"]
    answer_value: JSONObject = result
    return answer_value


def test_a_pod_that_violates_the_enforce_level_is_refused(answer: Answer) -> None:
    assert answer(SPACES, review(pod_without_namespace(), "hard")) == {
        "uid": "705ab4f5",
        "allowed": False,
        "status": {"status": "Failure", "message": MESSAGE, "reason": "Forbidden", "code": 403},
        "auditAnnotations": {"pod-security.kubernetes.io/enforce-policy": "restricted:latest"},
    }


def test_a_workload_is_warned_about_and_noted_for_the_audit(answer: Answer) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"hostPID": True, "containers": []}}},
    }
    response = answer(SPACES, review(deployment, "warned"))
    assert response["allowed"]
    assert response["warnings"] == [
        'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'
    ]
    assert response["auditAnnotations"] == {
        "pod-security.kubernetes.io/audit-violations": (
            'would violate PodSecurity "restricted:latest": host namespaces (hostPID=true)'
        )
    }


def test_a_namespace_review_warns_about_its_pods_and_refuses_invalid_labels(answer: Answer) -> None:
    stored = {**pod_without_namespace(), "metadata": {"name": "p", "namespace": "default"}}
    labeled = namespace_with_modes("default", enforce="restricted")
    admission_review = review(labeled, operation="UPDATE", oldObject=namespace_with_modes("default"))
    response = answer([*SPACES, stored], admission_review)
    assert response["allowed"]
    assert response["warnings"][0] == (
        'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"'
    )
    refused = answer(SPACES, review(namespace_with_modes("new", enforce="strict")))
    assert refused["status"] == {
        "status": "Failure",
        "message": (
            'Namespace "new" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: '
            '"strict": must be one of privileged, baseline, restricted'
        ),
        "reason": "Invalid",
        "code": 422,
    }


def test_a_missing_namespace_is_an_error_of_the_server(answer: Answer) -> None:
    status = answer(SPACES, review(pod_without_namespace(), "gone"))["status"]
    assert (status["reason"], status["code"]) == ("InternalError", 500)


def test_a_pod_that_its_policy_makes_invalid_is_answered_as_the_validation_does(answer: Answer) -> None:
    adds = {
        **POLICY,
        "spec": {
            **POLICY["spec"],
            "requiredDropCapabilities": [],
            "defaultAddCapabilities": ["CAP_SYS_ADMIN"],
        },
    }
    status = answer([*SPACES, adds, *PSP[1:]], review(pod_without_namespace()))["status"]
    assert status["message"].startswith('Pod "p" is invalid: spec.containers[0].securityContext: ')
    assert (status["reason"], status["code"]) == ("Invalid", 422)


def test_words_of_a_pod_in_a_refusal_do_not_make_it_a_refusal_of_the_validation(answer: Answer) -> None:
    obj = pod_without_namespace(
        securityContext={"seccompProfile": {"type": "Localhost", "localhostProfile": "a is invalid: b"}}
    )
    status = answer([*SPACES, *PSP], review(obj))["status"]
    assert " is invalid: " in status["message"]
    assert (status["reason"], status["code"]) == ("Forbidden", 403)


def test_the_patch_has_the_changes_of_the_policy_and_the_patched_pod_is_admitted_unchanged(
    answer: Answer,
) -> None:
    admission_review = review(pod_without_namespace())
    response = answer([*SPACES, *PSP], admission_review)
    assert response["allowed"]
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"])) == [
        {
            "op": "add",
            "path": "/metadata/annotations",
            "value": {
                "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
                "kubernetes.io/psp": "hard",
            },
        },
        {
            "op": "add",
            "path": "/spec/containers/0/securityContext",
            "value": {
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": True,
                "allowPrivilegeEscalation": False,
            },
        },
        {"op": "add", "path": "/spec/securityContext", "value": {"fsGroup": 7}},
    ]
    assert response["auditAnnotations"] == {
        "pod-security.kubernetes.io/enforce-policy": "privileged:latest",
        "podsecuritypolicy.policy.k8s.io/admit-policy": "hard",
        "podsecuritypolicy.policy.k8s.io/validate-policy": "hard",
    }
    again = answer([*SPACES, *PSP], review(patched(admission_review["request"]["object"], response)))
    assert again["allowed"]
    assert "patch" not in again


@pytest.mark.parametrize(
    "spec",
    [
        {"securityContext": {"fsGroup": 8, "seLinuxOptions": None}},
        {"initContainers": [{"name": "a/b~c", "image": "i", "securityContext": {"capabilities": {}}}]},
        {"securityContext": None, "containers": [{"name": "a", "securityContext": {"capabilities": None}}]},
    ],
)
def test_the_patch_fits_pods_that_say_something_already(answer: Answer, spec: JSONObject) -> None:
    obj = {**pod_without_namespace(**spec), "metadata": {"name": "p", "annotations": {"a/b": "c"}}}
    response = answer([*SPACES, *PSP], review(obj))
    after = patched(obj, response)
    assert after["metadata"]["annotations"]["a/b"] == "c"
    assert "patch" not in answer([*SPACES, *PSP], review(after))


@pytest.mark.parametrize("batch", range(0, 50, 5))
def test_a_recorded_pod_is_admitted_unchanged_after_its_patch_and_stored_alike(batch: int) -> None:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        recorded = json.loads(next(islice(lines, batch, None)))
    cluster = Cluster.from_objects(recorded["cluster"]["items"], kubernetes_version="1.24")
    admitted = 0
    for case in recorded["cases"]:
        user = User.impersonate(case["as"], tuple(case["groups"]))
        info = {"username": user.name, "groups": list(user.groups)}
        admission_review = review(None, case["namespace"], userInfo=info, object=case["pod"])
        response = cluster.review(admission_review, plugin="psp")["response"]
        assert response["allowed"] == ("pod" in case["result"])
        if "patch" in response:
            admitted += 1
            first = cluster.admit(case["pod"], user=user, namespace=case["namespace"])
            again = cluster.admit(patched(case["pod"], response), user=user, namespace=case["namespace"])
            assert again.pod == first.pod
            assert again.policy
            assert again.policy == first.policy
            assert again.considered[again.policy].verdict == "unchanged"
    assert admitted


def test_pod_security_sees_the_pod_as_the_policy_made_it(answer: Answer) -> None:
    """Refused without the policy, admitted with it: the policy's settings meet restricted."""
    assert not answer(SPACES, review(pod_without_namespace(), "hard"))["allowed"]
    assert answer([*SPACES, *PSP], review(pod_without_namespace(), "hard"))["allowed"]


def test_the_refusal_of_a_policy_comes_before_pod_security(answer: Answer) -> None:
    response = answer([*SPACES, *PSP], review(pod_without_namespace(hostPID=True), "hard"))
    assert response == {
        "uid": "705ab4f5",
        "allowed": False,
        "status": {
            "status": "Failure",
            "message": (
                'pods "p" is forbidden: PodSecurityPolicy: unable to admit pod: '
                "[spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used]"
            ),
            "reason": "Forbidden",
            "code": 403,
        },
    }


def test_on_an_update_pod_security_comes_first_and_policies_only_validate(answer: Answer) -> None:
    new = pod_without_namespace()
    new["spec"]["containers"][0]["image"] = "other"
    admission_review = review(new, "hard", operation="UPDATE", oldObject=pod_without_namespace())
    assert answer([*SPACES, *PSP], admission_review)["status"]["message"] == MESSAGE
    elsewhere = {**admission_review, "request": {**admission_review["request"], "namespace": "warned"}}
    response = answer([*SPACES, *PSP], elsewhere)
    assert response["status"]["message"].startswith(
        'pods "p" is forbidden: PodSecurityPolicy: unable to validate pod: ['
    )
    assert "pod-security.kubernetes.io/audit-violations" in response["auditAnnotations"]
    assert "patch" not in response


def test_one_plugin_can_be_selected(answer: Answer) -> None:
    admission_review = review(pod_without_namespace(), "hard")
    assert not answer([*SPACES, *PSP], admission_review, "--plugin", "psa")["allowed"]
    by_policy = answer([*SPACES, *PSP], admission_review, "--plugin", "psp")
    assert set(by_policy["auditAnnotations"]) == {
        "podsecuritypolicy.policy.k8s.io/admit-policy",
        "podsecuritypolicy.policy.k8s.io/validate-policy",
    }
    none = answer(SPACES, admission_review, "--plugin", "psp", "--kubernetes-version", "1.24")
    assert none["status"]["message"] == (
        'pods "p" is forbidden: PodSecurityPolicy: no providers available to validate pod request'
    )
    assert (
        answer([*SPACES, *PSP], admission_review, "--kubernetes-version", "1.30")["status"]["message"]
        == MESSAGE
    )


@pytest.mark.parametrize(
    "admission_review",
    [
        review({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, "hard"),
        review(None, "hard", operation="DELETE", oldObject=pod_without_namespace()),
        review(pod_without_namespace(), "hard", operation="CONNECT", subResource="exec"),
        review(pod_without_namespace(), "hard", subResource="status", operation="UPDATE"),
        review({"kind": "Scale", "spec": {"replicas": 3}}, "hard", subResource="scale", operation="UPDATE"),
    ],
    ids=["another kind", "a deletion", "a connection", "a subresource", "a scale"],
)
def test_what_neither_plugin_judges_is_allowed(answer: Answer, admission_review: JSONObject) -> None:
    assert answer([*SPACES, *PSP], admission_review) == {"uid": "705ab4f5", "allowed": True}


def test_an_ephemeral_container_is_judged_by_pod_security_only(answer: Answer) -> None:
    new = pod_without_namespace(ephemeralContainers=[{"name": "debug", "image": "i"}])
    admission_review = review(
        new, "hard", operation="UPDATE", oldObject=pod_without_namespace(), subResource="ephemeralcontainers"
    )
    response = answer([*SPACES, *PSP], admission_review)
    assert not response["allowed"]
    assert "violates PodSecurity" in response["status"]["message"]


def test_exemptions_are_those_of_the_admission_configuration(
    answer: Answer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("config") / "config.yaml"
    config.write_text(
        "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n"
        "exemptions: {usernames: [alice]}\n",
        encoding="utf-8",
    )
    response = answer(SPACES, review(pod_without_namespace(), "hard"), "--admission-config", str(config))
    assert response == {
        "uid": "705ab4f5",
        "allowed": True,
        "auditAnnotations": {"pod-security.kubernetes.io/exempt": "user"},
    }


def test_yaml_and_v1beta1_are_answered_alike(call: Run, write: Callable[..., str]) -> None:
    admission_review = {**review(pod_without_namespace(), "hard"), "apiVersion": "admission.k8s.io/v1beta1"}
    result = call("review", "-", "-f", write(SPACES), stdin=yaml.safe_dump(admission_review))
    document = yaml.safe_load(result.stdout)
    assert document["apiVersion"] == "admission.k8s.io/v1beta1"
    assert document["response"]["status"]["message"] == MESSAGE


@pytest.mark.parametrize(
    ("admission_review", "error"),
    [
        (
            {**review(pod_without_namespace()), "apiVersion": "admission.k8s.io/v2"},
            "apiVersion must be one of admission.k8s.io/v1, admission.k8s.io/v1beta1",
        ),
        ({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}, "there is no request"),
        (review(pod_without_namespace(), object=7), "request.object must be an object"),
        (review(None), "request.object is missing: a CREATE is judged by it"),
        (
            review(pod_without_namespace(), resource=None),
            'request.resource must name the resource, for example {"resource": "pods"}',
        ),
        (
            review(pod_without_namespace(), userInfo={"groups": 7}),
            "request.userInfo.groups must be a list of strings",
        ),
        (
            review(pod_without_namespace(), userInfo={"groups": ["a", 7]}),
            "request.userInfo.groups must be a list of strings",
        ),
        (
            review(pod_without_namespace(), operation="UPDATE", oldObject=7),
            "request.oldObject must be an object",
        ),
    ],
)
def test_an_impossible_review_is_reported(
    call: Run, write: Callable[..., str], admission_review: JSONObject, error: str
) -> None:
    result = call("review", "-", "-f", write(SPACES), stdin=json.dumps(admission_review, indent=1))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == f"error: <stdin>, document 1: {error}\n"


def test_a_pod_with_a_field_of_the_wrong_type_is_named(call: Run, write: Callable[..., str]) -> None:
    for objects in (SPACES, [*SPACES, *PSP]):
        text = json.dumps(review(pod_without_namespace(hostPID="yes"), "hard"), indent=1)
        result = call("review", "-", "-f", write(objects), stdin=text)
        assert (result.stdout, result.exit_code) == ("", 2)
        assert "hostPID" in result.stderr


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"a": 1}, {"a": 1}, []),
        (
            {"a": 1, "b": 2},
            {"a": True},
            [
                {"op": "remove", "path": "/b"},
                {"op": "replace", "path": "/a", "value": True},
            ],
        ),
        ({"a": [1, 2]}, {"a": [1, 3]}, [{"op": "replace", "path": "/a/1", "value": 3}]),
        ({"a": [1]}, {"a": []}, [{"op": "replace", "path": "/a", "value": []}]),
        ([1] * 300, [1] * 299 + [2], [{"op": "replace", "path": "/299", "value": 2}]),
        ({}, {"x/y~z": {}}, [{"op": "add", "path": "/x~1y~0z", "value": {}}]),
    ],
)
def test_a_patch_contains_only_the_differences(before: Any, after: Any, patch: Any) -> None:
    assert json_patch(before, after) == patch
