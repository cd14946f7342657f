"""Tests that every form in which kubectl, Helm and kustomize write objects is read."""

import gzip
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rbacpsp.decode import decode_objects
from rbacpsp.decode.problems import LoadError
from rbacpsp.model import Objects, Version
from rbacpsp.sources import read_files, read_manifests, read_manifests_with_origins

GROUP = "rbac.authorization.k8s.io"
ROLE: dict[str, Any] = {
    "apiVersion": f"{GROUP}/v1",
    "kind": "Role",
    "metadata": {"name": "r", "namespace": "d"},
    "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
}
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "d"}}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "d"},
    "spec": {
        "containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": "100m", "memory": 1}}}]
    },
}


def listed(*items: Any, kind: str = "List", version: str = "v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"resourceVersion": ""}, "items": list(items)}


def bare(obj: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key not in {"kind", "apiVersion"}}


def identities(objects: Objects) -> list[tuple[str, str, str]]:
    return [(one.kind, one.namespace, one.name) for one in objects]


THREE = [("Role", "d", "r"), ("ServiceAccount", "d", "a"), ("Pod", "d", "p")]


def dump_of_lists() -> str:
    logs = (
        "==== START logs for container c of pod d/p ====\n{ not: json\n==== END logs for container x\n\t---\n"
    )
    end = "==== END logs for container c of pod d/p ====\n"
    texts = [
        json.dumps(listed(bare(ROLE), kind="RoleList", version=f"{GROUP}/v1"), indent=4),
        json.dumps(listed(bare(ACCOUNT), kind="ServiceAccountList"), indent=4),
        json.dumps(listed(bare(POD), kind="PodList"), indent=4),
    ]
    return (
        "\n".join(texts)
        + f"\n{logs}{end}"
        + json.dumps({"kind": "EventList", "apiVersion": "v1", "items": []})
    )


FORMS = {
    "documents.yaml": yaml.safe_dump_all([ROLE, ACCOUNT, POD]),
    "helm.yml": "\n".join(
        f"---\n# Source: chart/x.yaml\n{yaml.safe_dump(one)}" for one in (ROLE, ACCOUNT, POD)
    ),
    "list.yaml": yaml.safe_dump(listed(ROLE, ACCOUNT, POD)),
    "list.json": json.dumps(listed(ROLE, ACCOUNT, POD), indent=4),
    "nested.json": json.dumps(listed(listed(ROLE, listed(ACCOUNT)), POD)),
    "typed.yaml": yaml.safe_dump_all(
        [
            listed(bare(ROLE), kind="RoleList", version=f"{GROUP}/v1"),
            listed(bare(ACCOUNT), kind="ServiceAccountList"),
            listed(bare(POD), kind="PodList"),
        ]
    ),
    "dump.json": dump_of_lists(),
    "lines.json": "\n".join(map(json.dumps, (ROLE, ACCOUNT, POD))),
    "joined.json": "".join(json.dumps(one, indent=1) for one in (ROLE, ACCOUNT, POD)),
    "separated.json": "\n---\n".join(json.dumps(one, indent=1) for one in (ROLE, ACCOUNT, POD)),
    "flow.yaml": "{kind: ServiceAccount, apiVersion: v1, metadata: {name: a, namespace: d}}\n---\n"
    + yaml.safe_dump_all([ROLE, POD]),
    "windows.yaml": "\ufeff" + yaml.safe_dump_all([ROLE, ACCOUNT, POD]).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_gives_the_same_objects(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    data = FORMS[name].encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    loaded = read_files([path]).objects
    assert sorted(identities(loaded)) == sorted(THREE)
    assert loaded.roles["d", "r"].rules[0].resources == ("pods",)
    assert loaded.roles["d", "r"].api_version == f"{GROUP}/v1"
    assert loaded.pods["d", "p"].body == POD
    assert loaded.warnings == []
    result = sorted(read_manifests([path]), key=lambda one: str(one["kind"]))
    assert result == [POD, ROLE, ACCOUNT]


def test_a_list_within_a_list_is_read_as_kustomize_reads_it(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("not run: kubectl is missing")
    (tmp_path / "nested.json").write_text(FORMS["nested.json"], encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [nested.json]\n", encoding="ascii")
    built = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=True)
    built_objects = read_files(["-"], stdin=io.BytesIO(built.stdout)).objects
    assert sorted(identities(built_objects)) == sorted(THREE)
    refused = subprocess.run(
        [kubectl, "label", "--local", "-f", tmp_path / "nested.json", "a=b"],
        capture_output=True,
        check=False,
    )
    assert refused.returncode == 1


def test_stdin_is_read_as_a_file_is() -> None:
    stream = io.BytesIO(gzip.compress(FORMS["dump.json"].encode()))
    assert identities(read_files(["-"], stdin=stream).objects) == THREE
    assert len(read_manifests(["-"], io.BytesIO(FORMS["list.yaml"].encode()))) == 3


def test_an_open_pipe_of_the_shell_is_read() -> None:
    reader, writer = os.pipe()
    os.write(writer, json.dumps(ROLE).encode())
    os.close(writer)
    try:
        assert identities(read_files([f"/dev/fd/{reader}"]).objects) == [("Role", "d", "r")]
    finally:
        os.close(reader)


def test_a_folder_is_read_in_order_below_without_hidden_folders_and_other_files(tmp_path: Path) -> None:
    for name in (
        "b/2.yml",
        "b/1.json",
        "a.yaml",
        ".git/x.yaml",
        "c/.hidden/x.yaml",
        "notes.txt",
        "c/logs.yaml.bak",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**ACCOUNT, "metadata": {"name": path.stem}}), encoding="utf-8")
    assert [one.name for one in read_files([tmp_path]).objects] == ["a", "1", "2"]


def test_the_position_of_each_object_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "# first\n---\n" + yaml.safe_dump(ACCOUNT) + "---\n" + yaml.safe_dump(listed(POD, ROLE)), "utf-8"
    )
    objects = read_files([path]).objects
    origin = objects.origin(objects.roles["d", "r"])
    assert (origin.document.file, origin.document.number, origin.document.line, origin.item) == (
        str(path),
        2,
        9,
        1,
    )
    assert [(o.document.number, o.item) for _, o in read_manifests_with_origins([path])] == [
        (1, -1),
        (2, 0),
        (2, 1),
    ]


def test_the_namespace_is_that_of_the_apply_and_kinds_of_the_whole_cluster_have_none() -> None:
    given = [
        {**ROLE, "metadata": {"name": "r"}},
        {**POD, "metadata": {"name": "p"}},
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": "c", "namespace": "x"}},
    ]
    assert identities(decode_objects(given)) == [
        ("Role", "default", "r"), ("Pod", "default", "p"), ("ClusterRole", "", "c"),
    ]  # fmt: skip
    assert identities(decode_objects(given, default_namespace="y"))[:2] == [
        ("Role", "y", "r"),
        ("Pod", "y", "p"),
    ]
    assert given[1]["metadata"] == {"name": "p"}


def test_json_text_and_values_give_a_missing_namespace_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(listed({**ROLE, "metadata": {"name": "r"}})), "utf-8")
    assert identities(read_files([path], default_namespace="y").objects) == [("Role", "y", "r")]


