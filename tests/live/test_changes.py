"""Tests a running cluster as a state of a comparison, and as the subject of assertions."""

import json
import shlex
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.live.clusters import bound, made, user
from tests.live.conftest import own_servers
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
RBAC = "rbac.authorization.k8s.io"
HEAD = "apiVersion: rbacpsp.io/v1\nkind: AccessTest\nassertions:\n"
_names = count(1)

v1_24, current = own_servers()


def call(line: str, *more: str | Path) -> Result:
    return CliRunner().invoke(main, [*shlex.split(line), *map(str, more)])


@pytest.fixture
def team(server: ApiServer) -> Iterator[str]:
    """A namespace in which bob may read secrets."""
    name = f"changes-{next(_names)}"
    reads = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    server.create(
        made("v1", "Namespace", name),
        made(f"{RBAC}/v1", "Role", "reads", name) | {"rules": [reads]},
        bound("reads", name, "Role", "reads", [user("bob")]),
    )
    yield name
    server.request("DELETE", f"/api/v1/namespaces/{name}")


def test_a_cluster_is_compared_with_a_snapshot_of_itself_and_with_another_context(
    server: ApiServer, team: str, tmp_path: Path
) -> None:
    kubeconfig = server.kubeconfig(name="mine")
    saved = tmp_path / "before.json.gz"
    assert call("snapshot", "-O", saved, "--kubeconfig", kubeconfig).exit_code == 0
    same = call(f"diff {saved} live --all -o json --kubeconfig {kubeconfig}")
    assert same.exit_code == 0, same.output
    assert json.loads(same.stdout)["access"] == {"gained": [], "lost": []}
    server.create(bound("more", team, "Role", "reads", [user("alice")]))
    words = f"diff {saved} live:mine --all --fail-on gained --kubeconfig {kubeconfig}"
    changed = call(f"{words} -o json")
    assert changed.exit_code == 1, changed.output
    document = json.loads(changed.stdout)
    [gained] = document["access"]["gained"]
    assert (gained["subject"], gained["namespace"]) == ({"kind": "User", "name": "alice"}, team)
    assert gained["rule"] == {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    assert [grant["binding"]["name"] for grant in gained["grants"]] == ["more"]
    assert document["access"]["lost"] == []
    assert [(each["kind"], each["name"]) for each in document["objects"]["added"]] == [
        ("RoleBinding", "more")
    ]
    assert {each["rule"] for each in document["findings"]["new"]} >= {"RBP010"}
    assert call(words.replace("gained", "lost")).exit_code == 0
    gone = call(f"diff {saved} live:nowhere --kubeconfig {kubeconfig}")
    assert (gone.exit_code, gone.stdout) == (2, "")
    assert len(gone.stderr.splitlines()) == 1


def test_assertions_about_live_use_the_user_that_the_server_sees(
    server: ApiServer, team: str, tmp_path: Path
) -> None:
    reading = made(f"{RBAC}/v1", "ClusterRole", f"reads-access-{team}") | {
        "rules": [
            {"verbs": ["list"], "apiGroups": [RBAC], "resources": ["*"]},
            {"verbs": ["list"], "apiGroups": [""], "resources": ["namespaces", "serviceaccounts"]},
        ]
    }
    server.create(
        reading, bound(f"bob-reads-{team}", "", "ClusterRole", f"reads-access-{team}", [user("bob")])
    )
    access = f"{{verbs: [get], resources: [secrets], namespaces: [{team}]}}"
    file = tmp_path / "access.yaml"
    file.write_text(
        HEAD
        + f"- {{name: I read, who: live, can: {access}}}\n"
        + f"- {{name: I do not read, who: live, cannot: {access}}}\n"
        + f"- {{name: only bob, only: [User/bob], can: {access}}}\n",
        encoding="utf-8",
    )
    result = call("test", file, "-o", "json", "--kubeconfig", server.kubeconfig("bob", name="mine"))
    assert result.exit_code == 1, result.output
    items = json.loads(result.stdout)["items"]
    assert [item["result"] for item in items] == ["pass", "fail", "pass"]
    assert items[1]["why"].startswith(
        f"User/bob (live) may get secrets in {team}: RBAC: allowed by RoleBinding"
    )


def test_unreadable_kinds_prove_nothing(server: ApiServer, team: str, tmp_path: Path) -> None:
    """Alice may list nothing, so she cannot know that nobody reads secrets."""
    file = tmp_path / "access.yaml"
    access = f"{{verbs: [get], resources: [secrets], namespaces: [{team}]}}"
    file.write_text(HEAD + f"- {{name: all, only: [], can: {access}}}\n", encoding="utf-8")
    result = call("test", file, "-o", "json", "--kubeconfig", server.kubeconfig("alice", name="mine"))
    assert result.exit_code == 2, result.output
    if result.stdout:
        assert [item["result"] for item in json.loads(result.stdout)["items"]] == ["cannot be asked"]


def test_generated_assertions_of_a_running_cluster_pass_on_it(
    server: ApiServer, team: str, tmp_path: Path
) -> None:
    kubeconfig, file = server.kubeconfig(name="mine"), tmp_path / "access.yaml"
    assert call("test --init", "-O", file, "--kubeconfig", kubeconfig).exit_code == 0
    written = file.read_text(encoding="utf-8")
    assert "only User/bob may read secrets in " in written
    assert team in written
    result = call("test", file, "-o", "json", "--kubeconfig", kubeconfig)
    assert result.exit_code == 0, result.output
