"""Tests requests in words, with and without their API group."""

import warnings
from copy import copy
from dataclasses import replace

import pytest

from rbacpsp import Cluster, Request
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.catalog import RECORDED
from rbacpsp.model.groups import GROUP_OF

CLUSTER = Cluster.from_objects([], kubernetes_version="1.30")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "create deployments.apps/web -n prod",
            Request("create", group="apps", resource="deployments", name="web", namespace="prod"),
        ),
        (
            "get deploy --namespace=prod",
            Request("get", group="apps", resource="deployments", namespace="prod"),
        ),
        ("get nodes -n prod", Request("get", resource="nodes")),
        ("get ns/prod", Request("get", resource="namespaces", name="prod", namespace="prod")),
        ("create pods --subresource exec", Request("create", resource="pods", subresource="exec")),
        ("get /healthz", Request("get", path="/healthz")),
        ("list widgets.example.com", Request("list", group="example.com", resource="widgets")),
        ("* *", Request("*", resource="*")),
    ],
)
def test_words_are_parsed_as_the_request_that_a_client_sends(text: str, expected: Request) -> None:
    assert Request.parse(text, CLUSTER) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("get podz", "the server doesn't have a resource type 'podz': did you mean pods?"),
        ("get", 'a request is a verb and a resource or a URL, not "get"'),
        ("get pods web", 'a request is a verb and a resource or a URL, not "get pods web"'),
        ("get pods -A", "-A is not an option of a request: use -n, --namespace, --subresource"),
        ("get /healthz -n prod", "a URL is in no namespace and has no subresource"),
        ("get 'pods", 'a quotation mark or a backslash has no end in "get \'pods"'),
        ("get pods -n", '-n has no value in "get pods -n"'),
        ("get pods --subresource", '--subresource has no value in "get pods --subresource"'),
    ],
)
def test_an_invalid_request_is_reported(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace("?", r"\?").replace("(", r"\(") + "$"):
        Request.parse(text, CLUSTER)


@pytest.mark.parametrize(
    "text", ["get x\x1b[31m", "get a\tb\tc\u202e", "get pods --\x1bx", "get '\x9b", "get \\\x07\\"]
)
def test_the_error_about_an_invalid_request_shows_no_control_character(text: str) -> None:
    with pytest.raises(ValueError, match=r"\\(x|u)") as raised:
        Request.parse(text, CLUSTER)
    assert str(raised.value).isprintable()


def test_parsing_a_request_needs_a_cluster() -> None:
    with pytest.raises(TypeError, match="cluster must be a Cluster, not"):
        Request.parse("get pods", None)  # type: ignore[arg-type]


def test_a_forgotten_group_is_reported_where_the_request_is_written() -> None:
    with pytest.warns(UserWarning, match='write group="apps"') as told:
        request = Request("create", resource="deployments")
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Request("create", group="apps", resource="deployments")
        Request.from_attributes({"verb": "create", "resource": "deployments"})
        assert replace(request, verb="get").verb == "get"
        assert copy(request) == request
        assert not CLUSTER.who_can(request).errors


def test_the_groups_are_those_of_discovery() -> None:
    groups: dict[str, set[str]] = {}
    for version in RECORDED:
        for resource in Catalog.for_version(version).resources:
            if not resource.subresource:
                groups.setdefault(resource.name, set()).add(resource.group)
    assert {
        name: next(iter(there)) for name, there in groups.items() if len(there) == 1 and "" not in there
    } == GROUP_OF
