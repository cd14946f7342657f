"""Tests what answers say about their version."""

from click.testing import CliRunner

from rbacpsp import Cluster
from rbacpsp.cli import main
from rbacpsp.model.version import Version, version_words

WORKSHOP = "sample_clusters/rbac-workshop"
OPENSHIFT = "sample_clusters/scc-on-openshift"


def test_an_answer_for_a_version_that_is_not_known_yet_names_the_one_whose_rules_it_uses() -> None:
    assert version_words(Version(1, 37), assumed=False) == "Kubernetes 1.37"
    assert version_words(Version(1, 99), assumed=False) == "Kubernetes 1.99, answered as 1.37"
    cluster = Cluster.from_objects([], kubernetes_version="1.99")
    assert repr(cluster).startswith("<Cluster of Kubernetes 1.99")
    assert str(cluster) == "A cluster of Kubernetes 1.99, answered as 1.37"


def test_assumed_objects_are_said_to_be_of_the_release_that_is_recorded() -> None:
    asked = ("who-can", "get", "pods", "--include-system", "-f", WORKSHOP, "--kubernetes-version")
    newer = CliRunner().invoke(main, (*asked, "1.99")).stderr
    assert "Kubernetes 1.99, answered as 1.37.\n" in newer
    assert "as Kubernetes 1.37 creates them" in newer
    assert "as Kubernetes 1.16 creates them" in CliRunner().invoke(main, (*asked, "1.5")).stderr


def test_an_answer_for_a_later_release_of_openshift_names_the_one_whose_constraints_it_uses() -> None:
    asked = ("scc", "list", "-f", OPENSHIFT, "--openshift-version")
    assert (
        "OpenShift 4.99, answered as 4.22, with 12 standard"
        in CliRunner().invoke(main, (*asked, "4.99")).stderr
    )
    assert "OpenShift 4.22, with 12 standard" in CliRunner().invoke(main, (*asked, "4.22")).stderr
