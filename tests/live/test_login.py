"""Tests logins of every kind; the message about a bad one is one line without secrets."""

import base64
import json
import logging
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rbacpsp.model import User
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import Live, read_live
from rbacpsp.sources.log_in import log_in
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.sources.whoami import Identity, whoami
from tests.live.fake import run_fake
from tests.live.server import ApiServer, openssl

QUICK = Patience(connect=2, read=2, attempts=2, first_delay=0.01)
HIDDEN = "not-to-be-shown"
EVERYONE = "system:authenticated"


def read(kubeconfig: Path | str | None, context: str | None = None) -> Live:
    return read_live(
        context, None if kubeconfig is None else str(kubeconfig), kinds=(), discovery=False, patience=QUICK
    )


def refusal(kubeconfig: Path | str | None, context: str | None = None) -> str:
    """The one-line error of a bad login."""
    with pytest.raises(ConnectError) as caught:
        read(kubeconfig, context)
    message = str(caught.value)
    assert "\n" not in message
    assert HIDDEN not in message
    return message


def config(folder: Path, server: str = "https://127.0.0.1:1", **user: Any) -> Path:
    """A kubeconfig with one context, `only`."""
    path = folder / "kubeconfig"
    content = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user or {"token": HIDDEN}}],
        "contexts": [{"name": "only", "context": {"cluster": "c", "user": "u", "namespace": "here"}}],
        "current-context": "only",
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def whois(kubeconfig: Path) -> Identity:
    connection = Connection(kubeconfig=str(kubeconfig), patience=QUICK)
    try:
        return whoami(connection)
    finally:
        connection.close()


@pytest.mark.live
def test_the_current_server_names_the_user_and_the_groups_of_a_token(current: ApiServer) -> None:
    result = whois(current.kubeconfig("alice"))
    assert result == Identity(User("alice", ("dev", EVERYONE)), "SelfSubjectReview", groups_known=True)


@pytest.mark.live
def test_the_administrator_of_1_24_is_named_by_a_review_of_the_token(v1_24: ApiServer) -> None:
    result = whois(v1_24.kubeconfig())
    assert result == Identity(User("admin", ("system:masters", EVERYONE)), "TokenReview", groups_known=True)


@pytest.mark.live
def test_another_user_of_1_24_is_named_by_a_refusal_without_groups(v1_24: ApiServer) -> None:
    result = whois(v1_24.kubeconfig("alice"))
    assert result == Identity(User("alice", (EVERYONE,)), "refusal", groups_known=False)


@pytest.mark.live
def test_a_login_without_credentials_is_anonymous(server: ApiServer) -> None:
    result = whois(server.kubeconfig(login={}))
    assert result.user == User("system:anonymous", ("system:unauthenticated",))
    assert result.groups_known


@pytest.mark.live
def test_a_client_certificate_names_the_user_and_the_groups(server: ApiServer) -> None:
    result = whois(server.kubeconfig(login=server.client_certificate("carol", ["dev", "ops"])))
    source = "client certificate" if server.release.startswith("v1.24.") else "SelfSubjectReview"
    assert result.source == source
    assert (result.user.name, sorted(result.user.groups)) == ("carol", ["dev", "ops", EVERYONE])


@pytest.mark.live
def test_a_service_account_is_known_with_its_groups(server: ApiServer) -> None:
    name = {"name": "robot", "namespace": "default"}
    server.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name})
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    issued = server.request("POST", "/api/v1/namespaces/default/serviceaccounts/robot/token", request)
    result = whois(server.kubeconfig(login={"token": issued["status"]["token"]}))
    assert result.user == User.service_account("default", "robot")
    assert result.groups_known


@pytest.mark.live
def test_the_user_that_a_kubeconfig_impersonates_is_the_requester(server: ApiServer) -> None:
    login = {"token": server.tokens["admin"], "as": "jane", "as-groups": ["dev", "ops"]}
    result = whois(server.kubeconfig(login=login))
    assert result.user.name == "jane"
    if result.groups_known:
        assert result.user.groups == ("dev", "ops", EVERYONE)
    else:
        assert result == Identity(User("jane", (EVERYONE,)), "refusal", groups_known=False)


@pytest.mark.live
def test_contexts_are_chosen_by_name_and_know_their_namespace(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = server.kubeconfig("alice", namespace="team-x", name="one")
    second = server.kubeconfig("admin", name="two")
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}")
    assert (read(None, "one").context, read(None, "one").namespace) == ("one", "team-x")
    assert (read(None, "two").context, read(None, "two").namespace) == ("two", "default")


