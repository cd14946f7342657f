"""Tests what a subject does as somebody else: by naming a group, as an account, and with a secret of one."""

import pytest

from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.clusters import EVE, RBAC, base, with_token
from tests.paths.test_conditions import Rule, reasons, sources, three
from tests.paths.test_limits import BIND, CREATES

CHANGES = rule("patch", "secrets", names="token")
REDIRECTED: dict[str, tuple[tuple[Rule, ...], ClusterBuilder, str, bool]] = {
    "reads the secret": ((rule("get patch", "secrets", names="token"),), with_token(), "1.30", True),
    "reads every secret": ((CHANGES, rule("list", "secrets")), with_token(), "1.30", True),
    "changes every secret": (
        (rule("update", "secrets"), rule("get", "secrets", names="token")),
        with_token(),
        "1.30",
        True,
    ),
    "does both with every secret": ((rule("update watch", "secrets"),), with_token(), "1.30", True),
    "reads another secret": ((CHANGES, rule("get", "secrets", names="u")), with_token(), "1.30", False),
    "reads none": ((CHANGES,), with_token(), "1.30", False),
    "changes another secret": (
        (rule("get", "secrets"), rule("patch", "secrets", names="u")),
        with_token(),
        "1.30",
        False,
    ),
    "immutable": ((rule("update get", "secrets"),), with_token(immutable=True), "1.30", False),
    "not immutable": ((rule("update get", "secrets"),), with_token(immutable=False), "1.30", True),
    "of another type": ((rule("update get", "secrets"),), with_token(type="Opaque"), "1.30", False),
    "no known secret": ((rule("update get", "secrets"),), base(), "1.30", False),
    "each account has one": ((rule("update get", "secrets"),), base(), "1.23", True),
    "each account has one of an unknown name": (
        (rule("update get", "secrets", names="t"),),
        base(),
        "1.23",
        False,
    ),
    "each account has one, and two rules": (
        (rule("update", "secrets"), rule("get", "secrets", names="token")),
        base(),
        "1.23",
        False,
    ),
    "listed by an account": (
        (rule("update get", "secrets"),),
        base().service_account("a", "lists", secrets=[{"name": "t"}]),
        "1.30",
        True,
    ),
    "of a registry": (
        (rule("update get", "secrets"),),
        base().service_account("a", "lists", secrets=[{"name": "lists-dockercfg-x"}]),
        "1.30",
        False,
    ),
}


@pytest.mark.parametrize("name", REDIRECTED)
def test_a_secret_with_a_token_gets_that_of_any_account_for_who_changes_and_reads_it(name: str) -> None:
    """The annotation and the data of a secret may change, unlike its type, and an immutable secret's data."""
    rules, start, version, expected = REDIRECTED[name]
    given = ClusterBuilder().add(*start.objects)
    given.role("r", *rules).bind("r", EVE, namespace="a", kind="ClusterRole")
    assert bool(sources("redirect-token", given, version=version)) == expected
    elsewhere = ClusterBuilder().add(*start.objects).service_account("b", "weak")
    elsewhere.role("r", *rules).bind("r", EVE, namespace="b", kind="ClusterRole")
    assert bool(sources("redirect-token", elsewhere, version=version)) == (name == "each account has one")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.30", {("any service account of namespace a", "secret token, which gets their tokens")}),
        ("1.23", {("any service account", "a secret with a token, which gets theirs")}),
    ],
)
def test_secrets_of_every_namespace_are_redirected_where_one_with_a_token_is_known(
    version: str, expected: set[tuple[str, str]]
) -> None:
    changes, reads = rule("update", "secrets"), rule("get", "secrets")
    assert reasons("redirect-token", changes, reads, start=with_token(), version=version) == expected
    in_a = {("any service account of namespace a", next(iter(expected))[1])}
    assert reasons("redirect-token", changes, local=("a", reads), start=with_token(), version=version) == in_a
    assert reasons("redirect-token", changes, local=("b", reads), start=with_token(), version="1.30") == set()


IMPERSONATE = (
    rule("impersonate", "groups", names="system:serviceaccounts:a"),
    rule("impersonate", "users", names="x"),
)
ACCOUNTS, ACCOUNTS_OF_A = "Group/system:serviceaccounts", "Group/system:serviceaccounts:a"


def impersonator(*rules: Rule, all_to: str) -> ClusterBuilder:
    """Eve holds some rules; a group holds full control, and the accounts of namespace a read pods."""
    builder = base().role("r", *rules).bind("r", EVE).role("reads", rule("get", "pods"))
    return builder.bind("reads", ACCOUNTS_OF_A).bind("cluster-admin", all_to, name="all")


