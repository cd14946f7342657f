"""Tests every message of the article on Pod Security Standards, word for word."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import rbacpsp
from rbacpsp import Cluster, Request, User
from rbacpsp.pods.templates import pods_of
from rbacpsp.pss import PSAdmission
from rbacpsp.pss.fix import fix
from rbacpsp.sources import read_manifests

CLUSTER = "sample_clusters/pod-security-standards"
STEPS = Path("sample_clusters/steps/pod-security-standards")
ROOT = Path(__file__).parents[2]

DETAIL = (
    'allowPrivilegeEscalation != false (container "reversewords" must set '
    'securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "reversewords" '
    'must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container '
    '"reversewords" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container '
    '"reversewords" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
)
WARNING = f'would violate PodSecurity "restricted:v1.25": {DETAIL}'
EVENT = (
    'Error creating: pods "go-app-5b954b7b74-dfq9g" is forbidden: violates PodSecurity "restricted:v1.25": '
    f"{DETAIL}"
)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def cluster(version: str = "1.25") -> Cluster:
    return rbacpsp.load(CLUSTER, kubernetes_version=version)


def manifest(name: str) -> dict[str, Any]:
    (found,) = read_manifests([STEPS / name])
    return dict(found)


def submitted_pod(name: str) -> tuple[dict[str, Any], Any]:
    """The pod of a Deployment as its controller submits it, under the name of the article, and its maker."""
    (made,) = pods_of(manifest(name))
    metadata = made.pod["metadata"] | {"name": "go-app-5b954b7b74-dfq9g"}
    return made.pod | {"metadata": metadata}, made


def created(name: str, namespace: str, version: str = "1.25") -> PSAdmission:
    return cluster(version).pss_admit(manifest(name), namespace=namespace)


@pytest.mark.parametrize("version", ["1.24", "1.25", "1.36"])
@pytest.mark.parametrize("namespace", ["non-restrictive-namespace", "restrictive-namespace"])
def test_the_deployment_is_created_with_the_warning_of_the_article(namespace: str, version: str) -> None:
    answer = created("go-app.yaml", namespace, version)
    assert answer.allowed
    assert answer.warnings == (WARNING,)


def test_its_pods_run_where_nothing_is_enforced_and_are_warned_about_as_well() -> None:
    obj, made = submitted_pod("go-app.yaml")
    answer = cluster().pss_admit(obj, user=made.creator, namespace="non-restrictive-namespace")
    assert answer.allowed
    assert answer.warnings == (WARNING,)


def test_its_pods_are_refused_in_the_event_of_the_replica_set() -> None:
    obj, made = submitted_pod("go-app.yaml")
    answer = cluster().pss_admit(obj, user=made.creator, namespace="restrictive-namespace")
    assert not answer.allowed
    assert made.event(answer.message) == EVENT


def test_the_fixed_deployment_is_created_without_a_warning_and_so_are_its_pods() -> None:
    answer = created("go-app-restricted.yaml", "restrictive-namespace")
    assert (answer.allowed, answer.warnings) == (True, ())
    obj, made = submitted_pod("go-app-restricted.yaml")
    answer = cluster().pss_admit(obj, user=made.creator, namespace="restrictive-namespace")
    assert (answer.allowed, answer.warnings) == (True, ())


def test_every_line_that_the_article_adds_but_the_user_is_needed() -> None:
    """Each setting is removed in turn: without it the pod is refused, except for runAsUser."""
    needed = []
    for key in ("allowPrivilegeEscalation", "capabilities", "runAsNonRoot", "runAsUser", "seccompProfile"):
        obj, made = submitted_pod("go-app-restricted.yaml")
        (container,) = obj["spec"]["containers"]
        context = {name: value for name, value in container["securityContext"].items() if name != key}
        obj["spec"] = obj["spec"] | {"containers": [container | {"securityContext": context}]}
        if not cluster().pss_admit(obj, user=made.creator, namespace="restrictive-namespace"):
            needed.append(key)
    assert needed == ["allowPrivilegeEscalation", "capabilities", "runAsNonRoot", "seccompProfile"]


def test_the_automatic_fix_is_admitted_like_the_fix_of_the_article() -> None:
    done = fix(manifest("go-app.yaml"), "restricted", "v1.25")
    assert done.complete
    answer = cluster().pss_admit(done.obj, namespace="restrictive-namespace")
    assert (answer.allowed, answer.warnings) == (True, ())


def test_the_label_dry_run_warns_as_the_article_says() -> None:
    stored = cluster().objects.namespaces["non-restrictive-namespace"]
    labels = stored.metadata.labels | {"pod-security.kubernetes.io/enforce": "restricted"}
    labeled = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": stored.name, "labels": labels},
    }
    answer = cluster().pss_admit(labeled, operation="UPDATE")
    assert answer.allowed
    assert answer.warnings == (
        (
            'existing pods in namespace "non-restrictive-namespace" violate the new PodSecurity enforce '
            'level "restricted:v1.25"'
        ),
        (
            "go-app-5b954b7b74-kwkwn: allowPrivilegeEscalation != false, unrestricted capabilities, "
            "runAsNonRoot != true, seccompProfile"
        ),
    )


def test_exempt_users_namespaces_and_runtime_classes_are_not_judged() -> None:
    config = yaml.safe_load((STEPS / "admission.yaml").read_text(encoding="utf-8"))
    exempting = rbacpsp.load(CLUSTER, kubernetes_version="1.25", admission_config=config)
    obj, made = submitted_pod("go-app.yaml")
    where = "restrictive-namespace"
    operator = User.service_account("kube-system", "storage-operator")
    assert not exempting.pss_admit(obj, user=made.creator, namespace=where)
    assert exempting.pss_admit(obj, user=operator, namespace=where).audit == {"exempt": "user"}
    assert exempting.pss_admit(obj, namespace="kube-system").audit == {"exempt": "namespace"}
    contained = obj | {"spec": obj["spec"] | {"runtimeClassName": "kata"}}
    assert exempting.pss_admit(contained, namespace=where).audit == {"exempt": "runtimeClass"}
    host = obj | {"spec": obj["spec"] | {"hostNetwork": True}}
    assert not exempting.pss_admit(host, namespace="default")
    assert exempting.pss_admit(obj, namespace="default")


def test_the_labeler_may_take_the_level_away() -> None:
    request = Request(
        "patch", resource="namespaces", name="restrictive-namespace", namespace="restrictive-namespace"
    )
    assert cluster().authorize(User.service_account("kube-system", "labeler"), request)
    assert not cluster().authorize(User.impersonate("dev", groups=("developers",)), request)
