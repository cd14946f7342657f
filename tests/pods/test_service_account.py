"""Tests the changes and refusals of the ServiceAccount plugin."""

import copy
from typing import Any, NamedTuple

import msgspec
import pytest

from rbacpsp.model import Document, Objects, ServiceAccount, Version
from rbacpsp.pods.service_account import apply_service_account, ephemeral_containers_refusal

OLD = Version(1, 20)
NEW = Version(1, 24)
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN = {
    "name": "kube-api-access-xxxxx",
    "projected": {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {
                "downwardAPI": {
                    "items": [
                        {
                            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                            "path": "namespace",
                        }
                    ]
                }
            },
        ],
    },
}


def bare_pod(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "annotations": annotations or {}},
        "spec": {"containers": [{"name": "c"}], **spec},
    }


class Admission(NamedTuple):
    pod: dict[str, Any] | None
    message: str | None


def run(submitted: dict[str, Any], *accounts: dict[str, Any], version: Version = NEW) -> Admission:
    objects = Objects()
    for one in accounts:
        whole = {"metadata": {"namespace": "ns", "name": "default", **one.pop("metadata", {})}, **one}
        objects.add(msgspec.convert(whole, ServiceAccount), Document("test"))
    result = copy.deepcopy(submitted)
    message = apply_service_account(result, "ns", objects, version)
    return Admission(None if message else result, message)


def spec_of(admission: Admission) -> dict[str, Any]:
    assert admission.message is None
    assert admission.pod is not None
    spec: dict[str, Any] = admission.pod["spec"]
    return spec


def test_the_default_account_is_named_and_its_token_mounted_in_every_container_but_ephemeral_ones() -> None:
    submitted = bare_pod(initContainers=[{"name": "i"}], ephemeralContainers=[{"name": "e"}])
    spec = spec_of(run(submitted, {}))
    mount = {"name": "kube-api-access-xxxxx", "readOnly": True, "mountPath": MOUNT_PATH}
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    assert spec["volumes"] == [TOKEN]
    assert spec["containers"] == [{"name": "c", "volumeMounts": [mount]}]
    assert spec["initContainers"] == [{"name": "i", "volumeMounts": [mount]}]
    assert spec["ephemeralContainers"] == [{"name": "e"}]


@pytest.mark.parametrize(
    ("of_pod", "of_account", "mounted"),
    [
        (None, None, True),
        (None, False, False),
        (True, False, True),
        (False, True, False),
    ],
)
def test_the_automount_setting_of_the_pod_counts_before_that_of_its_account(
    of_pod: bool | None, of_account: bool | None, mounted: bool
) -> None:
    submitted = bare_pod() if of_pod is None else bare_pod(automountServiceAccountToken=of_pod)
    account = {} if of_account is None else {"automountServiceAccountToken": of_account}
    assert ("volumes" in spec_of(run(submitted, account))) == mounted


def test_a_volume_at_the_token_path_prevents_the_token_mount() -> None:
    container = {"name": "c", "volumeMounts": [{"name": "v", "mountPath": MOUNT_PATH}]}
    spec = spec_of(run(bare_pod(containers=[container], volumes=[{"name": "v", "emptyDir": {}}]), {}))
    assert spec["volumes"] == [{"name": "v", "emptyDir": {}}]
    assert spec["containers"] == [container]


def test_an_existing_token_volume_is_mounted() -> None:
    volume = {"name": "kube-api-access-abcde", "projected": {"sources": []}}
    spec = spec_of(run(bare_pod(volumes=[volume]), {}))
    assert spec["volumes"] == [volume]
    assert spec["containers"][0]["volumeMounts"][0]["name"] == "kube-api-access-abcde"


def test_until_1_20_the_token_is_the_accounts_secret() -> None:
    secrets = [{"name": "default-dockercfg-1"}, {"name": "default-token-a.b"}]
    spec = spec_of(run(bare_pod(), {"secrets": secrets}, version=OLD))
    assert spec["volumes"] == [
        {"name": "default-token-a-b", "secret": {"secretName": "default-token-a.b", "defaultMode": 420}}
    ]
    taken = bare_pod(volumes=[{"name": "default-token-a-b", "emptyDir": {}}])
    assert [
        volume["name"] for volume in spec_of(run(taken, {"secrets": secrets}, version=OLD))["volumes"]
    ] == [
        "default-token-a-b",
        "default-token-a-b-xxxxx",
    ]


