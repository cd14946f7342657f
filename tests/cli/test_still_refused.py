"""Tests the notes that the escalation check may still refuse an allowed request."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.rbac.escalation import compact_string, compacted, still_refused
from rbacpsp.testing import binding, role, rule
from tests.cli.commands.test_preflight import BOB, GROUP, GROUPS, cluster

Run = Callable[..., Result]
BINDS = Request("create", group=GROUP, resource="rolebindings", namespace="shop")
SAID = (
    "The server still refuses a role bound by it with rules that bob does not hold, unless bob may bind "
    "roles and clusterroles (the escalation check): preflight asks about given objects."
)


def test_creating_bindings_does_not_allow_binding_any_role() -> None:
    assert still_refused(cluster(rule("create", "rolebindings", GROUPS)).authorizer, BOB, BINDS) == SAID


@pytest.mark.parametrize(
    "rules",
    [
        [rule("create bind", "rolebindings roles clusterroles", GROUPS)],
        [rule("*", "*", "*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}],
    ],
)
def test_no_note_is_printed_for_exempt_users_and_those_with_all_permissions(
    rules: list[dict[str, object]],
) -> None:
    assert still_refused(cluster(*rules).authorizer, BOB, BINDS) == ""


def test_no_note_is_printed_for_other_resources_and_for_system_masters() -> None:
    authorizer = cluster(rule("create", "rolebindings pods", GROUPS)).authorizer
    assert still_refused(authorizer, BOB, Request("create", resource="pods")) == ""
    assert still_refused(authorizer, User("root", groups=("system:masters",)), BINDS) == ""
    assert still_refused(authorizer, BOB, Request("get", group=GROUP, resource="roles")) == ""


def test_rules_are_shown_as_the_server_shows_them() -> None:
    pieces = [
        PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",)),
        PolicyRule(verbs=("get",), non_resource_urls=("/a",)),
        PolicyRule(verbs=("list",), api_groups=("",), resources=("pods",)),
    ]
    assert [compact_string(each) for each in compacted(pieces)] == [
        '{NonResourceURLs:["/a"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    ]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    role_manifest = role("some", rule("create", "rolebindings", GROUPS))
    Path("cluster.yaml").write_text(
        yaml.safe_dump_all([role_manifest, binding("some", "User/bob")]), encoding="utf-8"
    )
    attributes = {"verb": "create", "group": GROUP, "resource": "rolebindings", "namespace": "shop"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "bob", "resourceAttributes": attributes},
    }
    Path("review.yaml").write_text(yaml.safe_dump(review), encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_can_i_and_review_print_the_note_beside_the_answer(call: Run) -> None:
    asked = ("create", f"rolebindings.{GROUP}", "-n", "shop", "--as", "bob", "-f", "cluster.yaml")
    answer = call("can-i", *asked)
    assert (answer.stdout, answer.exit_code) == ("yes\n", 0)
    assert SAID in answer.stderr
    assert SAID in call("review", "review.yaml", "-f", "cluster.yaml").stderr