@pytest.mark.parametrize(("all_to", "is_open"), [(ACCOUNTS, False), (ACCOUNTS_OF_A, True)])
def test_who_impersonates_the_accounts_of_a_namespace_is_not_in_the_group_of_all_accounts(
    all_to: str, *, is_open: bool
) -> None:
    """The server adds system:authenticated alone to the groups that a request names."""
    paths = impersonator(*IMPERSONATE, all_to=all_to).build(kubernetes_version="1.30").paths()
    goals = {path.goal.words for path in paths.from_(Place("User", "", "eve")).paths}
    assert ACCOUNTS_OF_A in goals
    assert ("cluster-admin" in goals) == is_open
    assert ("Group/system:serviceaccounts" in goals) == is_open
    starts = [path.start.words for path in paths.to(Place("cluster-admin"))]
    assert (EVE in starts) == is_open
    assert starts.count(ACCOUNTS_OF_A) == 1


def test_who_impersonates_a_service_account_is_in_the_groups_of_all_accounts() -> None:
    accounts = rule("impersonate", "serviceaccounts", names="weak")
    paths = impersonator(accounts, all_to=ACCOUNTS).build(kubernetes_version="1.30").paths()
    assert paths.between(Place("User", "", "eve"), Place("cluster-admin")) is not None


def test_who_impersonates_the_accounts_of_a_namespace_uses_no_permission_of_all_accounts() -> None:
    """The members use permissions of both groups together, and one of all authenticated users."""
    for others, is_open in (("serviceaccounts", False), ("authenticated", True)):
        builder = three().role("r", *IMPERSONATE).bind("r", EVE).service_account("a", "x")
        builder.role("binds", BIND).bind("binds", f"Group/system:{others}")
        builder.role("creates", CREATES["creates"][0]).bind("creates", ACCOUNTS_OF_A)
        paths = builder.build(kubernetes_version="1.30").paths()
        starts = {path.start.words for path in paths.to(Place("cluster-admin"))}
        assert starts == {ACCOUNTS_OF_A, "ServiceAccount/a:x"} | ({EVE} if is_open else set())
        binding = {"authenticated": "Group/system:authenticated"}.get(others, ACCOUNTS)
        assert {subject_text(cut.subject) for cut in paths.cuts(Place("cluster-admin"))} >= {binding}


def test_accounts_that_impersonate_their_own_group_do_not_reach_it() -> None:
    builder = three().role("r", *IMPERSONATE).bind("r", ACCOUNTS_OF_A, EVE)
    paths = builder.build(kubernetes_version="1.30").paths()
    group = Place("Group", "", "system:serviceaccounts:a")
    assert [path.goal.words for path in paths.from_(group).paths] == ["User/x"]
    assert paths.between(group, group) is None
    assert [path.start.words for path in paths.to(group)] == [EVE]


def widens(account_widens: bool) -> ClusterBuilder:
    """Eve, or an account whose token eve requests, may add permissions to a role of the account."""
    builder = three().service_account("a", "x").role("low", rule("get", "pods"))
    builder.role("r", rule("create", "serviceaccounts/token")).bind("r", EVE)
    builder.role("widens", rule("escalate patch", "clusterroles", RBAC, "low"))
    account = "ServiceAccount/a:x"
    return builder.bind("low", account).bind("widens", account if account_widens else EVE)


@pytest.mark.parametrize("account_widens", [True, False])
def test_a_role_is_widened_by_one_identity_that_is_bound_to_it_and_may_change_it(
    *, account_widens: bool
) -> None:
    """A path is a chain: no step is made as two identities, although eve could act as both of them."""
    paths = widens(account_widens).build(kubernetes_version="1.30").paths()
    path = paths.between(Place("User", "", "eve"), Place("cluster-admin"))
    actions = [step.technique.name for step in path.steps if step.technique.cost] if path else []
    assert actions == (["request-token", "escalate-in-cluster"] if account_widens else [])


def test_a_user_and_a_group_are_impersonated_one_by_one() -> None:
    """One request names both, but no step uses the permissions of both; each has its own steps."""
    builder = three().role("r", rule("impersonate", "users groups", names="x devs")).bind("r", EVE)
    builder.role("binds", BIND).bind("binds", "Group/devs")
    builder.role("creates", CREATES["creates"][0]).bind("creates", "User/x")
    paths = builder.build(kubernetes_version="1.30").paths()
    assert paths.between(Place("User", "", "eve"), Place("cluster-admin")) is None
    both = builder.bind("binds", "User/x", name="both").build(kubernetes_version="1.30").paths()
    assert both.between(Place("User", "", "eve"), Place("cluster-admin")) is not None
