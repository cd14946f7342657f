"""Tests that a list that is not found counts as read only if the server does not serve the kind."""

from pathlib import Path

import pytest

from rbacpsp.sources.live import Live, read_live
from rbacpsp.sources.refusals import ConnectError
from tests.live.fake import Asked, Reply, run_fake, status
from tests.live.test_bounds import QUICK, ROLES

GROUP = ROLES.rpartition("/")[0]
NOT_FOUND = Reply(status(404, "the server could not find the requested resource"), 404)


def resources(*names: str, verbs: tuple[str, ...] = ("get", "list")) -> Reply:
    rows = [{"name": name, "kind": "Role", "namespaced": True, "verbs": list(verbs)} for name in names]
    return Reply({"kind": "APIResourceList", "groupVersion": GROUP.removeprefix("/apis/"), "resources": rows})


def read(folder: Path, served: Reply, kind: str = "Role") -> Live:
    """Read a kind from a server that does not find its lists."""

    def answer(asked: Asked, _: int) -> Reply | None:
        if asked.path == "/version":
            return None
        return served if asked.path == GROUP else NOT_FOUND

    with run_fake(answer) as fake:
        return read_live(kubeconfig=fake.kubeconfig(folder), kinds={kind}, discovery=False, patience=QUICK)


def test_a_list_that_a_server_serves_but_does_not_find_is_reported_as_unread(tmp_path: Path) -> None:
    live = read(tmp_path, resources("roles"))
    assert live.warnings() == (
        "may be incomplete: roles could not be listed: what bindings to them grant is unknown",
    )
    assert [gap.reason for gap in live.gaps] == [
        "the server serves the kind, but does not find its list (404)"
    ]


@pytest.mark.parametrize(
    "served",
    [NOT_FOUND, resources(), resources("roles/status"), resources("roles", verbs=("create",))],
    ids=["no such group", "no resources", "a subresource", "a resource without lists"],
)
def test_a_kind_that_a_server_does_not_serve_has_no_objects(tmp_path: Path, served: Reply) -> None:
    live = read(tmp_path, served)
    assert (live.gaps, list(live.objects)) == ((), [])


@pytest.mark.parametrize("code", [500, 503])
def test_a_server_that_does_not_say_whether_it_is_openshift_is_an_error(tmp_path: Path, code: int) -> None:
    def answer(asked: Asked, _: int) -> Reply | None:
        return Reply(status(code, "no"), code) if "openshift" in asked.path else None

    with run_fake(answer) as fake, pytest.raises(ConnectError) as caught:
        read_live(
            kubeconfig=fake.kubeconfig(tmp_path),
            kinds={"SecurityContextConstraints"},
            discovery=False,
            patience=QUICK,
        )
    assert str(caught.value).endswith("cannot list securitycontextconstraints now (no): try again")