def test_until_1_18_the_volume_of_the_token_is_named_as_the_secret_dots_and_all() -> None:
    """plugin/pkg/admission/serviceaccount/admission.go, 1.18 against 1.19."""
    secrets = [{"name": "robot.one-token-x"}]
    names = {
        minor: spec_of(run(bare_pod(), {"secrets": secrets}, version=Version(1, minor)))["volumes"][0]["name"]
        for minor in (13, 18, 19, 20)
    }
    assert names == {
        13: "robot.one-token-x",
        18: "robot.one-token-x",
        19: "robot-one-token-x",
        20: "robot-one-token-x",
    }


def test_the_pull_secret_of_an_openshift_account_is_not_a_token() -> None:
    """plugin/pkg/admission/serviceaccount/admission.go, 1.20 (getReferencedServiceAccountToken)."""
    assert run(bare_pod(), {"secrets": [{"name": "default-dockercfg-1"}]}, version=OLD).message == (
        'No API token found for service account "default", retry after the token is automatically'
        " created and added to the service account"
    )
    named = run(bare_pod(), {"secrets": [{"name": "default-dockercfg-1"}, {"name": "mine"}]}, version=OLD)
    assert [volume["name"] for volume in spec_of(named)["volumes"]] == ["mine"]


def test_until_1_20_an_account_without_a_token_is_refused() -> None:
    assert run(bare_pod(), {}, version=OLD) == (
        None,
        (
            'No API token found for service account "default", retry after the token is automatically'
            " created and added to the service account"
        ),
    )


def test_a_missing_account_is_refused_unless_no_account_of_the_namespace_was_loaded() -> None:
    submitted = bare_pod(serviceAccountName="builder")
    assert run(submitted, {}) == (
        None,
        (
            'pods "web" is forbidden: error looking up service account ns/builder:'
            ' serviceaccount "builder" not found'
        ),
    )
    assert spec_of(run(submitted))["volumes"] == [TOKEN]
    assert spec_of(run(submitted, version=OLD))["volumes"][0]["secret"]["secretName"] == "builder-token-xxxxx"


def test_pull_secrets_of_the_account_are_added_to_a_pod_without_any() -> None:
    account = {"imagePullSecrets": [{"name": "registry"}]}
    assert spec_of(run(bare_pod(), account.copy()))["imagePullSecrets"] == [{"name": "registry"}]
    own = bare_pod(imagePullSecrets=[{"name": "own"}])
    assert spec_of(run(own, account.copy()))["imagePullSecrets"] == [{"name": "own"}]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"serviceAccountName": "x"}, "a mirror pod may not reference service accounts"),
        ({"volumes": [{"secret": {"secretName": "s"}}]}, "a mirror pod may not reference secrets"),
        (
            {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "s"}}}]}]},
            "a mirror pod may not reference secrets",
        ),
        (
            {"volumes": [{"csi": {"nodePublishSecretRef": {"name": "s"}}}]},
            "a mirror pod may not reference secrets",
        ),
        (
            {"volumes": [{"projected": {"sources": [{"serviceAccountToken": {}}]}}]},
            "a mirror pod may not use ServiceAccountToken volume projections",
        ),
        (
            {"containers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]},
            "a mirror pod may not reference secrets",
        ),
        ({"imagePullSecrets": [{"name": "s"}]}, "a mirror pod may not reference secrets"),
        (
            {"volumes": [{"projected": {"sources": [{"secret": {"name": "s"}}]}}]},
            "a mirror pod may not reference secrets",
        ),
    ],
)
def test_a_mirror_pod_may_not_reference_accounts_or_secrets(spec: dict[str, Any], reason: str) -> None:
    mirror = {"kubernetes.io/config.mirror": "x"}
    assert run(bare_pod(mirror, **spec), {}) == (None, f'pods "web" is forbidden: {reason}')


