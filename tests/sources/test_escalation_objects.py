"""Tests which lists of a server are read for escalation paths."""

from typing import Any

import pytest

from rbacpsp.model.surroundings import SURROUNDINGS
from rbacpsp.sources.escalation_objects import AROUND, AWS_AUTH, OF_ARGO_CD, around, served_around


def served(group_version: str, *kinds: str, verbs: tuple[str, ...] = ("get", "list")) -> dict[str, Any]:
    rows = [
        {"kind": kind, "name": f"{kind.lower()}s", "namespaced": True, "verbs": list(verbs)} for kind in kinds
    ]
    return {"groupVersion": group_version, "resources": rows}


@pytest.mark.parametrize(
    ("git_version", "names"),
    [
        ("v1.30.0", ["CertificateSigningRequest", "Node", "PersistentVolume", "PersistentVolumeClaim"]),
        (
            "v1.30.0-eks-2d98532",
            ["CertificateSigningRequest", "Node", "PersistentVolume", "PersistentVolumeClaim", "ConfigMap"],
        ),
    ],
)
def test_aws_auth_is_read_on_eks_only(git_version: str, names: list[str]) -> None:
    assert [kind.name for kind in around(None, git_version)] == names


def test_an_answer_about_other_kinds_needs_no_escalation_objects() -> None:
    assert around({"Role", "Pod"}, "v1.30.0-eks-1") == ()
    assert [kind.name for kind in around({"Node"}, "v1.30.0")] == ["Node"]


def test_projects_are_read_where_they_are_served() -> None:
    documents = [
        served("argoproj.io/v1alpha1", "Application", "AppProject"),
        served("example.com/v1", "AppProject"),
        served("v1", "Secret", "Node"),
    ]
    (found,) = served_around(documents)
    assert (found.name, found.plural, found.versions(None)) == (
        "AppProject",
        "appprojects",
        ("argoproj.io/v1alpha1",),
    )
    assert served_around([served("argoproj.io/v1alpha1", "AppProject", verbs=("get",))]) == ()


def test_every_escalation_kind_except_secrets_is_read_live() -> None:
    read = {kind.name for kind in (*AROUND, AWS_AUTH, *OF_ARGO_CD)} | {"AppProject"}
    assert {surrounding.kind for surrounding in SURROUNDINGS} - read == {"Secret"}
