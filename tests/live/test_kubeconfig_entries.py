"""Tests that kubeconfigs are read as kubectl reads them, and that errors show no secret of them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.sources.client_login import from_kubeconfig
from rbacpsp.sources.kubeconfig import read_plain
from rbacpsp.sources.kubeconfig_entries import Address, read_address
from rbacpsp.sources.log_in import log_in
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError

SECRET = "Zs3cr3tZ0123456789abcdefghijklmnoZ"  # noqa: S105 - of no server
HTTPS = "https://10.0.0.1:6443"
EXEC = "client.authentication.k8s.io/v1"


def write(folder: Path, user: dict[str, Any], cluster: dict[str, Any] | None = None, **tables: Any) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "config"
    content = {
        "clusters": [{"name": "c", "cluster": {"server": HTTPS} | (cluster or {})}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "k", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "k",
    }
    path.write_text(json.dumps(content | tables), encoding="utf-8")
    return str(path)


def both(files: str) -> list[Login]:
    """The login as each of the two readers reads it."""
    assert read_plain([files], None) is not None
    return [log_in(kubeconfig=files), from_kubeconfig([files], None)]


def authorizations(files: str) -> set[str | None]:
    return {login.authorization() for login in both(files)}


def password(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"token": "first", "tokenFile": "token"}, "Bearer of-the-file"),
        ({"token": "first", "tokenFile": "empty"}, "Bearer first"),
        ({"token": "first", "tokenFile": "nowhere"}, "Bearer first"),
        ({"token": "", "tokenFile": "token"}, "Bearer of-the-file"),
        ({"token": None, "tokenFile": "token"}, "Bearer of-the-file"),
        ({"token": "first", "tokenFile": ""}, "Bearer first"),
        ({"username": "", "password": ""}, None),
        ({"password": "p"}, None),
        ({"username": "u"}, password("u:")),
        ({"username": "ü", "password": "€"}, password("ü:€")),
    ],
)
def test_a_user_is_authorized_as_by_kubectl(
    tmp_path: Path, user: dict[str, Any], expected: str | None
) -> None:
    (tmp_path / "token").write_text("of-the-file\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    assert authorizations(write(tmp_path, user)) == {expected}


def test_a_file_is_relative_to_the_kubeconfig_that_names_it(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    cluster = write(one, {}, users=None)
    user = write(two, {"client-certificate": "certificate", "client-key": "certificate"}, clusters=None)
    (one / "certificate").write_text("of the cluster", encoding="ascii")
    (two / "certificate").write_text("of the user", encoding="ascii")
    plain = read_plain([cluster, user], None)
    assert plain is not None
    assert plain.certificate == b"of the user"


@pytest.mark.parametrize("field", ["certificate-authority", "client-certificate"])
def test_empty_data_leaves_the_file(tmp_path: Path, field: str) -> None:
    (tmp_path / "file").write_text("content", encoding="ascii")
    is_user = field.startswith("client")
    fields = {f"{field}-data": "", field: "file"} | ({"client-key": "file"} if is_user else {})
    plain = read_plain([write(tmp_path, fields if is_user else {}, None if is_user else fields)], None)
    assert plain is not None
    assert (plain.certificate if is_user else plain.authority) == b"content"


@pytest.mark.parametrize("table", ["clusters", "users", "contexts"])
def test_two_entries_of_one_name_in_a_file_are_refused(tmp_path: Path, table: str) -> None:
    path = write(tmp_path, {"token": "t"})
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    Path(path).write_text(json.dumps(content | {table: content[table] * 2}), encoding="utf-8")
    with pytest.raises(ConnectError, match=f"two {table} in one file have the same name"):
        log_in(kubeconfig=path)


@pytest.mark.parametrize(
    ("server", "expected"),
    [("http://10.0.0.1", None), ("http://127.0.0.1", "Bearer t"), ("https://10.0.0.1", "Bearer t")],
)
def test_a_login_is_never_sent_unencrypted_over_a_network(
    tmp_path: Path, server: str, expected: str | None
) -> None:
    assert authorizations(write(tmp_path, {"token": "t"}, {"server": server})) == {expected}


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("https://h:1/", Address("https://h:1")),
        ("https://me:p%40ss@h:1/k8s/", Address("https://h:1/k8s", "me", "p@ss")),
        ("https://[::1]:6443?token=x#y", Address("https://[::1]:6443")),
    ],
)
def test_the_address_of_a_server_is_kept_without_a_login(server: str, address: Address) -> None:
    assert read_address(server) == address


def test_the_login_in_an_address_is_used_and_never_shown(tmp_path: Path) -> None:
    path = write(tmp_path, {}, {"server": f"https://me:{SECRET}@10.0.0.1"})
    assert [(login.server, login.authorization()) for login in both(path)] == [
        ("https://10.0.0.1", password(f"me:{SECRET}"))
    ] * 2


@pytest.mark.parametrize(
    "server", [f"https://u:{SECRET}@[bad", f"u:{SECRET}@10.0.0.1", f"?{SECRET}", "https://"]
)
def test_an_invalid_address_is_reported_without_a_secret(tmp_path: Path, server: str) -> None:
    with pytest.raises(ConnectError, match="is not an address of a server") as caught:
        log_in(kubeconfig=write(tmp_path, {}, {"server": server}))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "token",
    [
        f"*{SECRET}",
        f"!!int {SECRET}",
        f"!!float {SECRET}",
        f"!!binary {SECRET}=",
        f"{SECRET}: {SECRET}",
        f'"{SECRET}',
    ],
)
def test_a_kubeconfig_that_is_not_yaml_is_reported_by_its_line(tmp_path: Path, token: str) -> None:
    path = tmp_path / "config"
    path.write_text(f"users:\n- name: u\n  user:\n    token: {token}\n", encoding="utf-8")
    with pytest.raises(ConnectError, match="a file is not valid YAML") as caught:
        log_in(kubeconfig=str(path))
    assert SECRET.lower() not in str(caught.value).lower()


@pytest.mark.parametrize("extra", ["text", ["a"], 5])
def test_another_form_of_what_is_impersonated_is_refused(tmp_path: Path, extra: Any) -> None:
    with pytest.raises(ConnectError, match="as-user-extra must contain lists of names"):
        log_in(kubeconfig=write(tmp_path, {"token": "t", "as": "jane", "as-user-extra": extra}))


def command(folder: Path, text: str) -> dict[str, Any]:
    """A user whose login command fails with a text."""
    program = folder / "plugin"
    program.write_text('#!/bin/sh\nprintf "%s" "$SAID" >&2\nexit 3\n', encoding="ascii")
    program.chmod(0o755)
    variables = [{"name": "SAID", "value": text}]
    return {"exec": {"apiVersion": EXEC, "command": "./plugin", "env": variables, "interactiveMode": "Never"}}


@pytest.mark.parametrize(
    "user",
    [
        {"auth-provider": {"name": "gcp", "config": {"access-token": SECRET, "expiry": SECRET}}},
        {"auth-provider": {"name": "oidc", "config": {"id-token": f"{SECRET}.AA.{SECRET}"}}},
        {"client-certificate-data": SECRET, "client-key-data": SECRET},
    ],
    ids=["gcp", "oidc", "a certificate"],
)
def test_no_error_of_a_login_shows_a_secret(tmp_path: Path, user: dict[str, Any]) -> None:
    with pytest.raises(ConnectError) as caught:
        log_in(kubeconfig=write(tmp_path, user))
    assert SECRET not in str(caught.value)


def test_a_login_command_that_repeats_a_variable_is_reported_without_it(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=r'the login command of user "u" failed: .*<hidden>') as caught:
        log_in(kubeconfig=write(tmp_path, command(tmp_path, SECRET)))
    assert SECRET not in str(caught.value)
