"""Tests that each predicate matches what upstream's evaluation_helpers.go matches, and nothing else."""

import pytest

from rbacpsp.model import PolicyRule, Request
from rbacpsp.rbac import rule_allows
from rbacpsp.rbac.match import (
    api_group_matches,
    non_resource_url_matches,
    resource_matches,
    resource_name_matches,
    verb_matches,
)


@pytest.mark.parametrize(
    ("verbs", "verb", "expected"),
    [
        (("get",), "get", True),
        (("*",), "frobnicate", True),
        (("get", "list"), "watch", False),
        (("get",), "GET", False),
        (("g*",), "get", False),
        ((), "get", False),
        (("get",), "*", False),
    ],
)
def test_a_verb_is_literal_or_every_verb(verbs: tuple[str, ...], verb: str, expected: bool) -> None:
    assert verb_matches(PolicyRule(verbs=verbs), verb) is expected


@pytest.mark.parametrize(
    ("groups", "group", "expected"),
    [
        (("",), "", True),
        (("*",), "apps", True),
        (("",), "apps", False),
        (("apps",), "", False),
        ((), "", False),
    ],
)
def test_the_empty_group_is_the_core_group_only(groups: tuple[str, ...], group: str, expected: bool) -> None:
    assert api_group_matches(PolicyRule(api_groups=groups), group) is expected


@pytest.mark.parametrize(
    ("allowed", "resource", "subresource", "expected"),
    [
        ("pods", "pods", "", True),
        ("pods", "pods", "log", False),
        ("pods/log", "pods", "log", True),
        ("pods/log", "pods", "", False),
        ("*", "pods", "log", True),
        ("*/log", "pods", "log", True),
        ("*/scale", "deployments", "scale", True),
        ("*/scale", "deployments", "status", False),
        ("*/scale", "scale", "", False),
        ("pods/*", "pods", "log", False),
        ("*/*", "pods", "log", False),
        ("*/*", "pods", "*", True),
        ("*/", "pods", "", False),
        ("Pods", "pods", "", False),
        ("*/b", "pods", "a/b", False),
        ("*/a/b", "pods", "a/b", True),
    ],
)
def test_a_rule_matches_a_subresource_only_if_it_names_it(
    allowed: str, resource: str, subresource: str, expected: bool
) -> None:
    request = Request("get", group="apps", resource=resource, subresource=subresource)
    rule = PolicyRule(resources=(allowed,))
    assert resource_matches(rule, request.combined_resource, subresource) is expected


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        ((), "web", True),
        ((), "", True),
        (("web",), "web", True),
        (("web",), "db", False),
        (("web",), "", False),
        (("*",), "web", False),
        (("*",), "*", True),
        (("",), "", True),
    ],
)
def test_names_never_match_a_request_without_one_and_a_star_is_a_literal(
    names: tuple[str, ...], name: str, expected: bool
) -> None:
    assert resource_name_matches(PolicyRule(resource_names=names), name) is expected


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/", False),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz/*", "/healthz", False),
        ("/healthz*", "/healthzzz", True),
        ("/apis/**", "/apis/apps", True),
        ("*", "/anything", True),
        ("*", "", True),
        ("/*/x", "/a/x", False),
        ("", "/", False),
    ],
)
def test_the_trailing_stars_of_a_url_are_trimmed_and_make_it_a_prefix(
    url: str, path: str, expected: bool
) -> None:
    assert non_resource_url_matches(PolicyRule(non_resource_urls=(url,)), path) is expected


def test_a_url_is_matched_only_by_verb_and_url() -> None:
    rule = PolicyRule(verbs=("get",), non_resource_urls=("/healthz",), resource_names=("x",))
    assert rule_allows(rule, Request("get", path="/healthz"))
    assert not rule_allows(rule, Request("post", path="/healthz"))
    assert not rule_allows(rule, Request("get", resource="healthz"))
