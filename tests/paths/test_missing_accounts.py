"""Tests which steps reach a service account that bindings name and that does not exist."""

import pytest

from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import FLUX, operator
from tests.paths.clusters import APPROVAL, CERTIFICATES, CREATE_PODS, CSR, EVE, RBAC
from tests.paths.test_conditions import Rule, reasons, three

ACCOUNTS = rule("create", "serviceaccounts")
TOKENS = rule("create", "serviceaccounts/token")
BY_NAME = {
    "impersonates": (rule("impersonate", "serviceaccounts"),),
    "impersonates it": (rule("impersonate", "serviceaccounts", names="gone"),),
    "gets a certificate": (rule("approve", "signers", CERTIFICATES), CSR, APPROVAL),
    "binds": (rule("bind", "clusterroles", RBAC), rule("create", "rolebindings", RBAC)),
    "lets Flux apply": (rule("create", "kustomizations", FLUX),),
    "has full control": (rule("*", "*", "*"),),
}
"""These need only the name of the account."""
EXISTING: dict[str, tuple[Rule, ...]] = {
    "requests tokens": (TOKENS,),
    "requests its token": (rule("create", "serviceaccounts/token", names="gone"),),
    "makes pods": (CREATE_PODS,),
    "makes workloads": (rule("patch", "deployments", "apps"),),
    "makes pods by a custom resource": (rule("create", "workflows", "argoproj.io"),),
    "creates its secret": (rule("create get", "secrets"),),
    "creates another account": (rule("create patch", "serviceaccounts", names="other"), TOKENS),
    "creates it without a patch": (rule("create", "serviceaccounts", names="gone"), TOKENS),
}
"""These need the account."""
CREATED: dict[str, tuple[Rule, ...]] = {
    "creates accounts and requests tokens": (ACCOUNTS, TOKENS),
    "applies it and requests its token": (
        rule("create patch", "serviceaccounts", names="gone"),
        rule("create", "serviceaccounts/token", names="gone"),
    ),
    "creates accounts and pods": (ACCOUNTS, CREATE_PODS),
    "creates accounts and workloads": (ACCOUNTS, rule("patch", "deployments", "apps")),
}
"""These create the account."""
NEITHER: dict[str, tuple[Rule, ...]] = {
    "creates accounts": (ACCOUNTS,),
    "requests another token": (ACCOUNTS, rule("create", "serviceaccounts/token", names="other")),
}


def reaches(*rules: Rule, loaded: str = "b", version: str = "1.30") -> bool:
    """Whether User/eve with some rules reaches b:gone; another account was loaded, in that namespace or not.

    The level of every namespace is baseline, so that no pod takes over a node.
    """
    start = three(a="baseline", b="baseline", c="baseline").service_account(loaded, "x")
    start.service_account("a", "flux").add(operator("kustomize-controller", "a", "flux"))
    start.role("secret", rule("get", "nodes")).bind("secret", "ServiceAccount/b:gone")
    paths = start.role("r", *rules).bind("r", EVE).build(kubernetes_version=version).paths()
    return paths.between(Place("User", "", "eve"), Place("ServiceAccount", "b", "gone")) is not None


@pytest.mark.parametrize("name", BY_NAME)
def test_who_needs_only_a_name_becomes_an_account_that_does_not_exist(name: str) -> None:
    assert reaches(*BY_NAME[name])


@pytest.mark.parametrize("name", EXISTING)
@pytest.mark.parametrize("version", ["1.15", "1.23", "1.30"])
def test_an_account_that_does_not_exist_has_no_tokens_and_no_pods(name: str, version: str) -> None:
    assert not reaches(*EXISTING[name], version=version)


@pytest.mark.parametrize("name", EXISTING)
def test_an_account_counts_where_none_of_its_namespace_was_loaded(name: str) -> None:
    assert reaches(*EXISTING[name], loaded="c")


@pytest.mark.parametrize("name", CREATED)
def test_who_creates_a_named_account_and_gets_its_token_becomes_it(name: str) -> None:
    assert reaches(*CREATED[name])
    assert reaches(*CREATED[name], version="1.15") == ("applies" not in name)


@pytest.mark.parametrize("name", NEITHER)
def test_who_creates_an_account_without_getting_its_token_does_not_become_it(name: str) -> None:
    assert not reaches(*NEITHER[name])


def test_the_reason_of_a_new_account_says_how_it_is_used() -> None:
    start = three().service_account("b", "x").role("s", rule("get", "nodes"))
    start.bind("s", "ServiceAccount/b:gone", "ServiceAccount/c:gone")
    gone = "ServiceAccount/b:gone"
    assert reasons("create-account", ACCOUNTS, TOKENS, start=start) == {
        (gone, "it does not exist; the subject also requests its token")
    }
    pods = "it does not exist; the subject also runs a pod as it, admitted"
    assert reasons("create-account", ACCOUNTS, local=("b", CREATE_PODS), start=start) == {
        (gone, f"{pods} because no policy applies")
    }
    assert reasons("create-account", ACCOUNTS, local=("a", CREATE_PODS), start=start) == set()
    start.policy("p", volumes=["projected"]).may_use("p", "User/other")
    policed = (ACCOUNTS, CREATE_PODS)
    assert reasons("create-account", *policed, start=start, version="1.24") == set()
    start.may_use("p", gone, namespace="b")
    assert reasons("create-account", *policed, start=start, version="1.24") == {(gone, f"{pods} by policy p")}


def test_accounts_that_kubernetes_creates_exist() -> None:
    controller = "ServiceAccount/kube-system:replicaset-controller"
    builder = ClusterBuilder().service_account("kube-system", "x").role("s", rule("get", "nodes"))
    builder.bind("s", controller).role("r", TOKENS).bind("r", EVE)
    paths = builder.build(kubernetes_version="1.30").paths()
    target = Place("ServiceAccount", "kube-system", "replicaset-controller")
    assert paths.between(Place("User", "", "eve"), target) is not None


def test_no_operator_runs_as_an_account_that_does_not_exist() -> None:
    for account, expected in (("x", True), ("gone", False)):
        start = three().service_account("a", "x").add(operator("kustomize-controller", "a", account))
        reached = reasons("flux", rule("create", "kustomizations", FLUX), start=start)
        assert bool(reached) == expected
    start = three().service_account("a", "x").role("s", rule("get", "nodes"))
    start.bind("s", "ServiceAccount/a:kustomize-controller")
    assert reasons("flux", rule("create", "kustomizations", FLUX), start=start) == set()
