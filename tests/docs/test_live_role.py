"""Tests that the documented ClusterRoles for reading a cluster allow all that any server is asked for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rbacpsp import Request, User
from rbacpsp.model.kinds import KINDS
from rbacpsp.sources.escalation_objects import AROUND, AWS_AUTH_PLACE, OF_ARGO_CD
from rbacpsp.testing import ClusterBuilder
from tests.docs.console import ROOT

PAGES = ("docs/live.md", "deploy/access.yaml")
READER = User("reader")


def role(page: str) -> dict[str, Any]:
    """The ClusterRole in a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = text.split("```yaml\n")[1:] if Path(page).suffix == ".md" else [text]
    documents = [
        document for block in blocks for document in yaml.safe_load_all(block.partition("```")[0]) if document
    ]
    return next(document for document in documents if document["kind"] == "ClusterRole")


def requests() -> list[Request]:
    """What is requested besides custom resources with pod templates, of which servers have many."""
    kinds = [kind for kind in (*KINDS, *AROUND) if not kind.optional]
    lists = [Request("list", group=kind.group, resource=kind.plural) for kind in kinds]
    namespace, name = AWS_AUTH_PLACE
    return [
        *lists,
        Request("get", resource="configmaps", name=name, namespace=namespace),
        *(
            Request("get", resource="configmaps", name=each, namespace="argocd")
            for each in OF_ARGO_CD.values()
        ),
        Request("list", group="argoproj.io", resource="appprojects"),
        Request("list", group="security.openshift.io", resource="securitycontextconstraints"),
        Request("get", group="config.openshift.io", resource="clusterversions", name="version"),
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_documented_role_allows_every_request_and_no_secret(page: str) -> None:
    builder = ClusterBuilder().add(role(page)).bind("rbacpsp", "User/reader")
    cluster = builder.build()
    refused = [str(request) for request in requests() if not cluster.authorize(READER, request)]
    assert refused == []
    for secret in (Request("list", resource="secrets"), Request("get", resource="configmaps", name="other")):
        assert not cluster.authorize(READER, secret)


def test_both_roles_are_the_same() -> None:
    first, second = (role(page)["rules"] for page in PAGES)
    assert first == second