def test_the_ephemeral_containers_of_a_mirror_pod_count_since_1_18() -> None:
    """pkg/api/pod/util.go, 1.17 against 1.18 (VisitPodSecretNames visits AllContainers)."""
    debug = [{"name": "debug", "envFrom": [{"secretRef": {"name": "s"}}]}]
    mirror = bare_pod({"kubernetes.io/config.mirror": "x"}, ephemeralContainers=debug)
    assert run(mirror, {}, version=Version(1, 17)).message is None
    assert run(mirror, {}, version=Version(1, 18)).message == (
        'pods "web" is forbidden: a mirror pod may not reference secrets'
    )


def test_only_the_first_source_of_a_volume_is_checked_for_secrets() -> None:
    volume = {"flexVolume": {"driver": "d"}, "iscsi": {"secretRef": {"name": "s"}}}
    submitted = bare_pod({"kubernetes.io/config.mirror": "x"}, volumes=[volume])
    assert run(submitted, {}) == (submitted, None)


def test_a_mirror_pod_gets_no_account() -> None:
    submitted = bare_pod({"kubernetes.io/config.mirror": "x"})
    assert run(submitted, {}) == (submitted, None)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            {"volumes": [{"secret": {"secretName": "s"}}]},
            (
                'volume with secret.secretName="s" is not allowed because service account default'
                " does not reference that secret"
            ),
        ),
        (
            {
                "initContainers": [
                    {"name": "i", "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}
                ]
            },
            (
                'init container i with envVar E referencing secret.secretName="s" is not allowed because'
                " service account default does not reference that secret"
            ),
        ),
        (
            {"imagePullSecrets": [{"name": "s"}]},
            (
                'imagePullSecrets[0].name="s" is not allowed because service account default'
                " does not reference that imagePullSecret"
            ),
        ),
    ],
)
def test_an_account_may_restrict_pods_to_the_secrets_that_it_names(spec: dict[str, Any], reason: str) -> None:
    metadata = {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}
    account = {"metadata": metadata, "secrets": [{"name": "known"}]}
    assert run(bare_pod(**spec), account) == (None, f'pods "web" is forbidden: {reason}')


def test_the_secrets_that_the_account_names_are_allowed() -> None:
    metadata = {"annotations": {"kubernetes.io/enforce-mountable-secrets": "1"}}
    account = {"metadata": metadata, "secrets": [{"name": "known"}]}
    assert run(bare_pod(volumes=[{"name": "v", "secret": {"secretName": "known"}}]), account).message is None


def test_ephemeral_containers_may_use_only_secrets_that_a_restricting_account_names() -> None:
    """plugin/pkg/admission/serviceaccount/admission.go, 1.24.17 (limitEphemeralContainerSecretReferences)."""
    objects = Objects()
    insisting = {"kubernetes.io/enforce-mountable-secrets": "true"}
    for name, annotations in (("strict", insisting), ("default", {})):
        metadata = {"name": name, "namespace": "ns", "annotations": annotations}
        whole = {"metadata": metadata, "secrets": [{"name": "known"}]}
        objects.add(msgspec.convert(whole, ServiceAccount), Document("test"))

    def refusal(account: str, secret: str, version: Version = NEW, mirror: str = "") -> str | None:
        variable = {"name": "E", "valueFrom": {"secretKeyRef": {"name": secret}}}
        debug = [{"name": "debug", "env": [variable]}]
        annotations = {"kubernetes.io/config.mirror": mirror} if mirror else {}
        changed = bare_pod(annotations, ephemeralContainers=debug, serviceAccountName=account)
        return ephemeral_containers_refusal(changed, "ns", objects, version)

    assert refusal("strict", "s") == (
        'ephemeral container debug with envVar E referencing secret.secretName="s" is not allowed because'
        " service account strict does not reference that secret"
    )
    assert refusal("strict", "s", Version(1, 23)) is None
    assert refusal("strict", "known") is None
    assert refusal("default", "s") is None
    assert refusal("", "s") is None
    assert refusal("gone", "s") == (
        'pods "web" is forbidden: error looking up service account ns/gone: serviceaccount "gone" not found'
    )
    assert refusal("", "s", mirror="x") == (
        'pods "web" is forbidden: no service account specified for pod ns/web'
    )
