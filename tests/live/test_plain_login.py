"""Tests that both readers of kubeconfigs make the same login of a complete one."""

import base64
import itertools
import json
import os
import re
import ssl
import subprocess
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.live import connect
from rbacpsp.sources.client_login import from_kubeconfig
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.kubeconfig import read_plain
from rbacpsp.sources.live import WORKERS
from rbacpsp.sources.log_in import log_in
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.sources.workers import Workers
from tests.live.fake import run_fake

USERS: dict[str, dict[str, Any]] = {
    "a token": {"token": "t0k3n"},
    "a token with a line break": {"token": "t0k3n\n"},
    "an empty token": {"token": ""},
    "a token file": {"tokenFile": "token"},
    "a token and a file": {"token": "first", "tokenFile": "token"},
    "a password": {"username": "u", "password": "p:ä"},
    "a token and an empty password": {"token": "t", "username": "", "password": ""},
    "nothing": {},
    "a name alone": {"username": "u"},
    "another user": {"token": "t", "as": "jane", "as-groups": ["a", "b"], "as-user-extra": {"x/y": ["1"]}},
}
CLUSTERS: dict[str, dict[str, Any]] = {
    "http": {"server": "http://10.0.0.1:8080/"},
    "https": {"server": "https://10.0.0.1:6443"},
    "not verified": {"server": "https://10.0.0.1:6443/prefix/", "insecure-skip-tls-verify": True},
    "another name": {"server": "https://10.0.0.1", "tls-server-name": "kubernetes"},
    "a proxy": {"server": "https://10.0.0.1:6443", "proxy-url": "http://me:secret@127.0.0.1:3128"},
    "verified": {"server": "https://[::1]:6443", "insecure-skip-tls-verify": False},
}
PLAIN = list(itertools.product(USERS, CLUSTERS))


def write(folder: Path, user: dict[str, Any], cluster: dict[str, Any], **context: Any) -> str:
    (folder / "token").write_text("from-a-file\n", encoding="utf-8")
    path = folder / "config"
    config = {
        "clusters": [{"name": "other", "cluster": {"server": "http://x"}}, {"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}, {"name": "v", "user": {"token": "second"}}],
        "contexts": [{"name": "k", "context": {"cluster": "c", "user": "u", **context}}],
        "current-context": "k",
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def compared_parts(login: Login) -> dict[str, Any]:
    """The parts of a login in which both readers must agree."""
    pool = login.pool
    options = pool.connection_pool_kw
    return {
        "login": (login.server, login.context, login.namespace, login.user, login.impersonation),
        "authorization": login.authorization(),
        "certificate": login.certificate,
        "verified": options.get("cert_reqs", ssl.CERT_REQUIRED) == ssl.CERT_REQUIRED,
        "name": options.get("server_hostname"),
        "proxy": (login.proxy, str(getattr(pool, "proxy", None))),
    }


def test_there_are_sixty_logins_to_compare() -> None:
    assert len(PLAIN) == 60


@pytest.mark.parametrize(("user", "cluster"), PLAIN)
def test_both_readers_make_the_same_login(tmp_path: Path, user: str, cluster: str) -> None:
    path = write(tmp_path, USERS[user], CLUSTERS[cluster], namespace="n")
    plain = read_plain([path], None)
    assert plain is not None
    assert compared_parts(log_in(kubeconfig=path)) == compared_parts(from_kubeconfig([path], None))


@pytest.mark.parametrize(
    ("user", "cluster", "context"),
    [
        ({"exec": {"command": "x"}}, {"server": "https://x"}, None),
        ({"auth-provider": {"name": "oidc"}}, {"server": "https://x"}, None),
        ({"token": 5}, {"server": "https://x"}, None),
        ({"tokenFile": "nowhere"}, {"server": "https://x"}, None),
        ({}, {"server": "x:6443"}, None),
        ({}, {}, None),
        ({}, {"server": "https://x", "proxy-url": "socks5://x"}, None),
        ({}, {"server": "https://x", "certificate-authority": "nowhere"}, None),
        ({}, {"server": "https://x", "insecure-skip-tls-verify": "false"}, None),
        ({"as-groups": "a"}, {"server": "https://x"}, None),
        ({}, {"server": "https://x"}, "another"),
    ],
)
def test_unusual_logins_use_the_kubernetes_client(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], context: str | None
) -> None:
    assert read_plain([write(tmp_path, user, cluster)], context) is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "no_proxy", "ALL_PROXY"])
