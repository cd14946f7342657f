"""Compares the recorded constraints of OpenShift's releases with those that the releases ship."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from rbacpsp import Cluster, Request, User
from rbacpsp.catalog.openshift import openshift_policy
from rbacpsp.model import Version
from rbacpsp.model.openshift import as_openshift, kubernetes_of

DATA = Path(__file__).parents[1] / "conformance" / "data" / "scc" / "scc-standard.jsonl.gz"
with gzip.open(DATA, "rt", encoding="utf-8") as opened:
    SHIPPED = {line["release"]: line["items"] for line in map(json.loads, opened)}


def test_the_recorded_openshift_releases_are_listed() -> None:
    assert list(SHIPPED) == ["4.10", "4.11", "4.14", "4.16", "4.18", "4.19", "4.20", "4.21", "4.22"]


@pytest.mark.parametrize("release", SHIPPED)
def test_the_assumed_constraints_are_those_that_the_release_ships(release: str) -> None:
    shipped = Cluster.from_objects(SHIPPED[release]).objects
    result = openshift_policy(Version.parse(release))
    assert len(result) == len(SHIPPED[release])
    for each in result:
        there = shipped.find(each)
        assert there is not None
        assert msgspec.to_builtins(there) == msgspec.to_builtins(each)


def test_an_unrecorded_openshift_release_gets_the_objects_of_the_nearest_one() -> None:
    assert openshift_policy(Version(4, 2)) == openshift_policy(Version(4, 10))
    assert openshift_policy(Version(4, 99)) == openshift_policy(Version(4, 22))


def test_ephemeral_volumes_came_in_4_12_and_csi_volumes_in_4_13() -> None:
    volumes = {
        minor: set(constraint.volumes or ())
        for minor in (11, 12, 13)
        for constraint in Cluster.from_objects(
            [], openshift_version=f"4.{minor}", bootstrap="always"
        ).scc.constraints
        if constraint.name == "restricted-v2"
    }
    assert volumes[12] - volumes[11] == {"ephemeral"}
    assert volumes[13] - volumes[12] == {"csi"}


def test_the_standard_constraints_are_assumed_where_a_cluster_is_one_of_openshift() -> None:
    plain = Cluster.from_objects([], bootstrap="auto")
    assert (plain.openshift_version, dict(plain.objects.constraints)) == (None, {})
    result = Cluster.from_objects([], bootstrap="auto", openshift_version="4.21.3")
    assert result.openshift_version == Version(4, 21)
    assert result.kubernetes_version == Version(1, 34)
    assert len(result.objects.constraints) == 13
    user = User.impersonate("bob")
    names = ("restricted-v2", "restricted-v3", "restricted", "privileged")
    asked = {
        name: Request("use", group="security.openshift.io", resource="securitycontextconstraints", name=name)
        for name in names
    }
    assert [name for name in names if result.authorize(user, asked[name])] == [
        "restricted-v2",
        "restricted-v3",
    ]


def test_a_clusterversion_states_the_release() -> None:
    result = {
        "apiVersion": "config.openshift.io/v1",
        "kind": "ClusterVersion",
        "metadata": {"name": "version"},
        "status": {"desired": {"version": "4.16.9"}},
    }
    there = Cluster.from_objects([result], bootstrap="auto")
    assert (there.openshift_version, there.openshift_is_assumed) == (Version(4, 16), False)
    assert "hostmount-anyuid-v2" not in there.objects.constraints


def test_constraints_identify_openshift_and_a_complete_list_is_not_extended() -> None:
    one = SHIPPED["4.16"][0]
    assert one["kind"] == "SecurityContextConstraints"
    result = Cluster.from_objects([one], bootstrap="auto")
    assert (result.openshift_version, result.openshift_is_assumed) == (Version(4, 22), True)
    assert len(result.objects.constraints) == 13
    most = [each for each in SHIPPED["4.16"] if each["kind"] == one["kind"]][:-1]
    assert len(Cluster.from_objects(most, bootstrap="auto").objects.constraints) == len(most)


@pytest.mark.parametrize("text", ["", "4", "3.11", "four", "4.x", "4.0"])
def test_an_invalid_release_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a version of OpenShift: write it as 4\.21 or 4\.21\.3$"):
        as_openshift(text)


@pytest.mark.parametrize(
    ("release", "kubernetes"),
    [((4, 1), (1, 13)), ((4, 2), (1, 14)), ((4, 3), (1, 16)), ((4, 10), (1, 23)), ((4, 22), (1, 35))],
)
def test_every_release_of_openshift_has_its_kubernetes(
    release: tuple[int, int], kubernetes: tuple[int, int]
) -> None:
    assert kubernetes_of(Version(*release)) == Version(*kubernetes)


def test_the_kubernetes_of_a_later_release_is_unknown_and_assumed_to_be_the_newest() -> None:
    assert kubernetes_of(Version(4, 99)) is None
    assert kubernetes_of(Version(5, 0)) is None
    later = Cluster.from_objects([], openshift_version="4.99")
    assert later.version_words == "Kubernetes 1.37, assumed"
