"""Tests commands on real servers: complete outputs, missing permissions, and errors of logins."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.cli.lazy import LazyGroup
from tests.cli.test_examples import LIVE_EXAMPLES
from tests.live.clusters import bound, group, made, user
from tests.live.conftest import own_servers
from tests.live.fake import Asked, Reply, run_fake
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
RBAC = "rbac.authorization.k8s.io"
HIDDEN = "not-to-be-shown"
_names = count(1)

v1_24, current = own_servers()


def call(line: str, *more: str | Path) -> Result:
    return CliRunner().invoke(main, [*shlex.split(line), *map(str, more)])


def failed(result: Result, code: int, *lines: str) -> None:
    assert (result.stdout, result.stderr.splitlines(), result.exit_code) == ("", list(lines), code)


@pytest.fixture
def team(server: ApiServer) -> Iterator[str]:
    """A namespace in which bob may read roles and bindings, and carol pods."""
    name = f"crew-{next(_names)}"
    lists = {"verbs": ["list", "watch"], "apiGroups": [RBAC], "resources": ["roles", "rolebindings"]}
    reads = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    server.create(
        made("v1", "Namespace", name),
        made(f"{RBAC}/v1", "Role", "lists", name) | {"rules": [lists]},
        made(f"{RBAC}/v1", "Role", "reads", name) | {"rules": [reads]},
        bound("lists", name, "Role", "lists", [user("bob")]),
        bound("reads", name, "Role", "reads", [user("carol"), group("dev")]),
    )
    yield name
    server.request("DELETE", f"/api/v1/namespaces/{name}")


UNREAD = (
    "may be incomplete: clusterroles could not be listed: what bindings to them grant is unknown",
    "may be incomplete: clusterrolebindings could not be listed: whom they grant a role is unknown",
)


def test_who_can_reads_the_context_of_the_kubeconfig(server: ApiServer, team: str) -> None:
    result = call(f"who-can get pods -n {team} -o name --kubeconfig", server.kubeconfig())
    assert {"Group/dev", "User/carol"} <= set(result.stdout.splitlines())
    assert (result.stderr, result.exit_code) == ("", 0)


def test_the_namespace_is_the_contexts_own(server: ApiServer, team: str) -> None:
    login = server.kubeconfig(namespace=team)
    assert "User/carol" in call("who-can get pods -o name --kubeconfig", login).stdout
    assert "User/carol" not in call("who-can get pods -o name -n default --kubeconfig", login).stdout


def test_kubeconfig_from_the_environment_and_a_context_by_name(
    server: ApiServer, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = server.kubeconfig(name="one"), server.kubeconfig(namespace=team, name="two")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    assert "User/carol" in call("who-can get pods -o name --context two").stdout
    assert "User/carol" not in call("who-can get pods -o name --context one").stdout


def test_rights_in_one_namespace_give_an_answer_and_a_warning(server: ApiServer, team: str) -> None:
    result = call(f"who-can get pods -n {team} -o name --kubeconfig", server.kubeconfig("bob"))
    assert result.stdout.splitlines() == ["Group/system:masters", "Group/dev", "User/carol"]
    assert result.stderr.splitlines() == [f"Warning: {line}" for line in UNREAD]
    assert result.exit_code == 0


def test_strict_makes_missing_rights_exit_code_3(server: ApiServer, team: str) -> None:
    failed(
        call(f"who-can get pods --strict -n {team} --kubeconfig", server.kubeconfig("bob")),
        3,
        *(f"error: {line}" for line in UNREAD),
        "error: the cluster could not be read completely, and --strict was given",
    )
    assert call(f"who-can get pods --strict -n {team} --kubeconfig", server.kubeconfig()).exit_code == 0


def test_only_a_refusal_is_doubtful_where_grants_are_missing(server: ApiServer, team: str) -> None:
    login = server.kubeconfig("bob")
    allowed = call(f"can-i get pods --as carol -n {team} --kubeconfig", login)
    assert (allowed.stdout, allowed.stderr, allowed.exit_code) == ("yes\n", "", 0)
    refused = call(f"can-i get pods --as dave -n {team} -o json --kubeconfig", login)
    assert refused.stderr.splitlines() == [f"Warning: {line}" for line in sorted(UNREAD, reverse=True)]
    assert sorted(json.loads(refused.stdout)["incomplete"]) == sorted(UNREAD)
    assert refused.exit_code == 1


def test_can_i_asks_for_the_user_of_the_login(current: ApiServer) -> None:
    name = f"crew-{next(_names)}"
    rule = {"verbs": ["get"], "apiGroups": ["example.com"], "resources": ["gems"]}
    current.create(
        made(f"{RBAC}/v1", "ClusterRole", name) | {"rules": [rule]},
        bound(name, "", "ClusterRole", name, [group("dev")]),
    )
    lists = {"verbs": ["list"], "apiGroups": [RBAC], "resources": ["*"]}
    current.create(
        made(f"{RBAC}/v1", "ClusterRole", f"{name}-lists") | {"rules": [lists]},
        bound(f"{name}-lists", "", "ClusterRole", f"{name}-lists", [user("alice"), user("bob")]),
    )
    time.sleep(0.5)
    result = call("can-i get gems.example.com -A --kubeconfig", current.kubeconfig("alice"))
    assert (result.stdout, result.exit_code) == ("yes\n", 0)
    other = call("can-i get gems.example.com -A --kubeconfig", current.kubeconfig("bob"))
    assert (other.stdout, other.exit_code) == ("no\n", 1)
    named = call(
        "can-i get gems.example.com -A --as zoe --as-group dev --kubeconfig", current.kubeconfig("bob")
    )
    assert (named.stdout, named.exit_code) == ("yes\n", 0)
    for each in (name, f"{name}-lists"):
        current.request("DELETE", f"/apis/{RBAC}/v1/clusterrolebindings/{each}")


def test_whoami_names_the_user_the_groups_and_how_that_is_known(server: ApiServer) -> None:
    result = call("whoami -o json --kubeconfig", server.kubeconfig())
    answer = json.loads(result.stdout)
    source = "TokenReview" if server.release.startswith("v1.24.") else "SelfSubjectReview"
    assert answer == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "WhoAmI",
        "user": "admin",
        "groups": ["system:masters", "system:authenticated"],
        "groupsKnown": True,
        "source": source,
    }
    table = call("whoami --kubeconfig", server.kubeconfig()).stdout
    assert table == "KIND    NAME\nuser    admin\ngroup   system:masters\ngroup   system:authenticated\n"


def test_unknown_groups_of_the_user_are_reported(v1_24: ApiServer) -> None:
    result = call("whoami -o name --kubeconfig", v1_24.kubeconfig("alice"))
    assert (result.stdout, result.stderr) == ("alice\n", "Warning: the server does not report the groups\n")


def test_psp_admit_asks_as_the_user_of_the_login(v1_24: ApiServer, tmp_path: Path) -> None:
    pod = tmp_path / "pod.json"
    pod.write_text(
        json.dumps(made("v1", "Pod", "web") | {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}),
        encoding="utf-8",
    )
    name = f"crew-{next(_names)}"
    v1_24.create(made("v1", "Namespace", name), made("v1", "ServiceAccount", "default", name))
    result = call("psp admit", pod, "--kubeconfig", v1_24.kubeconfig(namespace=name))
    assert f"asked: system:serviceaccount:{name}:default, then admin\n" in result.stdout
    assert "no user was given" not in result.stderr
    assert "it is unknown whether policies are enforced here: no stored pod was read" in result.stderr


def test_a_release_without_policies_is_reported(current: ApiServer) -> None:
    result = call("psp users --kubeconfig", current.kubeconfig())
    assert "PodSecurityPolicy was removed in Kubernetes 1.25, and this is 1.37" in result.stderr
    assert result.exit_code == 2


def test_verify_prints_what_was_compared(server: ApiServer) -> None:
    result = call("verify --requests 50 --pods 0 --kubeconfig", server.kubeconfig())
    said = r"50 requests, \d{2,3} lists of rules and 0 pods were compared: every answer is the same.\n"
    assert re.fullmatch(rf"{said}Kubernetes 1\.\d+\.\n", result.stderr)
    assert (result.stdout, result.exit_code) == ("", 0)


def question(folder: Path, namespace: str) -> Path:
    """Write a review: may carol get pods?"""
    attributes = {"verb": "get", "resource": "pods", "namespace": namespace}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "carol", "resourceAttributes": attributes},
    }
    path = folder / "review.json"
    path.write_text(json.dumps(review), encoding="utf-8")
    return path


def test_verify_takes_questions_from_a_file(server: ApiServer, team: str, tmp_path: Path) -> None:
    given = question(tmp_path, team)
    result = call("verify -o json -f", given, "--kubeconfig", server.kubeconfig())
    answer = json.loads(result.stdout)
    assert (answer["requests"], answer["disagreements"], result.exit_code) == (1, [], 0)
    given.write_text(json.dumps(made("v1", "ConfigMap", "c")), encoding="utf-8")
    failed(
        call("verify -f", given, "--kubeconfig", server.kubeconfig()),
        2,
        f"error: {given}, document 1: ConfigMap is not a question: pass SubjectAccessReviews, pods, or "
        "workloads that create pods",
    )


def test_a_difference_is_exit_code_1_with_both_reasons(
    server: ApiServer, team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rbacpsp.rbac import Authorizer, Decision

    def refuses(self: Any, who: Any, request: Any) -> Decision:  # noqa: ARG001 - as the method it replaces
        return Decision(who, request, (), ())

    monkeypatch.setattr(Authorizer, "authorize", refuses)
    given = question(tmp_path, team)
    result = call("verify -o csv -f", given, "--kubeconfig", server.kubeconfig())
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1] == (
        f'carol: get pods in {team},refused,"allowed: RBAC: allowed by RoleBinding ""reads/{team}"" of Role '
        '""reads"" to User ""carol"""'
    )


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Let started programs react to Ctrl-C, even if a background shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def watching(server: ApiServer, team: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The program while it watches who may get pods, and the file of its answers."""
    out = tmp_path / "answers"
    command = [sys.executable, "-m", "rbacpsp", "who-can", "get", "pods", "-n", team, "-o", "name", "--watch"]
    with out.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [*command, "--kubeconfig", str(server.kubeconfig())], stdout=stream, stderr=stream, text=True
        )
    try:
        yield process, out
    finally:
        process.kill()
        process.wait()


def wait_for(out: Path, pattern: str) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        text = out.read_text(encoding="utf-8")
        if re.search(pattern, text):
            return text
        time.sleep(0.05)
    raise AssertionError(out.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_watch_answers_anew_when_a_binding_comes_and_goes_and_ends_at_once(
    server: ApiServer, team: str, watching: tuple[subprocess.Popen[str], Path]
) -> None:
    process, out = watching
    wait_for(out, "User/carol")
    time.sleep(0.5)
    server.create(bound("more", team, "Role", "reads", [user("zoe")]))
    wait_for(out, r"(?s)the answer has changed:.*User/zoe")
    server.request("DELETE", f"/apis/{RBAC}/v1/namespaces/{team}/rolebindings/more")
    text = wait_for(out, r"(?s)changed:.*changed:\n.*User/carol\n.*kube-scheduler\n$")
    assert text.rpartition("changed:")[2].count("User/zoe") == 0
    server.create(bound("nothing", team, "Role", "lists", [user("zoe")]))  # changes no answer
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130  # a watch by itself would continue for minutes
    assert out.read_text(encoding="utf-8").count("changed:") == 2


def test_watch_needs_a_live_cluster() -> None:
    result = call("who-can get pods --watch -f sample_clusters/bootstrap-1.24")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --watch needs a live cluster: leave out -f\n")


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("hangs", ["/version", "/apis/rbac.authorization.k8s.io/v1/roles"])
def test_ctrl_c_during_a_slow_read_ends_the_program_at_once(hangs: str, tmp_path: Path) -> None:
    asked, done = Event(), Event()

    def slow(request: Asked, _: int) -> Reply | None:
        if request.path == hangs:
            asked.set()
            done.wait(600)
        return None

    with run_fake(slow) as fake:
        command = [sys.executable, "-m", "rbacpsp", "lookup", "--kubeconfig", fake.kubeconfig(tmp_path)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)  # before the server answers
        done.set()
    assert (process.returncode, "secret-token" in errors, "Traceback" in errors) == (130, False, False)


def test_bad_logins_are_one_line_errors_and_exit_code_2(server: ApiServer, tmp_path: Path) -> None:
    failed(
        call("lookup --kubeconfig", tmp_path / "none"),
        2,
        f"error: no kubeconfig: {tmp_path / 'none'} does not exist; name one with --kubeconfig, or files "
        "with -f where a command takes them",
    )
    good = server.kubeconfig()
    failed(
        call("lookup --context prod --kubeconfig", good),
        2,
        f'error: {good} has no context "prod"; it has test',
    )
    failed(
        call("whoami --kubeconfig", server.kubeconfig(login={"token": HIDDEN})),
        2,
        f'error: {server.url} does not accept the login of user "admin" (401): it has expired or is unknown '
        "there; log in again",
    )


# An audit log comes from the server's own machine; tests/live/test_audit_log.py has such servers.
@pytest.mark.parametrize("line", [line for line in LIVE_EXAMPLES if "--audit-log" not in line])
def test_an_example_of_a_live_cluster_runs_and_answers(
    line: str, server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(name="prod")))
    pod = made("v1", "Pod", "web") | {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}
    Path("pods.yaml").write_text(json.dumps(pod), encoding="utf-8")
    result = CliRunner().invoke(main, shlex.split(line)[1:])
    assert result.exit_code == 0, result.output
    assert result.output


def test_every_command_that_reads_a_cluster_answers_on_a_live_one(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig()))
    for line in (
        "audit",
        "graph -o dot",
        "lookup",
        "matrix pods",
        "paths",
        "psp list",
        "psp users",
        "rules admin",
    ):
        result = call(line)
        without_policies = line.startswith("psp") and server.release >= "v1.25"
        assert result.exit_code == (2 if without_policies else 0), (line, result.output)
    assert isinstance(main, LazyGroup)