def test_nulls_count_as_absent_fields_and_a_null_in_a_list_as_its_empty_value(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    role = {
        **ROLE,
        "kind": "ClusterRole",
        "rules": None,
        "metadata": {"name": "c", "creationTimestamp": None},
    }
    odd = {**ROLE, "rules": [{"verbs": ["get", None], "resourceNames": None}]}
    pod = {**POD, "spec": {**POD["spec"], "hostNetwork": None, "nodeSelector": {"a": None}}}
    path.write_text(json.dumps(listed(role, odd, pod)), "utf-8")
    objects = read_files([path]).objects
    assert objects.cluster_roles["c"].rules == ()
    assert objects.roles["d", "r"].rules[0].verbs == ("get", "")
    assert objects.pods["d", "p"].body["spec"] == {**POD["spec"], "nodeSelector": {"a": ""}}
    assert objects.warnings == []


OLD = [
    ("Deployment", "extensions/v1beta1"),
    ("Deployment", "apps/v1beta1"),
    ("DaemonSet", "apps/v1beta2"),
    ("StatefulSet", "apps/v1beta1"),
    ("ReplicaSet", "extensions/v1beta1"),
    ("ReplicationController", "v1"),
    ("Job", "batch/v1"),
    ("PodTemplate", "v1"),
]


@pytest.mark.parametrize(("kind", "version"), OLD)
def test_a_workload_of_an_old_version_is_kept_completely(kind: str, version: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD["spec"]}
    body = {"template": template} if kind == "PodTemplate" else {"spec": {"template": template}}
    given = {"apiVersion": version, "kind": kind, "metadata": {"name": "w", "namespace": "d"}, **body}
    objects = decode_objects([given])
    assert objects.workloads[kind, "d", "w"].body == given
    assert objects.workloads[kind, "d", "w"].api_version == version
    assert objects.warnings == []


@pytest.mark.parametrize("version", ["batch/v1", "batch/v1beta1", "batch/v2alpha1"])
def test_a_cron_job_of_each_version_is_kept_completely(version: str) -> None:
    job = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": POD["spec"]}}}}
    given = {
        "apiVersion": version,
        "kind": "CronJob",
        "metadata": {"name": "w", "namespace": "d"},
        "spec": job,
    }
    assert decode_objects([given]).workloads["CronJob", "d", "w"].body == given


@pytest.mark.parametrize("version", ["policy/v1beta1", "extensions/v1beta1"])
def test_a_policy_of_either_group_gets_its_defaults(version: str) -> None:
    given = {"apiVersion": version, "kind": "PodSecurityPolicy", "metadata": {"name": "p"}, "spec": {}}
    spec = decode_objects([given]).policies["p"].spec
    assert (spec.allow_privilege_escalation, spec.privileged, spec.host_network) == (True, False, False)


def test_subjects_of_v1alpha1_are_converted_as_the_server_does() -> None:
    alpha = f"{GROUP}/v1alpha1"
    given = {
        "apiVersion": alpha,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "x"},
        "subjects": [
            {"kind": "User", "name": "*"},
            {"kind": "User", "name": "u", "apiVersion": alpha},
            {"kind": "ServiceAccount", "name": "s", "namespace": "n", "apiVersion": "v1"},
            {"kind": "Robot", "name": "r", "apiVersion": "x.io/v1"},
        ],
    }
    objects = decode_objects([given])
    assert [
        (s.kind, s.api_group, s.namespace, s.name) for s in objects.cluster_role_bindings["b"].subjects
    ] == [
        ("Group", GROUP, "", "system:authenticated"),
        ("User", GROUP, "", "u"),
        ("ServiceAccount", "", "n", "s"),
        ("Robot", "x.io", "", "r"),
    ]
    assert objects.warnings == []


