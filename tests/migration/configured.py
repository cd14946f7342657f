"""Builds a MutatingAdmissionPolicy with one apply configuration, and its expressions."""

from typing import Any

JSON = dict[str, Any]
API = "admissionregistration.k8s.io/v1"

EXPRESSIONS = {
    "a field": "Object{spec: Object.spec{hostNetwork: false, terminationGracePeriodSeconds: 7}}",
    "an annotation": (
        "Object{metadata: Object.metadata{annotations: {'example.com/by': request.userInfo.username}}}"
    ),
    "labels": (
        "Object{metadata: Object.metadata{labels: Object.metadata.labels{made: 'a_b'}, "
        "annotations: {'x': 'a{b: c'}}}"
    ),
    "every container": (
        "Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{"
        "name: c.name, securityContext: Object.spec.containers.securityContext{"
        "runAsNonRoot: true, allowPrivilegeEscalation: c.name == 'b'}})}}"
    ),
    "a sidecar before the first": (
        "Object{spec: Object.spec{containers: ["
        "Object.spec.containers{name: 'sidecar', image: 'example/sidecar'}, "
        "Object.spec.containers{name: object.spec.containers[0].name, stdin: true}]}}"
    ),
    "the order turned": (
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'd'}, "
        "Object.spec.containers{name: 'x', image: 'x'}, Object.spec.containers{name: 'b', tty: true}]}}"
    ),
    "a volume and its mount": (
        "Object{spec: Object.spec{volumes: [Object.spec.volumes{name: 'tmp', "
        "emptyDir: Object.spec.volumes.emptyDir{}}], containers: [Object.spec.containers{name: 'a', "
        "volumeMounts: [Object.spec.containers.volumeMounts{name: 'tmp', mountPath: '/tmp'}]}]}}"
    ),
    "something only sometimes": (
        "has(object.spec.securityContext) && has(object.spec.securityContext.runAsUser) ? Object{} : "
        "Object{spec: Object.spec{securityContext: Object.spec.securityContext{runAsUser: 1000}}}"
    ),
    "something atomic": (
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'a', securityContext: "
        "Object.spec.containers.securityContext{capabilities: "
        "Object.spec.containers.securityContext.capabilities{drop: ['ALL']}}}]}}"
    ),
    "two of one name": (
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'y', image: 'y'}, "
        "Object.spec.containers{name: 'y', image: 'z'}]}}"
    ),
}


def mutating(expression: str, name: str = "configured") -> tuple[JSON, JSON]:
    """The policy and its binding."""
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
    return (
        {
            "apiVersion": API,
            "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "matchConstraints": {"resourceRules": rules},
                "mutations": [mutation],
            },
        },
        {
            "apiVersion": API,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name},
        },
    )


def submitted() -> JSON:
    """A pod of four containers."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": name, "image": "example/app"} for name in "abcd"],
        },
    }
