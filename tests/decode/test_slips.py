"""Tests that misspelled kinds are reported with their position, and that custom kinds are not."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.catalog import Catalog
from rbacpsp.decode.problems import LoadError
from rbacpsp.decode.slips import misspelling
from rbacpsp.model import Version
from rbacpsp.model.kinds import API_VERSIONS
from rbacpsp.sources import read_files, read_judged

RBAC = "rbac.authorization.k8s.io"

SLIPS = [
    ("rbac.authorization.k8s/v1", "ClusterRoleBinding", f"{RBAC}/v1", "ClusterRoleBinding"),
    ("v1", "RoleBinding", f"{RBAC}/v1", "RoleBinding"),
    ("policy/v1", "PodSecurityPolicy", "policy/v1beta1", "PodSecurityPolicy"),
    ("v1", "PodSecurityPolicy", "policy/v1beta1", "PodSecurityPolicy"),
    ("v1", "Deployment", "apps/v1", "Deployment"),
    (f"{RBAC}/v2", "Role", f"{RBAC}/v1", "Role"),
    (RBAC, "Role", f"{RBAC}/v1", "Role"),
    ("rbac.authorisation.k8s.io/v1", "Role", f"{RBAC}/v1", "Role"),
    ("RBAC.authorization.k8s.io/v1", "Role", f"{RBAC}/v1", "Role"),
    (f"{RBAC}/v1", "Rolebinding", f"{RBAC}/v1", "RoleBinding"),
    (f"{RBAC}/v1", "ClusterRoleBinding ", f"{RBAC}/v1", "ClusterRoleBinding"),
    (f"{RBAC}/v1", "ClusterRoleBindings", f"{RBAC}/v1", "ClusterRoleBinding"),
    (f"{RBAC}/v1", "ClusterRoleBindng", f"{RBAC}/v1", "ClusterRoleBinding"),
    (f"{RBAC}/v1", "\u0421lusterRoleBinding", f"{RBAC}/v1", "ClusterRoleBinding"),
    ("v1", "pod", "v1", "Pod"),
    ("v1", "Serviceaccount", "v1", "ServiceAccount"),
    ("app/v1", "DaemonSet", "apps/v1", "DaemonSet"),
]
NO_SLIPS = [
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "Config"),
    ("v1", "Binding"),
    ("v1", "PodList"),
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("metrics.k8s.io/v1beta1", "PodMetrics"),
    ("batch.volcano.sh/v1alpha1", "Job"),
    ("apps.kruise.io/v1alpha1", "DaemonSet"),
    ("authorization.openshift.io/v1", "RoleBinding"),
    ("iam.aws.crossplane.io/v1beta1", "Role"),
    ("apps.openshift.io/v1", "DeploymentConfig"),
    ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ("x" * 10_000, "Pod"),
]


@pytest.mark.parametrize(("version", "kind", "right_version", "right_kind"), SLIPS)
def test_a_misspelled_kind_is_reported_with_the_likely_one(
    version: str, kind: str, right_version: str, right_kind: str
) -> None:
    advice = f"write apiVersion: {right_version} and kind: {right_kind}"
    assert misspelling(version, kind, API_VERSIONS) == (advice, True)


def test_a_kind_of_bindings_in_a_foreign_group_may_be_a_custom_resource() -> None:
    found = misspelling("example.com/v1", "ClusterRoleBinding", API_VERSIONS)
    assert found == (f"write apiVersion: {RBAC}/v1 and kind: ClusterRoleBinding", False)
    text = document("example.com/v1", "ClusterRoleBinding").encode()
    (told,) = read_files(["-"], stdin=io.BytesIO(text)).objects.unread
    words = 'no matches for kind "ClusterRoleBinding" in version "example.com/v1": it was skipped'
    assert told.startswith(f"<stdin>, document 1, line 1: {words}; write apiVersion: {RBAC}/v1 and kind")


@pytest.mark.parametrize(("version", "kind"), NO_SLIPS)
def test_words_of_other_kinds_are_not_misspellings(version: str, kind: str) -> None:
    assert misspelling(version, kind, API_VERSIONS) is None


def test_an_unknown_kind_of_the_group_of_roles_is_reported() -> None:
    advice = "this group has ClusterRole, ClusterRoleBinding, Role, RoleBinding"
    assert misspelling(f"{RBAC}/v1", "Foo", API_VERSIONS) == (advice, True)


def document(version: str, kind: str) -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"


def test_a_misspelling_is_an_error_with_its_position() -> None:
    text = f"{document('v1', 'Namespace')}---\n{document('policy/v1', 'PodSecurityPolicy')}".encode()
    told = '<stdin>, document 2, line 5: no matches for kind "PodSecurityPolicy" in version "policy/v1"'
    advice = "write apiVersion: policy/v1beta1 and kind: PodSecurityPolicy"
    with pytest.raises(LoadError) as raised:
        read_files(["-"], stdin=io.BytesIO(text))
    assert str(raised.value) == f"{told}; {advice}"
    loaded = read_files(["-"], stdin=io.BytesIO(text), keep_going=True)
    assert loaded.objects.unread == [f"skipped: {told}; {advice}"]
    with pytest.raises(LoadError, match="no matches for kind"):
        read_judged(["-"], stdin=io.BytesIO(text))
    asked = read_judged(["-"], stdin=io.BytesIO(text), misspelt=True)
    assert list(asked.unread) == [f"{told}: it was skipped; {advice}"]
    assert [located.value["kind"] for file in asked.files for located in file.objects] == [
        "Namespace",
        "PodSecurityPolicy",
    ]


def test_access_objects_of_other_api_groups_are_counted_and_named() -> None:
    text = "---\n".join([document("authorization.openshift.io/v1", "RoleBinding")] * 3)
    objects = read_files(["-"], stdin=io.BytesIO(text.encode())).objects
    assert objects.ignored == {"RoleBinding.authorization.openshift.io": 3}
    assert objects.unread == []
    (said,) = objects.warnings
    assert said == (
        "3 RoleBinding.authorization.openshift.io skipped: they may give access, and only "
        "Kubernetes' own objects are read"
    )


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A known kind and its apiVersion, with a letter left out, doubled or in the other case."""
    kind = draw(st.sampled_from(["ClusterRoleBinding", "RoleBinding", "ClusterRole", "PodSecurityPolicy"]))
    version = draw(st.sampled_from(sorted(API_VERSIONS[kind])))
    which = draw(st.booleans())
    word = kind if which else version
    result = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(["", word[result] * 2, word[result].swapcase()]))
    word = word[:result] + letter + word[result + 1 :]
    return (version, word) if which else (word, kind)


@settings(deadline=None)
@given(slips())
def test_a_kind_with_one_wrong_letter_is_read_or_reported(words: tuple[str, str]) -> None:
    version, kind = words
    assert version in API_VERSIONS.get(kind, ()) or misspelling(version, kind, API_VERSIONS)


def test_many_misspellings_are_summed_up() -> None:
    text = "---\n".join([document("v1", "Rolebinding")] * 25)
    with pytest.raises(LoadError) as raised:
        read_files(["-"], stdin=io.BytesIO(text.encode()))
    lines = str(raised.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == f"and 5 more such problems: write apiVersion: {RBAC}/v1 and kind: RoleBinding"


@pytest.mark.parametrize("version", ["1.24", "1.37"])
def test_no_kind_that_a_server_serves_is_a_misspelling(version: str) -> None:
    resources = Catalog.for_version(Version.parse(version)).resources
    served = {(f"{each.group}/{each.version}".removeprefix("/"), each.kind) for each in resources}
    assert len(served) > 50
    assert [kind for kind in served if misspelling(*kind, API_VERSIONS)] == []