def test_proxies_of_the_environment_are_left_to_the_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write(tmp_path, {}, {"server": "https://x"})
    assert read_plain([path], None) is not None
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert read_plain([path], None) is None


def test_an_invalid_certificate_is_left_to_the_kubernetes_client(tmp_path: Path) -> None:
    coded = base64.b64encode(b"no certificate").decode()
    path = write(tmp_path, {}, {"server": "https://x", "certificate-authority-data": coded})
    assert log_in(kubeconfig=path).pool.connection_pool_kw["ca_certs"]


def test_of_several_files_the_first_that_names_something_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = write(one, {"tokenFile": "token"}, {"server": "https://one"})
    second = write(two, {"token": "two"}, {"server": "https://two"})
    (one / "token").write_text("of-one", encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", f"{first}:{tmp_path / 'nowhere'}:{second}")
    login = log_in()
    assert (login.server, login.authorization()) == ("https://one", "Bearer of-one")
    assert compared_parts(login) == compared_parts(from_kubeconfig([first, second], None))


@pytest.mark.parametrize("reader", ["plain", "client"])
def test_a_kubeconfig_that_is_named_is_one_file_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    if reader == "client":
        monkeypatch.setenv("NO_PROXY", "x")
    other = write(tmp_path, {"token": "of-a-part"}, {"server": "https://a"})
    folder = Path(f"{other}{os.pathsep}b")
    folder.mkdir()
    path = write(folder, {"token": "of-the-file"}, {"server": "https://b"})
    assert (read_plain([path], None) is None) == (reader == "client")
    login = log_in(kubeconfig=path)
    assert (login.server, login.authorization()) == ("https://b", "Bearer of-the-file")


def test_a_list_of_kubeconfigs_is_only_taken_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = os.pathsep.join([write(tmp_path, {"token": "t"}, {"server": "https://x"}), "nowhere"])
    monkeypatch.setenv("KUBECONFIG", files)
    assert log_in().server == "https://x"
    with pytest.raises(ConnectError) as refusal:
        log_in(kubeconfig=files)
    assert str(refusal.value) == (
        f"no kubeconfig: {files} does not exist; it is the name of one file; a list of files belongs into "
        "KUBECONFIG"
    )


def test_threads_keep_their_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    accept = ThreadingHTTPServer.get_request

    def counted(server: ThreadingHTTPServer) -> Any:
        opened.append(server)
        return accept(server)

    monkeypatch.setattr(ThreadingHTTPServer, "get_request", counted)
    with run_fake(lambda *_: None) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        threads = Workers(WORKERS)
        answers = list(threads.map(lambda _: connection.get("/api"), range(50 * WORKERS)))
        threads.shutdown()
        connection.close()
    assert len(answers) == len(fake.asked) == 50 * WORKERS
    assert len(opened) <= WORKERS


def test_a_plain_login_does_not_import_the_client(tmp_path: Path) -> None:
    path = write(tmp_path, {"token": "t"}, {"server": "https://x"})
    program = (
        "import sys; from rbacpsp.sources.log_in import log_in; import rbacpsp.sources.live;"
        f"log_in(kubeconfig={path!r}); print('kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["Rolee"], 'kinds: "Rolee" is not a kind that is read; did you mean Role?'),
        (["roles"], 'kinds: "roles" is not a kind that is read; did you mean Role?'),
        (
            ["Role", "x"],
            'kinds: "x" is not a kind that is read; write it as in manifests, such as RoleBinding',
        ),
        ([], "kinds is empty: leave it out to read all kinds"),
    ],
)
def test_kinds_of_which_nothing_would_be_read_are_refused(kinds: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        connect(kubeconfig="unread", kinds=kinds)