def test_the_current_context_is_that_of_the_first_file_which_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for name, current in (("zero", ""), ("one", "one"), ("two", "two")):
        (folder := tmp_path / name).mkdir()
        files.append(config(folder))
        content = yaml.safe_load(files[-1].read_text(encoding="utf-8"))
        content["contexts"][0]["name"], content["current-context"] = name, current
        files[-1].write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, files)))
    assert log_in().context == "one"
    assert log_in("two").context == "two"


def test_a_file_named_in_a_kubeconfig_is_looked_for_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(tmp_path, **{"client-certificate": "pki/me.crt", "client-key": "pki/me.crt"})
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "me.crt").write_text("mine", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert log_in(kubeconfig=path).certificate == "mine"
    monkeypatch.setenv("KUBECONFIG", "../kubeconfig")
    assert log_in().certificate == "mine"


@pytest.mark.live
def test_a_login_command_gives_the_token(server: ApiServer) -> None:
    program = (
        "import json; version = 'client.authentication.k8s.io/v1'; "
        f"status = {{'token': {server.tokens['alice']!r}}}; "
        "print(json.dumps({'apiVersion': version, 'kind': 'ExecCredential', 'status': status}))"
    )
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "interactiveMode": "Never",
        "command": sys.executable,
        "args": ["-c", program],
    }
    assert whois(server.kubeconfig(login={"exec": command})).user.name == "alice"


def issued_token(server: ApiServer, expires: int) -> str:
    """A service account's token as the server signs them, with a chosen expiry."""
    issuer = "https://kubernetes.default.svc"
    account = {"namespace": "default", "serviceaccount": {"name": "robot", "uid": "1"}}
    claims = {
        "aud": [issuer],
        "exp": expires,
        "iat": expires - 3600,
        "nbf": expires - 3600,
        "iss": issuer,
        "sub": "system:serviceaccount:default:robot",
        "kubernetes.io": account,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    text, signature = server.folder / "claims", server.folder / "signature"
    text.write_bytes(signed)
    openssl("dgst", "-sha256", "-sign", server.folder / "accounts.key", "-out", signature, text)
    return f"{signed.decode()}.{base64.urlsafe_b64encode(signature.read_bytes()).rstrip(b'=').decode()}"


@pytest.mark.live
def test_a_token_that_has_expired_is_reported_and_not_shown(server: ApiServer) -> None:
    token = issued_token(server, int(time.time()) - 60)
    message = refusal(server.kubeconfig(login={"token": token}))
    assert message == (
        f'{server.url} does not accept the login of user "admin" (401): '
        "it has expired or is unknown there; log in again"
    )


@pytest.mark.live
def test_a_token_that_has_expired_is_fetched_anew_by_the_login_command(
    server: ApiServer, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    tokens = [issued_token(server, int(time.time()) - 60), server.tokens["alice"]]
    program = (
        "import json, pathlib\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "before = int(count.read_text()) if count.exists() else 0\n"
        "count.write_text(str(before + 1))\n"
        f"status = {{'token': {tokens!r}[min(before, 1)]}}\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',"
        " 'status': status}))"
    )
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "interactiveMode": "Never",
        "command": sys.executable,
        "args": ["-c", program],
    }
    assert whois(server.kubeconfig(login={"exec": command})).user.name == "alice"
    assert count.read_text(encoding="utf-8") == "2"


@pytest.mark.live
def test_a_token_that_the_server_does_not_know_is_reported(server: ApiServer) -> None:
    assert refusal(server.kubeconfig(login={"token": HIDDEN})) == (
        f'{server.url} does not accept the login of user "admin" (401): '
        "it has expired or is unknown there; log in again"
    )


@pytest.mark.live
def test_a_server_whose_certificate_is_not_trusted_is_reported(server: ApiServer, tmp_path: Path) -> None:
    message = refusal(config(tmp_path, server.url))
    assert message.startswith(
        f"the certificate of {server.url} is not trusted: check certificate-authority in the kubeconfig ("
    )


@pytest.mark.live
def test_a_client_certificate_of_another_authority_is_reported(server: ApiServer, tmp_path: Path) -> None:
    key, made = tmp_path / "key", tmp_path / "crt"
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=mallory"),
        *("-keyout", key, "-out", made),
    )
    login = {"client-certificate": str(made), "client-key": str(key)}
    assert "does not accept the login" in refusal(server.kubeconfig(login=login))


def test_without_a_kubeconfig_the_error_says_how_to_name_one() -> None:
    assert refusal(None) == (
        "no kubeconfig: ~/.kube/config does not exist; "
        "name one with --kubeconfig, or files with -f where a command takes them"
    )


