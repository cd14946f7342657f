"""Tests that hostile names do no harm where Python shows them: `repr`, `print`, HTML, errors and pictures."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, Request, Subject, User, pss
from rbacpsp.paths import parse_place
from tests.cli.hostile import NAMES, harm, objects, pod_spec

NODES = Request("delete", resource="nodes")


@cache
def cluster(kind: str) -> Cluster:
    return Cluster.from_objects(objects(NAMES[kind]), kubernetes_version="1.24")


def pod(evil: str) -> dict[str, Any]:
    place = {"name": evil, "namespace": evil}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": place, "spec": pod_spec(evil)}


def user(evil: str) -> User:
    return User(evil, (evil,))


RESULTS: dict[str, Callable[[Cluster, str], Any]] = {
    "cluster": lambda it, _: it,
    "allowed": lambda it, evil: it.authorize(user(evil), Request("get", resource="pods", namespace=evil)),
    "refused": lambda it, evil: it.authorize(
        User(f"{evil}9"), Request(evil, group=evil, resource=evil, name=evil, namespace=evil)
    ),
    "url": lambda it, evil: it.authorize(User(f"{evil}9"), Request(evil, path=f"/{evil}")),
    "who_can": lambda it, evil: it.who_can(Request("get", resource="pods", namespace=evil)),
    "expanded": lambda it, evil: it.who_can(Request("get", resource="pods", namespace=evil)).expand(),
    "rules_for": lambda it, evil: it.rules_for(user(evil), evil),
    "rules_anywhere": lambda it, evil: it.rules_anywhere(user(evil)),
    "admit": lambda it, evil: it.admit(pod(evil), user=user(evil)),
    "scc_admit": lambda it, evil: it.scc_admit(pod(evil), user=user(evil)),
    "submit": lambda it, evil: it.submit(pod(evil), user(evil)),
    "simulate": lambda it, _: it.simulate(),
    "audit": lambda it, _: it.audit(),
    "paths": lambda it, _: it.paths(),
    "path": lambda it, _: it.paths().to(parse_place("cluster-admin"))[0],
    "ways": lambda it, evil: it.paths().from_(parse_place(f"User/{evil}"), 3),
    "diff": lambda it, _: rbacpsp.diff(Cluster.from_objects([]), it),
    "evaluate": lambda _, evil: pss.evaluate(pod(evil), level="restricted"),
    "pss_check": lambda it, evil: it.pss_check(pod(evil)),
    "pss_admit": lambda it, evil: it.pss_admit(pod(evil), user(evil)),
    "policy_users": lambda it, evil: it.policy_users(evil),
    "subjects": lambda it, _: it.subjects,
    "policies": lambda it, _: it.policies,
    "namespaces": lambda it, _: it.namespaces,
    "grant": lambda it, evil: it.grant(NODES, Subject("User", evil)),
    "preflight": lambda it, evil: it.preflight([pod(evil)], user(evil)),
    "migrate": lambda it, _: rbacpsp.migrate(it, "vap"),
    "row": lambda it, _: it.simulate().rows[0],
    "finding": lambda it, _: it.audit().findings[0],
    "objects": lambda it, _: list(it.objects),
    "user": lambda _, evil: user(evil),
}
ERRORS: dict[str, Callable[[Cluster, str], Any]] = {
    "an unknown subject": lambda it, evil: it.subjects[f"{evil}9"],
    "a request": lambda it, evil: it.request(f"get {evil}"),
    "a version": lambda _, evil: Cluster.from_objects([], kubernetes_version=evil),
    "an engine": rbacpsp.migrate,
    "a level": lambda _, evil: pss.evaluate(pod(evil), level=evil),
    "an operation": lambda it, evil: it.admit(pod(evil), user=None, operation=evil),
    "a kind for standards": lambda it, evil: it.pss_check({"kind": evil, "apiVersion": evil}),
    "a kind for Pod Security": lambda it, evil: it.pss_admit({"kind": evil, "apiVersion": evil}),
    "a kind for policies": lambda it, evil: it.admit(pod(evil) | {"kind": evil}, user=None),
    "a kind for constraints": lambda it, evil: it.scc_admit(pod(evil) | {"kind": evil}, user=None),
    "a review": lambda it, evil: it.review({"kind": evil, "apiVersion": evil}),
    "attributes": lambda _, evil: Request.from_attributes({evil: evil}),
    "an object": lambda _, evil: Cluster.from_objects([pod(evil) | {"spec": evil}]),
    "a file": lambda _, evil: rbacpsp.load(f"/{evil}9"),
    "a log": lambda it, evil: rbacpsp.usage(f"/{evil}9", it),
}
PICTURES: dict[str, Callable[[Cluster, str], Any]] = {
    "verbs": lambda it, evil: it.plot.verbs("pods", namespace=evil),
    "risky verbs": lambda it, _: it.plot.risky_verbs(),
    "policies": lambda it, _: it.plot.policies(),
    "pod security": lambda it, _: it.plot.pod_security(),
    "path": lambda it, evil: it.plot.path(f"User/{evil}", "node"),
    "neighborhood": lambda it, evil: it.plot.neighborhood(f"User/{evil}"),
}
NO_PICTURE: dict[str, Callable[[Cluster, str], Any]] = {
    "a resource": lambda it, evil: it.plot.verbs(evil),
    "a namespace": lambda it, evil: it.plot.verbs("pods", namespace=f"{evil}9"),
    "a start": lambda it, evil: it.plot.path(f"User/{evil}9"),
    "a node": lambda it, evil: it.plot.neighborhood(f"{evil}9"),
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("name", RESULTS)
def test_no_result_is_harmed_by_a_name(name: str, kind: str) -> None:
    result = RESULTS[name](cluster(kind), NAMES[kind])
    assert repr(result).isprintable()
    assert str(result).replace("\n", "").isprintable()
    for method in (each for each in dir(type(result)) if each.startswith("_repr_") and each.endswith("_")):
        assert harm(getattr(result, method)(), method.strip("_").removeprefix("repr_")) == []


@pytest.mark.parametrize("kind", NAMES)
def test_the_explorer_of_a_cell_is_not_harmed_by_a_name(kind: str) -> None:
    explorer = cluster(kind).explore()
    assert harm(explorer.html, "html") == []
    assert harm(explorer._repr_html_(), "html") == ["iframe"]


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("name", [*ERRORS, *NO_PICTURE])
def test_no_error_shows_a_control_character_of_a_name(name: str, kind: str) -> None:
    if name in NO_PICTURE:
        pytest.importorskip("matplotlib", reason="matplotlib draws: install the extra notebook")
    with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is tested below
        (ERRORS | NO_PICTURE)[name](cluster(kind), NAMES[kind])
    assert isinstance(raised.value, ValueError | KeyError | rbacpsp.LoadError)
    assert str(raised.value).replace("\n", "").isprintable()


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("name", PICTURES)
def test_no_picture_is_harmed_by_a_name(name: str, kind: str) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib draws: install the extra notebook")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure = PICTURES[name](cluster(kind), NAMES[kind]).get_figure()
    image = io.StringIO()
    figure.savefig(image, format="svg")
    plt.close(figure)
    assert harm(image.getvalue(), "svg") == []
