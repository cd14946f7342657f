"""Tests the requests that bypass Pod Security."""

from rbacpsp.model import Namespace, ObjectMeta, Objects, Request
from rbacpsp.pss import Configuration, Exemptions, LevelVersion, Policy
from rbacpsp.pss.bypass import Bypass, bypasses


def cluster(**enforced: str) -> Objects:
    return Objects(
        namespaces={
            name: Namespace(
                metadata=ObjectMeta(
                    name=name, labels={"pod-security.kubernetes.io/enforce": level} if level else {}
                )
            )
            for name, level in enforced.items()
        }
    )


def test_subjects_that_may_relabel_a_namespace_or_create_pods_in_an_unrestricted_one_can_bypass() -> None:
    result = bypasses(cluster(open="", guarded="restricted"))
    (relabel,) = (each for each in result if each.way == "relabel")
    assert relabel == Bypass(
        "relabel",
        "guarded",
        "the labels demand restricted:latest",
        (
            Request("patch", resource="namespaces", name="guarded", namespace="guarded"),
            Request("update", resource="namespaces", name="guarded", namespace="guarded"),
        ),
    )
    (unguarded,) = (each for each in result if each.way == "unguarded")
    assert (unguarded.namespace, unguarded.why) == ("open", "the namespace enforces nothing")
    assert unguarded.requests[0] == Request("create", resource="pods", namespace="open")
    assert Request("create", group="batch", resource="cronjobs", namespace="open") in unguarded.requests


def test_a_new_namespace_enforces_nothing_unless_the_defaults_do() -> None:
    new = Bypass(
        "new-namespace",
        "",
        "a namespace without labels enforces nothing",
        (Request("create", resource="namespaces"),),
    )
    assert bypasses(Objects()) == (new,)
    assert bypasses(Objects(), Configuration(Policy(LevelVersion("baseline")))) == ()


def test_exempt_users_and_their_impersonators_can_bypass() -> None:
    account = "system:serviceaccount:ci:builder"
    config = Configuration(Policy(LevelVersion("baseline")), Exemptions(usernames=("root", account)))
    named, of_account, as_user, as_account = bypasses(Objects(), config)
    assert named == Bypass("exempt-user", "", "the user is exempt", user="root")
    assert of_account == Bypass("exempt-user", "", "the user is exempt", user=account)
    impersonate = Request("impersonate", resource="users", name="root")
    assert as_user == Bypass("impersonate", "", "the user is exempt", (impersonate,), "root")
    result = {"namespace": "ci", "name": "builder"}
    assert (as_account.way, as_account.user) == ("impersonate", account)
    assert as_account.requests[:3] == (
        Request("impersonate", resource="serviceaccounts", **result),
        Request("create", resource="serviceaccounts", subresource="token", **result),
        Request("create", resource="pods", namespace="ci"),
    )


def test_exempt_namespaces_and_runtime_classes_let_pods_pass() -> None:
    exemptions = Exemptions(namespaces=("kube-system",), runtime_classes=("kata", "gvisor"))
    config = Configuration(Policy(LevelVersion("baseline")), exemptions)
    result = bypasses(cluster(**{"kube-system": "restricted", "n": ""}), config)
    assert [(each.way, each.namespace, each.why) for each in result] == [
        ("exempt-runtime-class", "n", "exempt runtime classes: gvisor, kata"),
        ("relabel", "n", "the labels demand baseline:latest"),
        ("unguarded", "kube-system", "the namespace is exempt"),
    ]