def test_a_missing_kubeconfig_is_reported(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    assert refusal(missing) == (
        f"no kubeconfig: {missing} does not exist; "
        "name one with --kubeconfig, or files with -f where a command takes them"
    )


def test_an_unknown_context_is_reported_with_the_existing_ones(tmp_path: Path) -> None:
    path = config(tmp_path)
    assert refusal(path, "prod") == f'{path} has no context "prod"; it has only'


def test_a_kubeconfig_without_a_current_context_asks_for_one(tmp_path: Path) -> None:
    path = config(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("current-context: only", ""), encoding="utf-8")
    assert refusal(path) == f"{path} has no current context: name one with --context; it has only"


_CONTEXT = "contexts: [{name: a, context: {user: u, cluster: c}}], current-context: a"
_CLUSTER = "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]"
_HALF_A_LOGIN = f"[{{name: u, user: {{auth-provider: {{name: gcp, token: {HIDDEN}}}}}}}]"
NO_KUBECONFIGS = {
    "empty": "",
    "a list": "[]",
    "words": "just words",
    "no YAML": "{",
    "no YAML with a token": f"token: {HIDDEN}: b",
    "a number": "contexts: 7",
    "no cluster": f"{{{_CONTEXT}, clusters: [], users: [{{name: u, user: {{token: {HIDDEN}}}}}]}}",
    "half a login": f"{{{_CONTEXT}, {_CLUSTER}, users: {_HALF_A_LOGIN}}}",
}


@pytest.mark.parametrize("content", NO_KUBECONFIGS.values(), ids=NO_KUBECONFIGS)
def test_a_file_that_is_not_a_kubeconfig_is_reported_without_its_content(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content, encoding="utf-8")
    assert refusal(path).startswith(f"{path} is not a usable kubeconfig: ")


def test_a_login_command_that_fails_is_reported_and_logging_is_left_as_it_was(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "interactiveMode": "Never",
        "command": sys.executable,
        "args": ["-c", "import sys; sys.exit('session expired')"],
    }
    assert refusal(config(tmp_path, exec=command)) == (
        'the login command of user "u" failed: exec: process returned 1. session expired; '
        "run it by hand to see why"
    )
    assert logging.getLogger().handlers == before


def test_a_login_command_that_is_missing_is_reported(tmp_path: Path) -> None:
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "interactiveMode": "Never",
        "command": "no-such-command",
    }
    message = refusal(config(tmp_path, exec=command))
    assert message.startswith('the login command of user "u" failed: ')
    assert "no-such-command" in message


def jwt(expires: int) -> str:
    """A token of no issuer."""
    parts: tuple[dict[str, Any], ...] = ({"alg": "none"}, {"exp": expires}, {})
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


def test_a_token_whose_issuer_cannot_be_reached_is_reported(tmp_path: Path) -> None:
    settings = {
        "id-token": jwt(1),
        "refresh-token": HIDDEN,
        "client-id": "c",
        "client-secret": HIDDEN,
        "idp-issuer-url": "https://127.0.0.1:1",
    }
    login: dict[str, Any] = {"auth-provider": {"name": "oidc", "config": settings}}
    path = config(tmp_path, **login)
    message = refusal(path)
    assert message.startswith(f"{path} is not a usable kubeconfig: ")
    assert "127.0.0.1" in message


def test_a_login_that_cannot_be_renewed_is_reported(tmp_path: Path) -> None:
    def fail() -> None:
        raise EOFError("the issuer hung up")

    login = replace(log_in(kubeconfig=config(tmp_path)), credentials=fail)
    with pytest.raises(ConnectError) as caught:
        login.authorization()
    assert str(caught.value) == ('the login of user "u" cannot be renewed: the issuer hung up; log in again')


def test_a_server_that_refuses_connections_is_reported_at_once(tmp_path: Path) -> None:
    assert refusal(config(tmp_path)) == (
        "https://127.0.0.1:1 refuses connections: check its address, and that the server runs"
    )


def test_an_unknown_host_is_reported(tmp_path: Path) -> None:
    assert refusal(config(tmp_path, "https://nowhere.invalid:6443")) == (
        "the host of https://nowhere.invalid:6443 is unknown: check its name and the network"
    )


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert refusal(config(tmp_path, url)) == (
            f"{url} did not answer in time: check its address and the network"
        )


def test_a_server_that_does_not_speak_tls_is_reported(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as fake:
        url = fake.url.replace("http:", "https:")
        assert refusal(config(tmp_path, url)).startswith(f"no secure connection to {url}: check its address")


def test_a_proxy_that_is_down_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert refusal(config(tmp_path, "https://api.example:6443")).startswith(
        "the proxy on the way to https://api.example:6443 does not answer: check proxy-url and HTTPS_PROXY ("
    )
