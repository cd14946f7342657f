"""Tests unusual kubeconfigs and answers: addresses, proxies, headers, login pages."""

import socket
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from rbacpsp.model import User
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import Live, read_live
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.sources.whoami import whoami
from rbacpsp.verify.ask import Asker
from rbacpsp.verify.questions import PodQuestion
from tests.live.fake import Asked, Reply, run_fake, status
from tests.live.server import ApiServer

QUICK = Patience(connect=60, read=60, attempts=3, first_delay=0.01, longest_delay=1)
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}


def config(
    folder: Path, server: str, cluster: dict[str, Any] | None = None, *, user: dict[str, Any] | None = None
) -> Path:
    """A kubeconfig with one context."""
    path = folder / "kubeconfig"
    content = {
        "clusters": [{"name": "c", "cluster": {"server": server} | (cluster or {})}],
        "users": [{"name": "u", "user": user or {"token": "secret"}}],
        "contexts": [{"name": "only", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "only",
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def read(path: Path, namespace: str | None = None) -> Live:
    return read_live(
        kubeconfig=str(path), namespace=namespace, kinds={"Role"}, discovery=False, patience=QUICK
    )


def refusal(path: Path, namespace: str | None = None) -> str:
    with pytest.raises(ConnectError) as caught:
        read(path, namespace)
    assert "secret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("end", ["", "/", "/k8s/clusters/c-x", "/k8s/clusters/c-x/"])
def test_a_server_below_a_path_gets_its_requests_there(tmp_path: Path, end: str) -> None:
    def answer(asked: Asked, _: int) -> Reply | None:
        return Reply({"gitVersion": "v1.24.17"}) if asked.path.endswith("/version") else None

    with run_fake(answer) as fake:
        read(config(tmp_path, fake.url + end))
    below = end.rstrip("/")
    roles = f"{below}/apis/rbac.authorization.k8s.io/v1/roles"
    assert [asked.path for asked in fake.asked] == [f"{below}/version", roles]


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_a_server_with_an_address_of_ipv6_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadingHTTPServer, "address_family", socket.AF_INET6)
    with run_fake(lambda *_: None, host="::1") as fake:
        assert read(config(tmp_path, fake.url)).server == fake.url
    assert fake.url.startswith("http://[::1]:")


@pytest.mark.live
@pytest.mark.filterwarnings("error")
def test_an_unchecked_certificate_gives_no_message(server: ApiServer, tmp_path: Path) -> None:
    user = {"token": server.tokens["admin"]}
    path = config(tmp_path, server.url, {"insecure-skip-tls-verify": True}, user=user)
    assert read(path).objects.roles


def test_whether_to_check_certificates_must_be_said_clearly(tmp_path: Path) -> None:
    path = config(tmp_path, "https://127.0.0.1:1", {"insecure-skip-tls-verify": "false"})
    assert refusal(path).endswith("insecure-skip-tls-verify must be true or false, without quotes")


def test_a_token_file_may_end_with_a_line_break(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("abc\n", encoding="utf-8")
    with run_fake(lambda *_: None) as fake:
        read(config(tmp_path, fake.url, user={"tokenFile": str(token)}))
    assert fake.asked[0].header("Authorization") == ["Bearer abc"]


@pytest.mark.parametrize("address", ["127.0.0.1:6443", "", "http://127.0.0.1:99999", "ftp://127.0.0.1"])
@pytest.mark.filterwarnings("error")
def test_an_invalid_address_of_a_server_is_reported(tmp_path: Path, address: str) -> None:
    assert " is not an address of a server: " in refusal(config(tmp_path, address))


@pytest.mark.parametrize("proxy", ["ftp://me:secret@127.0.0.1:1", "http://me:secret@[::1"])
def test_an_unusable_proxy_is_reported_without_its_password(tmp_path: Path, proxy: str) -> None:
    assert refusal(config(tmp_path, "https://127.0.0.1:1", {"proxy-url": proxy})) == (
        "the proxy that proxy-url or HTTPS_PROXY names has no usable address: write http://HOST:PORT"
    )


def test_a_socks_proxy_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
    assert refusal(config(tmp_path, "https://127.0.0.1:1", {"proxy-url": "socks5://127.0.0.1:1"})) == (
        "the proxy that proxy-url or HTTPS_PROXY names is a SOCKS proxy: "
        "install PySocks (pip install PySocks)"
    )


@pytest.mark.parametrize("hosts", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_hosts_of_no_proxy_bypass_the_proxy(
    tmp_path: Path, hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with run_fake(lambda *_: None) as fake:
        path = config(tmp_path, fake.url)
        assert refusal(path).startswith(f"the proxy on the way to {fake.url} does not answer")
        monkeypatch.setenv("NO_PROXY", hosts)
        read(path)


@pytest.mark.parametrize(
    "user",
    [
        {"token": "se\ncret"},
        {"token": "t", "as": "secret\r\nImpersonate-Group: system:masters"},
        {"token": "t", "as": "jane", "as-groups": ["secret "]},
    ],
)
def test_a_login_that_fits_in_no_header_is_reported_without_it(tmp_path: Path, user: dict[str, Any]) -> None:
    with run_fake(lambda *_: None) as fake:
        assert refusal(config(tmp_path, fake.url, user=user)) == (
            'the login of user "u" is not usable: '
            "a token or name with a line break, or a space at its end, is not allowed in a header"
        )
    assert fake.asked == []


@pytest.mark.parametrize("names", [{"as-groups": "dev"}, {"as-user-extra": {"scopes": "view"}}])
def test_a_string_in_place_of_a_list_of_names_is_refused(tmp_path: Path, names: dict[str, Any]) -> None:
    path = config(tmp_path, "https://127.0.0.1:1", user={"token": "t", "as": "jane", **names})
    assert refusal(path).endswith(f"{next(iter(names))} must contain lists of names")


@pytest.mark.live
def test_names_beyond_latin_letters_are_sent_as_they_are(server: ApiServer, tmp_path: Path) -> None:
    user = {"token": server.tokens["admin"], "as": 'zoë <"☃">', "as-groups": ["ü"]}
    authority = {"certificate-authority": str(server.ca)}
    connection = Connection(kubeconfig=str(config(tmp_path, server.url, authority, user=user)))
    assert whoami(connection).user.name == 'zoë <"☃">'
    connection.close()


@pytest.mark.live
def test_a_user_that_no_header_can_name_is_not_impersonated(server: ApiServer) -> None:
    connection = Connection(kubeconfig=str(server.kubeconfig()))
    asker = Asker(connection)
    assert 'User "zoë" cannot create' in asker.pod(PodQuestion(User("zoë"), "default", POD)).words
    with pytest.raises(ValueError, match="is not allowed in a header"):
        asker.pod(PodQuestion(User("zoë "), "default", POD))
    connection.close()


@pytest.mark.parametrize("namespace", ["x/pods?", "..", "a%2Fb"])
def test_a_namespace_that_leads_elsewhere_is_refused(tmp_path: Path, namespace: str) -> None:
    with run_fake(lambda *_: None) as fake:
        assert "cannot be a namespace: it may not contain / or %" in refusal(
            config(tmp_path, fake.url), namespace
        )
    assert [asked.path for asked in fake.asked] == ["/version"]


def test_a_namespace_that_cannot_exist_is_asked_for_as_it_is(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        read(config(tmp_path, fake.url), "a b?c")
    assert fake.asked[-1].path == "/apis/rbac.authorization.k8s.io/v1/namespaces/a%20b%3Fc/roles"


@pytest.mark.parametrize("value", ["²", "9" * 5000, "Fri, 31 Dec 0001 23:59:59 GMT", "-5", "soon"])
def test_an_odd_retry_after_is_no_reason_to_fail(tmp_path: Path, value: str) -> None:
    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path == "/version" or before:
            return None
        return Reply(status(503, "busy"), 503, {"Retry-After": value})

    with run_fake(answer) as fake:
        if value.startswith("9"):
            assert "cannot list roles now (busy" in refusal(config(tmp_path, fake.url))
        else:
            assert read(config(tmp_path, fake.url)).objects.roles == {}


def test_the_target_of_a_redirection_is_reported_without_its_secrets(tmp_path: Path) -> None:
    location = "https://me:secret@sso.example/login?state=secret"
    with run_fake(lambda *_: Reply(b"", 302, {"Location": location})) as fake:
        assert "(HTTP 302, a redirect to https://sso.example/login)" in refusal(config(tmp_path, fake.url))


def test_a_login_page_is_reported_as_one(tmp_path: Path) -> None:
    page = Reply(b"<html>log in</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with run_fake(lambda *_: page) as fake:
        assert "(/version is a web page, perhaps one to log in)" in refusal(config(tmp_path, fake.url))


@pytest.mark.parametrize("where", ["/version", "/apis/rbac.authorization.k8s.io/v1/roles"])
def test_an_answer_in_another_encoding_is_reported(tmp_path: Path, where: str) -> None:
    body = b'{"gitVersion": "\xff", "kind": "RoleList", "items": [{"metadata": {"name": "\xff"}}]}'
    with run_fake(lambda asked, _: Reply(body) if asked.path == where else None) as fake:
        assert "the answer is not UTF-8 text" in refusal(config(tmp_path, fake.url))


def test_an_error_in_another_encoding_is_reported_by_its_number(tmp_path: Path) -> None:
    reply = Reply(b'{"kind": "Status", "message": "verbot\xe9n"}', 418)
    with run_fake(lambda asked, _: reply if asked.path.endswith("/roles") else None) as fake:
        assert "cannot list roles now (HTTP 418)" in refusal(config(tmp_path, fake.url))


def test_the_warnings_of_an_answer_are_read_in_utf_8(tmp_path: Path) -> None:
    text = r'299 - "pod \"zoë\" ☃", 299 agent "second"'.encode().decode("latin-1")
    with run_fake(lambda *_: Reply({}, 201, {"Warning": text})) as fake:
        connection = Connection(kubeconfig=str(config(tmp_path, fake.url)), patience=QUICK)
        assert connection.try_pod("default", POD).warnings == ('pod "zoë" ☃', "second")
        connection.close()


def test_a_page_in_place_of_a_review_is_no_answer(tmp_path: Path) -> None:
    with run_fake(lambda *_: Reply(b"<html>log in</html>")) as fake:
        connection = Connection(kubeconfig=str(config(tmp_path, fake.url)), patience=QUICK)
        asker = Asker(connection)
        with pytest.raises(RefusedError, match="the answer is not the server's"):
            asker.may("get", "pods")
        with pytest.raises(RefusedError, match="the answer is not the server's"):
            asker.pod(PodQuestion(None, "default", POD))
        connection.close()
