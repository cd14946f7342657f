"""Compares the validation of random objects with real servers, word for word."""

import json
import random
from typing import Any

import pytest

from tests.conformance.validation import alike, expected
from tests.live.random_objects import random_object
from tests.live.server import ApiError, ApiServer, wait_until

JSONObject = dict[str, Any]
OBJECTS = 500
PLURALS = {
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Deployment": "apis/apps/v1/namespaces/default/deployments",
    "Namespace": "api/v1/namespaces",
    "Pod": "api/v1/namespaces/default/pods",
    "PodSecurityPolicy": "apis/policy/v1beta1/podsecuritypolicies",
    "Role": "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
    "RoleBinding": "apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    "ServiceAccount": "api/v1/namespaces/default/serviceaccounts",
}
OPEN: JSONObject = {
    "apiVersion": "policy/v1beta1",
    "kind": "PodSecurityPolicy",
    "metadata": {
        "name": "open",
        "annotations": {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"},
    },
    "spec": {
        **{name: {"rule": "RunAsAny"} for name in ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")},
        **dict.fromkeys(("privileged", "hostNetwork", "hostPID"), True),
        "allowedCapabilities": ["*"],
        "allowedProcMountTypes": ["Default", "Unmasked"],
        "volumes": ["*"],
    },
}


PLAIN: JSONObject = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "plain"},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
}


def prepared(server: ApiServer) -> None:
    """Let pods be created: an account, and on the old server a policy that admits them as they are."""
    for path, obj in (
        (PLURALS["ServiceAccount"], {"kind": "ServiceAccount", "metadata": {"name": "default"}}),
        (PLURALS["PodSecurityPolicy"], OPEN),
    ):
        try:
            server.request("POST", f"/{path}", obj)
        except ApiError as error:  # it is there, or this server has no policies
            if json.loads(str(error))["code"] not in {404, 409}:
                raise
    assert wait_until(lambda: takes(server, PLAIN))


def takes(server: ApiServer, obj: JSONObject) -> bool:
    """Whether the server accepts an object; a new policy reaches its caches within about a second."""
    try:
        return refusal_reasons(server, obj) == []
    except ApiError:
        return False


def refusal_reasons(server: ApiServer, obj: JSONObject) -> list[str]:
    """Why the server refuses an object; empty if it accepts the object. Nothing is stored."""
    status: JSONObject = {}
    try:
        server.request("POST", f"/{PLURALS[obj['kind']]}?dryRun=All", obj)
    except ApiError as error:
        status = json.loads(str(error))
        if status["code"] != 422:
            raise
    causes = status.get("details", {}).get("causes", ())
    return sorted({alike(f"{cause['field']}: {cause['message']}") for cause in causes})


@pytest.mark.live
def test_500_random_objects_are_accepted_or_refused_as_the_server_does(untouched: ApiServer) -> None:
    server = untouched
    prepared(server)
    draw = random.Random(1)  # noqa: S311 - the same objects each time
    policies = server.release.startswith("v1.24.")
    differing, refused = [], 0
    for number in range(OBJECTS):
        obj = random_object(draw, f"n{number}", policies=policies)
        theirs, ours = refusal_reasons(server, obj), expected(obj, server.release)
        refused += bool(theirs)
        if theirs != ours:
            differing.append((json.dumps(obj)[:600], theirs, ours))
    assert differing == [], "\n\n".join(map(str, differing))
    assert 150 < refused < 450
