"""Tests that a question sends only the requests that its answer needs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.catalog import Catalog
from rbacpsp.cli import main
from rbacpsp.cli.target import is_usual
from rbacpsp.model.version import NEWEST, V1_24
from tests.live.fake import run_fake

RBAC = "/apis/rbac.authorization.k8s.io/v1"
WIDE = {"/version", f"{RBAC}/clusterroles", f"{RBAC}/clusterrolebindings"}
ACCESS = WIDE | {f"{RBAC}/namespaces/x/roles", f"{RBAC}/namespaces/x/rolebindings"}
EVERYWHERE = WIDE | {f"{RBAC}/roles", f"{RBAC}/rolebindings"}
SERVED = {"/api", "/apis"}


@pytest.mark.parametrize(
    ("question", "needed"),
    [
        ("who-can get secrets -n x", ACCESS),
        ("who-can get secrets -A", EVERYWHERE),
        ("who-can get widgets -n x", ACCESS | SERVED),
        ("can-i get secrets -n x --as ann", ACCESS),
        ("matrix secrets -n x", ACCESS),
        ("matrix deploy/web -n x", ACCESS),
        ("matrix secrets -A", EVERYWHERE),
        ("matrix psp -n x", ACCESS | SERVED),
        ("matrix networkpolicies --subresource status -n x", ACCESS | SERVED),
        ("matrix --subject ann -n x", ACCESS | SERVED),
        ("roles get secrets", {"/version", f"{RBAC}/clusterroles", f"{RBAC}/roles"}),
    ],
)
def test_only_what_an_answer_needs_is_requested(question: str, needed: set[str], tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        CliRunner().invoke(main, [*question.split(), "--kubeconfig", fake.kubeconfig(tmp_path)])
    assert {asked.path for asked in fake.asked} - {"/api/v1"} == needed


def test_a_usual_resource_has_the_same_verbs_on_every_server() -> None:
    older, newest = Catalog.for_version(V1_24), Catalog.for_version(NEWEST)
    usual = [each for each in older.resources if not each.subresource and is_usual(each.qualified)]
    assert len(usual) > 50
    for each in usual:
        assert older.verbs(each.group, each.combined) == newest.verbs(each.group, each.combined)
