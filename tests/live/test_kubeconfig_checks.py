"""Tests that what kubectl refuses in a kubeconfig is refused; kubectl 1.32 was asked about each case."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.sources.client_login import from_kubeconfig
from rbacpsp.sources.kubeconfig import read_plain
from rbacpsp.sources.log_in import log_in
from rbacpsp.sources.refusals import ConnectError
from tests.live.test_kubeconfig_entries import both, write

SECRET = "Zs3cr3tZ0123456789abcdefghijklmnoZ"  # noqa: S105 - of no server
COMMAND = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "./plugin",
    "interactiveMode": "Never",
}
TOKEN = {"token": SECRET}
PASSWORD = {"username": "u", "password": SECRET}
CERTIFICATE = {"client-certificate": "file", "client-key": "file"}
ISSUER = {"name": "oidc", "config": {"id-token": "a.b.c"}}
DATA = base64.b64encode(b"content").decode()
HTTP = {"server": "http://127.0.0.1:8080"}

ASKS = 'the login command (exec) of user "u" has no valid interactiveMode; write Never, IfAvailable or Always'


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in COMMAND.items() if key != name}


CLUSTERS: dict[str, tuple[dict[str, Any], str]] = {
    "an authority that is not checked": (
        {"certificate-authority": "file", "insecure-skip-tls-verify": True},
        'cluster "c" has a certificate-authority and insecure-skip-tls-verify: true; remove one of the two',
    ),
    "the data of one": (
        {"certificate-authority-data": DATA, "insecure-skip-tls-verify": True},
        'cluster "c" has a certificate-authority and insecure-skip-tls-verify: true; remove one of the two',
    ),
    "two authorities": (
        {"certificate-authority": "file", "certificate-authority-data": DATA},
        'cluster "c" has certificate-authority and certificate-authority-data; remove one of the two',
    ),
    "data in another form": (
        {"certificate-authority-data": "!!!"},
        'certificate-authority-data of cluster "c" is not base64',
    ),
    "data with a space": (
        {"certificate-authority-data": "Y29u dGVudA=="},
        'certificate-authority-data of cluster "c" is not base64',
    ),
    "a number": (
        {"tls-server-name": 5},
        'tls-server-name of cluster "c" is not a string; write it in quotes',
    ),
}
USERS: dict[str, tuple[dict[str, Any], str]] = {
    "a token and a password": (
        {**TOKEN, **PASSWORD},
        'user "u" has a token and a password; remove one of the two',
    ),
    "a token and a name": (
        {**TOKEN, "username": "u"},
        'user "u" has a token and a password; remove one of the two',
    ),
    "a token and the password of nobody": (
        {**TOKEN, "password": SECRET},
        'user "u" has a token and a password; remove one of the two',
    ),
    "a token's file and a password": (
        {"tokenFile": "file", **PASSWORD},
        'user "u" has a tokenFile and a username; remove one of the two',
    ),
    "two certificates": (
        {**CERTIFICATE, "client-certificate-data": DATA},
        'user "u" has client-certificate and client-certificate-data; remove one of the two',
    ),
    "two keys": (
        {**CERTIFICATE, "client-key-data": DATA},
        'user "u" has client-key and client-key-data; remove one of the two',
    ),
    "a certificate without a key": (
        {"client-certificate-data": DATA},
        'user "u" has a client certificate without a key; add client-key',
    ),
    "a key in another form": (
        {"client-certificate": "file", "client-key-data": SECRET + "?"},
        'client-key-data of user "u" is not base64',
    ),
    "groups of nobody": (
        {**TOKEN, "as-groups": ["a"]},
        'user "u" impersonates groups, a UID or extra fields of nobody; add as',
    ),
    "the UID of nobody": (
        {**TOKEN, "as-uid": "5"},
        'user "u" impersonates groups, a UID or extra fields of nobody; add as',
    ),
    "a command and an issuer": (
        {"exec": COMMAND, "auth-provider": ISSUER},
        'user "u" has exec and auth-provider; remove one of the two',
    ),
    "a command without a name": (
        {"exec": {**COMMAND, "command": ""}},
        'the login command (exec) of user "u" has no command',
    ),
    "a command without a version, and a token": (
        {"exec": without("apiVersion"), **TOKEN},
        'the login command (exec) of user "u" has no apiVersion',
    ),
    "a command that may or may not ask": (
        {"exec": without("interactiveMode")},
        ASKS,
    ),
    "a command that asks in another way": (
        {"exec": {**COMMAND, "interactiveMode": "Maybe"}},
        ASKS,
    ),
    "a variable without a name": (
        {"exec": {**COMMAND, "env": [{"value": SECRET}]}},
        'the login command (exec) of user "u" has a variable without a name',
    ),
    "an unknown issuer": (
        {"auth-provider": {"name": "azure\x1b[31m"}},
        'user "u" has the unknown auth-provider "azure\\x1b[31m"; use a login command (exec)',
    ),
    "a number as a token": ({"token": 123456789}, 'token of user "u" is not a string; write it in quotes'),
}


def files(folder: Path) -> None:
    (folder / "file").write_text("content\n", encoding="utf-8")
    plugin = folder / "plugin"
    status = {"apiVersion": COMMAND["apiVersion"], "kind": "ExecCredential", "status": {"token": "of-exec"}}
    plugin.write_text(f"#!/bin/sh\necho '{json.dumps(status)}'\n", encoding="ascii")
    plugin.chmod(0o755)


def refusal(path: str) -> str:
    """The error of a kubeconfig; the fast reader leaves it to the other one."""
    assert read_plain([path], None) is None
    with pytest.raises(ConnectError) as caught:
        log_in(kubeconfig=path)
    assert SECRET not in str(caught.value)
    return str(caught.value).removeprefix(f"{path} is not a usable kubeconfig: ")


@pytest.mark.parametrize("case", CLUSTERS)
def test_a_cluster_that_kubectl_refuses_is_refused(tmp_path: Path, case: str) -> None:
    files(tmp_path)
    cluster, expected = CLUSTERS[case]
    assert refusal(write(tmp_path, TOKEN, cluster)) == expected


@pytest.mark.parametrize("case", USERS)
def test_a_user_that_kubectl_refuses_is_refused(tmp_path: Path, case: str) -> None:
    files(tmp_path)
    user, expected = USERS[case]
    assert refusal(write(tmp_path, user)) == expected


@pytest.mark.parametrize("case", USERS)
def test_a_user_that_the_context_does_not_name_is_not_judged(tmp_path: Path, case: str) -> None:
    files(tmp_path)
    users = [{"name": "u", "user": TOKEN}, {"name": "v", "user": USERS[case][0]}]
    assert {login.authorization() for login in both(write(tmp_path, {}, users=users))} == {f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        (TOKEN, {"certificate-authority": "file", "insecure-skip-tls-verify": False}),
        (TOKEN, {"certificate-authority": "", "insecure-skip-tls-verify": True}),
        (TOKEN, {"certificate-authority-data": None, "insecure-skip-tls-verify": True}),
        (TOKEN, {"certificate-authority-data": f"{DATA[:4]}\r\n{DATA[4:]}\n"}),
        (TOKEN, {**HTTP, "certificate-authority": "file", "insecure-skip-tls-verify": True}),
        ({**TOKEN, "username": "", "password": ""}, {}),
        ({**TOKEN, "tokenFile": "nowhere"}, {}),
        ({**TOKEN, "as-groups": [], "as-user-extra": {}}, {}),
        ({**TOKEN, "client-key": "nowhere"}, {}),
        ({**TOKEN, "client-key": "nowhere", "client-key-data": DATA}, {}),
        ({**TOKEN, **CERTIFICATE}, {}),
    ],
)
def test_what_kubectl_accepts_is_accepted(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    files(tmp_path)
    logins = both(write(tmp_path, user, cluster))
    assert {login.authorization() for login in logins} == {f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (TOKEN, f"Bearer {SECRET}"),
        ({"tokenFile": "file"}, "Bearer content"),
        (PASSWORD, "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode()),
        (CERTIFICATE, None),
    ],
)
def test_a_login_command_does_not_run_beside_another_login(
    tmp_path: Path, other: dict[str, Any], expected: str | None
) -> None:
    files(tmp_path)
    logins = both(write(tmp_path, {"exec": COMMAND, **other}))
    assert {login.authorization() for login in logins} == {expected}


def test_a_login_command_runs_alone_and_an_old_one_may_leave_out_whether_it_asks(tmp_path: Path) -> None:
    files(tmp_path)
    plugin = tmp_path / "plugin"
    for version in (COMMAND["apiVersion"], f"{COMMAND['apiVersion']}beta1"):
        plugin.write_text(plugin.read_text(encoding="ascii").replace(COMMAND["apiVersion"], version))
        command = COMMAND if version == COMMAND["apiVersion"] else without("interactiveMode")
        path = write(tmp_path, {"exec": {**command, "apiVersion": version}})
        assert from_kubeconfig([path], None).authorization() == "Bearer of-exec"


def test_a_token_precedes_an_auth_provider(tmp_path: Path) -> None:
    path = write(tmp_path, {**TOKEN, "auth-provider": {"name": "oidc", "config": {"id-token": "a.b.c"}}})
    assert {login.authorization() for login in both(path)} == {f"Bearer {SECRET}"}


def test_an_auth_provider_without_a_valid_token_is_reported(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, {"auth-provider": ISSUER})) == (
        'the auth-provider of user "u" has no valid token; log in again'
    )


@pytest.mark.parametrize("head", [{"kind": "Pod"}, {"apiVersion": "v2"}, {"kind": "config"}])
def test_a_file_of_another_kind_is_not_a_kubeconfig(tmp_path: Path, head: dict[str, Any]) -> None:
    assert refusal(write(tmp_path, TOKEN, **head)) == (
        'a file is not a kubeconfig: it must have apiVersion "v1" and kind "Config"'
    )


@pytest.mark.parametrize("table", ["clusters", "users", "contexts"])
def test_an_object_in_place_of_a_list_is_refused(tmp_path: Path, table: str) -> None:
    content: Any = {}
    assert refusal(write(tmp_path, TOKEN, **{table: content})) == f"{table} in a file must be a list"