def test_a_user_star_of_other_versions_stays_one_user(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for version, subject in (
        ("v1", ("User", "*")),
        ("v1beta1", ("User", "*")),
        ("v1alpha1", ("Group", "system:authenticated")),
    ):
        binding = {
            "apiVersion": f"{GROUP}/{version}",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "b"},
            "subjects": [{"kind": "User", "name": "*"}],
        }
        path.write_text(json.dumps(listed(binding)), "utf-8")
        (read,) = read_files([path]).objects.cluster_role_bindings["b"].subjects
        assert (read.kind, read.name) == subject


def test_unknown_kinds_and_kinds_of_other_groups_are_counted_and_never_an_error(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": 1}},
        {"apiVersion": "example.io/v1", "kind": "Role", "metadata": {}, "anything": True},
        listed({"a": 1}, {"b": 2}, kind="EventList"),
        {"apiVersion": "example.io/v1", "kind": "AllowList", "spec": {}},
    ]
    objects = decode_objects(given)
    assert objects.ignored == {"ConfigMap": 1, "Role.example.io": 1, "Event": 2, "AllowList": 1}
    assert list(objects) == []
    path = tmp_path / "a.json"
    path.write_text("\n".join(map(json.dumps, given)), "utf-8")
    assert read_files([path]).objects.ignored == objects.ignored


def test_an_unknown_version_of_a_known_group_is_an_error() -> None:
    with pytest.raises(LoadError) as raised:
        decode_objects([{"apiVersion": "apps/v9", "kind": "Deployment", "metadata": {"name": "x"}}])
    assert str(raised.value) == (
        '<objects>, document 1: no matches for kind "Deployment" in version "apps/v9"; '
        "write apiVersion: apps/v1 and kind: Deployment"
    )


def test_a_kustomization_without_a_kind_is_counted(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n", "utf-8")
    (tmp_path / "a.yaml").write_text(json.dumps(ROLE), "utf-8")
    assert read_files([tmp_path]).objects.ignored == {"Kustomization": 1}


def test_two_pods_of_one_generated_name_are_two_pods() -> None:
    meta = {"generateName": "g-", "namespace": "d"}
    objects = decode_objects([{**POD, "metadata": meta}, {**POD, "metadata": meta}])
    assert [pod.metadata.generate_name for pod in objects.pods.values()] == ["g-", "g-"]


def test_the_same_object_twice_is_read_once() -> None:
    assert identities(decode_objects([ROLE, ROLE])) == [("Role", "d", "r")]


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"p": "aHVudGVyMg=="}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(SECRET),
        json.dumps(listed(SECRET, ROLE)),
        json.dumps(listed(bare(SECRET), kind="SecretList")),
        yaml.safe_dump(SECRET),
        yaml.safe_dump(listed(listed(SECRET))),
    ],
)
def test_a_secret_is_counted_and_never_kept(text: str) -> None:
    objects = read_files(["-"], stdin=io.BytesIO(text.encode())).objects
    assert objects.ignored == {"Secret": 1}
    assert "hunter" not in repr(objects)
    assert "aHVudGVyMg" not in repr(objects)
    assert "aHVudGVyMg" not in repr(read_manifests(["-"], io.BytesIO(text.encode())))


def node(version: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "status": {"nodeInfo": {"kubeletVersion": version}}}


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ([listed(node("v1.23.9"), node("v1.24.17-eks-1"), node("v1.9.0"))], Version(1, 24)),
        ([listed(bare(node("v1.22.1")), kind="NodeList")], Version(1, 22)),
        (
            [{"clientVersion": {"gitVersion": "v1.32.4"}, "serverVersion": {"gitVersion": "v1.24.17"}}],
            Version(1, 24),
        ),
        ([{"major": "1", "minor": "21+", "gitVersion": "v1.21.14-gke.1"}], Version(1, 21)),
        ([node("nonsense")], None),
        ([ROLE], None),
    ],
)
def test_the_version_is_the_one_that_the_input_states(
    given: list[dict[str, Any]], version: Version | None
) -> None:
    assert decode_objects(given).kubernetes_version == version
    text = "\n".join(map(json.dumps, given))
    assert read_files(["-"], stdin=io.BytesIO(text.encode())).objects.kubernetes_version == version
