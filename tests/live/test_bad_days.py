"""Tests errors and overload of a server, with a fake server that simulates them."""

import gzip
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import Live, read_live
from rbacpsp.sources.refusals import ConnectError
from tests.live.fake import Asked, Fake, Reply, role_list, run_fake, status

ROLES = "/apis/rbac.authorization.k8s.io/v1/roles"
QUICK = Patience(connect=60, read=60, attempts=4, first_delay=0.01, longest_delay=2)


def read_roles(fake: Fake, folder: Path, login: dict[str, object] | None = None) -> Live:
    return read_live(
        kubeconfig=fake.kubeconfig(folder, login),
        kinds={"Role"},
        discovery=False,
        patience=QUICK,
        page_size=2,
    )


def names(live: Live) -> list[str]:
    return [name for _, name in live.objects.roles]


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_request_with_a_temporary_error_is_repeated(tmp_path: Path, code: int) -> None:
    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path == ROLES:
            return Reply(status(code, "busy"), code) if before < 2 else Reply(role_list(["a"]))
        return None

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["a"]
    assert [asked.path for asked in fake.asked].count(ROLES) == 3


def test_an_error_that_does_not_pass_is_a_one_line_error(tmp_path: Path) -> None:
    with (
        run_fake(
            lambda asked, _: Reply(status(503, "etcd is\ndown"), 503) if asked.path == ROLES else None
        ) as fake,
        pytest.raises(ConnectError) as caught,
    ):
        read_roles(fake, tmp_path)
    assert str(caught.value) == f"{fake.url} cannot list roles now (etcd is down): try again"
    assert [asked.path for asked in fake.asked].count(ROLES) == 4


def test_retry_after_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Connection, "_sleep", lambda _, seconds: waited.append(seconds))

    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        return Reply(role_list(["a"])) if before else Reply(status(429), 429, {"Retry-After": "1"})

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["a"]
    assert waited == [1.0]


def test_a_compressed_answer_is_read(tmp_path: Path) -> None:
    body = gzip.compress(json.dumps(role_list(["a"])).encode())

    def answer(asked: Asked, _: int) -> Reply | None:
        return Reply(body, headers={"Content-Encoding": "gzip"}) if asked.path == ROLES else None

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["a"]


def open_pools(connection: Connection) -> int:
    """How many pools of a connection's login may hold a socket."""
    return len(connection.login.pool.pools)


def test_requests_in_progress_when_a_connection_is_closed_leave_no_socket_behind(tmp_path: Path) -> None:
    began, go_on = Event(), Event()

    def slow(_asked: Asked, _count: int) -> Reply:
        began.set()
        assert go_on.wait(30)
        return Reply({})

    with run_fake(slow) as fake, ThreadPoolExecutor(1) as executor:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        under_way = executor.submit(connection.get, "/version")
        assert began.wait(30)
        assert open_pools(connection) == 1
        connection.close()
        go_on.set()
        assert under_way.result().body == b"{}"
        connection.get("/version")
        assert open_pools(connection) == 0


def test_a_login_that_is_renewed_leaves_no_socket_behind(tmp_path: Path) -> None:
    def once_refused(_asked: Asked, count: int) -> Reply:
        return Reply({}) if count else Reply(status(401), 401)

    with run_fake(once_refused) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        before = connection.login.pool
        connection.get("/version")
        assert (len(before.pools), open_pools(connection)) == (0, 1)
        connection.close()


def test_only_reviews_are_posted(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path), patience=QUICK)
        with pytest.raises(ValueError, match="/api/v1/namespaces is not a review"):
            connection.post("/api/v1/namespaces", {})
        connection.close()
    assert fake.asked == []


def test_a_server_with_a_long_retry_after_is_given_up(tmp_path: Path) -> None:
    def answer(asked: Asked, _: int) -> Reply | None:
        return Reply(status(429, "later"), 429, {"Retry-After": "3600"}) if asked.path == ROLES else None

    with (
        run_fake(answer) as fake,
        pytest.raises(ConnectError, match=r"\(later; its Retry-After is longer than the 2 s"),
    ):
        read_roles(fake, tmp_path)
    assert [asked.path for asked in fake.asked].count(ROLES) == 1


def test_kinds_with_small_objects_are_listed_in_longer_pages_than_pods(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        kubeconfig = fake.kubeconfig(tmp_path)
        read_live(kubeconfig=kubeconfig, kinds={"RoleBinding", "Pod"}, discovery=False, patience=QUICK)
    limits = {asked.path: asked.query.get("limit") for asked in fake.asked if asked.path != "/version"}
    assert limits == {ROLES.replace("roles", "rolebindings"): "5000", "/api/v1/pods": "500"}


def test_an_expired_continue_token_begins_the_list_again_with_nothing_twice(tmp_path: Path) -> None:
    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        if "continue" not in asked.query:
            return Reply(role_list(["a", "b"] if not before else ["b", "c"], "next"))
        return Reply(status(410, "expired"), 410) if before == 1 else Reply(role_list(["d"]))

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["b", "c", "d"]


def test_a_token_that_keeps_expiring_leads_to_one_list_without_pages(tmp_path: Path) -> None:
    def answer(asked: Asked, _: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        if "limit" not in asked.query:
            return Reply(role_list(["a", "b", "c"]))
        return Reply(status(410), 410) if "continue" in asked.query else Reply(role_list(["a", "b"], "next"))

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["a", "b", "c"]


def test_a_page_whose_connection_breaks_is_requested_again(tmp_path: Path) -> None:
    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        if "continue" not in asked.query:
            return Reply(role_list(["a", "b"], "next"))
        return Reply(role_list(["c"]), cut=before < 2)

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path)) == ["a", "b", "c"]


