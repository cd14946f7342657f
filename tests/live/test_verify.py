"""Tests `verify` on real servers: random clusters agree, and a planted difference is found."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.cluster import Cluster
from rbacpsp.live import connect
from rbacpsp.model import Request, User
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.whoami import whoami
from rbacpsp.verify import AccessQuestion, Asker, PodQuestion, Question, Report, VerifyError, sample, verify
from rbacpsp.verify.questions import RulesQuestion
from tests.live.clusters import RandomCluster, bound, create, group, made, remove, user
from tests.live.conftest import own_servers
from tests.live.fake import Asked, Reply, run_fake, status
from tests.live.server import ApiServer

RBAC = "rbac.authorization.k8s.io"
_names = count(1)

v1_24, current = own_servers()


@pytest.fixture
def cluster(server: ApiServer, request: pytest.FixtureRequest) -> Iterator[RandomCluster]:
    """A random cluster, the same in any order of the tests; it is removed afterwards."""
    policies = server.release.startswith("v1.24.")
    seed = getattr(request, "param", request.node.name)
    drawn = RandomCluster(f"random-{next(_names)}", seed, policies=policies)
    create(server, drawn)
    time.sleep(1)  # until the server has seen its own objects
    yield drawn
    remove(server, drawn)


def compared(
    server: ApiServer,
    questions: list[Question] | None = None,
    login: Path | None = None,
    without: str = "",
    **drawn: Any,
) -> Report:
    """The report of verify on random or given questions; a binding can be hidden from the analyzer."""

    def read() -> Cluster:
        cluster = connect(kubeconfig=server.kubeconfig())
        return cluster.changed(removed=[("ClusterRoleBinding", "", without)]) if without else cluster

    connection = Connection(kubeconfig=str(login or server.kubeconfig()))
    try:
        return verify(
            Asker(connection),
            read,
            lambda cluster: sample(cluster, **drawn) if questions is None else questions,
            whoami(connection).user,
        )
    finally:
        connection.close()


def disagreement_words(report: Report) -> str:
    return "\n".join(
        f"{disagreement.question}\n  analyzer: {disagreement.ours}\n  server:   {disagreement.theirs}"
        for disagreement in report.disagreements
    )


@pytest.mark.live
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.usefixtures("cluster")
def test_random_requests_and_pods_are_answered_as_the_server_does(server: ApiServer, seed: int) -> None:
    """Four clusters on each of two servers: 4,000 requests and more than 1,000 pods."""
    report = compared(server, requests=500, pods=135, seed=seed)
    assert disagreement_words(report) == ""
    assert report.requests == 500
    assert report.pods >= 128, report.passed_over


@pytest.mark.live
def test_a_sample_has_answers_of_every_sort(server: ApiServer, cluster: RandomCluster) -> None:
    read = connect(kubeconfig=server.kubeconfig())
    questions = sample(read, requests=500, pods=150, seed=1)
    answers = [
        bool(read.authorize(question.user, question.request))
        for question in questions
        if isinstance(question, AccessQuestion)
    ]
    assert 100 < sum(answers) < 400
    assert {question.namespace for question in questions if isinstance(question, PodQuestion)} >= set(
        cluster.namespaces
    )
    assert questions == sample(read, requests=500, pods=150, seed=1)
    assert questions != sample(read, requests=500, pods=150, seed=2)


@pytest.mark.live
def test_a_planted_difference_is_found_with_both_reasons(server: ApiServer) -> None:
    name = f"planted-{next(_names)}"
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    server.create(
        made(f"{RBAC}/v1", "ClusterRole", name) | {"rules": [rule]},
        bound(name, "", "ClusterRole", name, [user("carol")]),
    )
    time.sleep(0.5)
    question = AccessQuestion(User("carol"), Request("get", resource="secrets", namespace="default"))
    assert compared(server, [question])
    report = compared(server, [question], without=name)
    assert disagreement_words(report) == (
        "carol: get secrets in default\n"
        "  analyzer: refused\n"
        f'  server:   allowed: RBAC: allowed by ClusterRoleBinding "{name}" of ClusterRole "{name}" '
        'to User "carol"'
    )
    server.request("DELETE", f"/apis/{RBAC}/v1/clusterrolebindings/{name}")


@pytest.mark.live
def test_a_planted_difference_about_a_pod_is_found(v1_24: ApiServer) -> None:
    name = f"planted-{next(_names)}"
    any_rule = {"rule": "RunAsAny"}
    spec = dict.fromkeys(("seLinux", "runAsUser", "supplementalGroups", "fsGroup"), any_rule)
    use = {
        "verbs": ["use"],
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": [name],
    }
    v1_24.create(
        made("v1", "Namespace", name),
        made("v1", "ServiceAccount", "default", name),
        made("policy/v1beta1", "PodSecurityPolicy", name) | {"spec": {**spec, "volumes": ["*"]}},
        made(f"{RBAC}/v1", "ClusterRole", name)
        | {"rules": [use, {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}]},
        bound(name, name, "ClusterRole", name, [user("carol")]),
        bound(name, "", "ClusterRole", name, [group("system:serviceaccounts")]),
    )
    time.sleep(0.5)
    container = {"name": "app", "image": "example/app:1"}
    pod = made("v1", "Pod", "web", name) | {"spec": {"containers": [container]}}
    agreed = compared(v1_24, [PodQuestion(User.impersonate("carol"), name, pod)])
    assert (agreed.disagreements, agreed.pods) == ((), 1)
    privileged = {**pod, "spec": {"containers": [{**container, "securityContext": {"privileged": True}}]}}
    question = PodQuestion(User.impersonate("carol"), name, privileged)
    assert compared(v1_24, [question]).disagreements == ()

    def laxer() -> Cluster:
        read = connect(kubeconfig=v1_24.kubeconfig())
        policy = made("policy/v1beta1", "PodSecurityPolicy", name)
        policy["spec"] = {**spec, "volumes": ["*"], "privileged": True}
        return read.changed(Cluster.from_objects([policy]).objects)

    connection = Connection(kubeconfig=str(v1_24.kubeconfig()))
    report = verify(Asker(connection), laxer, lambda _: [question], whoami(connection).user)
    connection.close()
    assert disagreement_words(report).startswith(
        f"carol: create pod/web in {name}\n  analyzer: allowed\n  server:   refused: "
    )
    assert "Privileged containers are not allowed" in disagreement_words(report)
    v1_24.request("DELETE", f"/apis/{RBAC}/v1/clusterrolebindings/{name}")
    v1_24.request("DELETE", f"/apis/policy/v1beta1/podsecuritypolicies/{name}")


@pytest.mark.live
def test_policies_are_known_to_be_enforced_where_no_account_is_named_default(v1_24: ApiServer) -> None:
    name = f"lonely-{next(_names)}"
    v1_24.create(made("v1", "Namespace", name), made("v1", "ServiceAccount", "worker", name))
    time.sleep(0.5)
    spec = {"serviceAccountName": "worker", "containers": [{"name": "app", "image": "example/app:1"}]}
    pod = made("v1", "Pod", "web", name) | {"spec": spec}
    report = compared(v1_24, [PodQuestion(User("carol", ("system:masters",)), name, pod)])
    assert disagreement_words(report) == ""
    assert report.notes == ("PodSecurityPolicy is enforced here, according to a dry run",)


@pytest.mark.live
@pytest.mark.usefixtures("cluster")
def test_nothing_is_stored(server: ApiServer) -> None:
    before = connect(kubeconfig=server.kubeconfig()).objects
    compared(server, requests=50, pods=50)
    after = connect(kubeconfig=server.kubeconfig()).objects
    assert set(before.pods) == set(after.pods)
    assert [each.metadata for each in before] == [each.metadata for each in after]


@pytest.mark.live
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("cluster", [1], indirect=True)  # a binding that does not also name dave by chance
def test_a_login_without_reviews_and_impersonation_asks_about_itself(server: ApiServer) -> None:
    login = server.kubeconfig(login=server.client_certificate("dave", ["dev"]))
    report = compared(server, login=login, requests=60, pods=20, seed=3)
    assert disagreement_words(report) == ""
    assert report.notes[0] == "dave may not ask about other users: every request is asked for dave"
    assert report.notes[-1] == "dave may not impersonate other users: every pod is submitted by dave"
    assert (report.requests, report.pods + len(report.passed_over)) == (60, 20)


def ignores_dry_run(asked: Asked, _: int) -> Reply | None:
    """An old server that does not support dryRun."""
    if asked.path.endswith("accessreviews"):
        return Reply({"status": {"allowed": True}}, 201)
    return Reply(status(500, "this would have been created"), 500) if asked.path.endswith("/pods") else None


def test_a_server_that_ignores_dry_run_is_not_asked_about_pods(tmp_path: Path) -> None:
    question = PodQuestion(None, "default", made("v1", "Pod", "web"))
    with run_fake(ignores_dry_run) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        with pytest.raises(VerifyError) as caught:
            verify(Asker(connection), lambda: Cluster.from_objects([]), lambda _: [question], User("me"))
        connection.close()
    assert str(caught.value) == f"{fake.url} ignores dryRun: asking it about pods would create them"
    assert [asked.path for asked in fake.asked if asked.path.endswith("/pods")] == []


def test_a_dry_run_that_stores_something_ends_the_verification(tmp_path: Path) -> None:
    def stores(asked: Asked, _: int) -> Reply | None:
        if asked.path.endswith("accessreviews"):
            unheeded = "dryRun" not in asked.query
            return (
                Reply({"status": {"allowed": True}}, 201) if unheeded else Reply(status(422, "dryRun"), 422)
            )
        if asked.path.endswith("/pods"):
            return Reply({"kind": "Pod", "metadata": {}}, 201)
        return Reply({"kind": "Pod"}) if "/pods/" in asked.path else None

    question = PodQuestion(None, "default", made("v1", "Pod", "web"))
    with run_fake(stores) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        with pytest.raises(VerifyError, match=r"the server stored a pod in a dry run: remove it \(kubectl"):
            verify(Asker(connection), lambda: Cluster.from_objects([]), lambda _: [question], User("me"))
        connection.close()
    posted = [asked for asked in fake.asked if asked.path.endswith("/pods")]
    assert [asked.query for asked in posted] == [{"dryRun": "All"}]


def test_the_words_of_another_authorizer_are_named_as_such(tmp_path: Path) -> None:
    def webhook(asked: Asked, _: int) -> Reply | None:
        said = {"status": {"allowed": True, "reason": "the webhook likes you"}}
        return Reply(said, 201) if asked.method == "POST" else None

    question = AccessQuestion(User("eve"), Request("get", resource="pods"))
    with run_fake(webhook) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        report = verify(Asker(connection), lambda: Cluster.from_objects([]), lambda _: [question], User("me"))
        connection.close()
    assert disagreement_words(report) == (
        "eve: get pods\n  analyzer: refused\n"
        "  server:   allowed: the webhook likes you (the request is answered by another authorizer than RBAC)"
    )
    assert not report
    assert replace(report, disagreements=())


@pytest.mark.parametrize("answer", [{}, {"kind": "List", "items": []}, {"status": {}}])
def test_an_answer_that_is_no_review_is_not_a_refusal(tmp_path: Path, answer: dict[str, Any]) -> None:
    def proxy(asked: Asked, _: int) -> Reply | None:
        about_itself = asked.path.endswith("selfsubjectaccessreviews")
        own = Reply({"status": {"allowed": True, "reason": ""}}, 201)
        return (own if about_itself else Reply(answer, 201)) if asked.method == "POST" else None

    questions: list[Question] = [AccessQuestion(User("eve"), Request("get", resource="pods"))]
    questions += [RulesQuestion(User("eve"), "x")] if "status" not in answer else []
    with run_fake(proxy) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path))
        report = verify(Asker(connection), lambda: Cluster.from_objects([]), lambda _: questions, User("me"))
        connection.close()
    assert not report.is_about_something
    assert [reason.partition(": ")[0] for _, reason in report.passed_over] == [
        "the server gives no answer" for _ in questions
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rules", "-3"], '--rules: "-3" is not a whole number of at least 0'),
        (["--requests", "0", "--rules", "0", "--pods", "0"], "error: nothing was compared: this"),
        (["-f", "text.yaml"], "text.yaml, document 1: the spec of a SubjectAccessReview must be an object"),
        (["-f", "none.json"], "none.json, document 1: an object without a kind is not a question"),
        (["-f", "text.yaml", "--seed", "1"], "-f names the questions: leave out --seed"),
        (["--audit-log", "log", "--as", "ann"], "--audit-log connects to no server: leave out --as"),
    ],
)
def test_a_verification_that_would_prove_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.yaml").write_text("kind: SubjectAccessReview\nspec: text\n", encoding="utf-8")
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")

    def answers(asked: Asked, _: int) -> Reply | None:
        me = {"status": {"allowed": False, "userInfo": {"username": "me", "groups": []}}}
        return Reply({"kind": "SelfSubjectReview", **me}, 201) if asked.method == "POST" else None

    with run_fake(answers) as fake:
        monkeypatch.setenv("KUBECONFIG", fake.kubeconfig(tmp_path))
        result = CliRunner().invoke(main, ["verify", *words])
    assert result.exit_code == 2, result.stdout
    assert said in result.stderr
    assert "every answer is the same" not in result.stderr