def test_a_server_that_dies_within_a_list_is_a_one_line_error(tmp_path: Path) -> None:
    def answer(asked: Asked, _: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        return (
            Reply(role_list(["c"]), cut=True)
            if "continue" in asked.query
            else Reply(role_list(["a"], "next"))
        )

    with run_fake(answer) as fake, pytest.raises(ConnectError) as caught:
        read_roles(fake, tmp_path)
    assert str(caught.value).startswith(f"the connection to {fake.url} broke: try again (")


def test_a_token_that_expires_while_reading_is_fetched_anew_by_the_login_command(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0", encoding="utf-8")
    program = (
        "import json, pathlib\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "number = int(count.read_text()) + 1\n"
        "count.write_text(str(number))\n"
        "version = 'client.authentication.k8s.io/v1'\n"
        "status = {'token': f'token-{number}'}\n"
        "print(json.dumps({'apiVersion': version, 'kind': 'ExecCredential', 'status': status}))\n"
    )
    login: dict[str, object] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": sys.executable,
            "args": ["-c", program],
        }
    }

    def answer(asked: Asked, _: int) -> Reply | None:
        if "continue" in asked.query:
            fresh = asked.header("Authorization") == ["Bearer token-2"]
            return Reply(role_list(["c"])) if fresh else Reply(status(401, "Unauthorized"), 401)
        return Reply(role_list(["a", "b"], "next")) if asked.path == ROLES else None

    with run_fake(answer) as fake:
        assert names(read_roles(fake, tmp_path, login)) == ["a", "b", "c"]


def test_a_login_that_stays_refused_is_a_one_line_error_without_the_token(tmp_path: Path) -> None:
    with (
        run_fake(lambda *_: Reply(status(401, "Unauthorized"), 401)) as fake,
        pytest.raises(ConnectError) as caught,
    ):
        read_roles(fake, tmp_path)
    assert str(caught.value) == (
        f'{fake.url} does not accept the login of user "someone" (401): '
        "it has expired or is unknown there; log in again"
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>welcome</html>", headers={"Content-Type": "text/html"}),
        Reply(b"not found", 404),
        Reply({"status": "ok"}),
        Reply(b"", 302, {"Location": "http://127.0.0.1:1/login"}),
        Reply(b"Client sent an HTTP request to an HTTPS server.", 400),
    ],
    ids=["a page", "404", "other JSON", "a redirection", "TLS expected"],
)
def test_a_server_that_is_not_kubernetes_is_a_one_line_error(tmp_path: Path, reply: Reply) -> None:
    with run_fake(lambda *_: reply) as fake, pytest.raises(ConnectError) as caught:
        read_roles(fake, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{fake.url} does not answer as an API server of Kubernetes (")
    assert message.endswith("): check the server's address in the kubeconfig")
    assert "\n" not in message
    assert len(fake.asked) == 1


def test_only_get_is_sent_and_secrets_are_never_requested(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        read_live(kubeconfig=fake.kubeconfig(tmp_path), patience=QUICK)
    assert {asked.method for asked in fake.asked} == {"GET"}
    assert [asked.path for asked in fake.asked if "secrets" in asked.path] == []
    # The version; the kinds; /api, /apis and /api/v1; OpenShift's group, its constraints and its version.
    assert len(fake.asked) == 1 + 20 + 3 + 3


def test_a_group_whose_own_server_is_down_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    broken = "metrics.k8s.io/v1beta1"

    def answer(asked: Asked, _: int) -> Reply | None:
        if asked.path == "/apis":
            return Reply({"groups": [{"name": "metrics.k8s.io", "versions": [{"groupVersion": broken}]}]})
        if asked.path == "/api/v1":
            pods = {"name": "pods", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get"]}
            return Reply({"kind": "APIResourceList", "groupVersion": "v1", "resources": [pods]})
        return Reply(b"service unavailable", 503) if asked.path == f"/apis/{broken}" else None

    with run_fake(answer) as fake:
        live = read_live(kubeconfig=fake.kubeconfig(tmp_path), kinds=(), patience=QUICK)
    assert live.discovery
    assert live.discovery.unknown == (broken,)
    assert [(d["groupVersion"], len(d["resources"])) for d in live.discovery.documents] == [("v1", 1)]


def test_the_groups_of_an_impersonation_are_sent_one_by_one(tmp_path: Path) -> None:
    login = {"token": "t", "as": "jane", "as-groups": ["a", "b"], "as-user-extra": {"acme/x": ["1"]}}
    with run_fake(lambda *_: None) as fake:
        read_live(kubeconfig=fake.kubeconfig(tmp_path, login), kinds=(), discovery=False, patience=QUICK)
    assert fake.asked[0].header("Impersonate-User") == ["jane"]
    assert fake.asked[0].header("Impersonate-Group") == ["a", "b"]
    assert fake.asked[0].header("Impersonate-Extra-acme%2Fx") == ["1"]
