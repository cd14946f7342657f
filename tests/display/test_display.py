"""Tests how results are displayed: one line, the command's table, a short HTML table with escaped names."""

import re
import shlex
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import rbacpsp
from rbacpsp import Cluster, Request, Subject, User
from rbacpsp.cli import main
from rbacpsp.display import _MODULES
from rbacpsp.display.html import MOST_ROWS, page
from rbacpsp.display.view import ResultView
from rbacpsp.model.result import Framed, Shown
from rbacpsp.paths import parse_place
from rbacpsp.report.answer import Table
from rbacpsp.testing import ClusterBuilder, pod
from tests.docs import console

DELETE = Request("delete", resource="pods", namespace="prod")
BOB = User.impersonate("bob@example.com")
MASTERS = User("root", ("system:masters",))
HOSTILE = '</td><script>alert("x")</script>\x1b[31m $x$ \u202e&'
TAGS = {"div", "style", "p", "span", "strong", "table", "thead", "tbody", "tr", "th", "td"}


@cache
def acme() -> Cluster:
    return rbacpsp.load("sample_clusters/acme")


@cache
def migrated() -> Cluster:
    return rbacpsp.load("sample_clusters/psp-migration")


ASSERTIONS = {
    "apiVersion": "rbacpsp.io/v1",
    "kind": "AccessTest",
    "assertions": [
        {
            "name": "bob deletes",
            "who": "User/bob@example.com",
            "can": {"verbs": ["delete"], "resources": ["pods"]},
        },
        {"name": "nobody reads", "who": "Group/nobody", "cannot": {"verbs": ["get"], "resources": ["pods"]}},
    ],
}
RESULTS: dict[str, Callable[[], Any]] = {
    "Cluster": acme,
    "Decision": lambda: acme().authorize(BOB, DELETE),
    "refusal": lambda: acme().authorize(User.impersonate("dave@example.com"), DELETE),
    "member of masters": lambda: acme().authorize(MASTERS, DELETE),
    "WhoCan": lambda: acme().who_can(DELETE),
    "expanded": lambda: acme().who_can(DELETE).expand(),
    "RuleSet": lambda: acme().rules_for(BOB, "prod"),
    "Admission": lambda: migrated().admit(pod("x"), user=MASTERS),
    "refused pod": lambda: migrated().admit(pod("x", hostNetwork=True), user=User("eve")),
    "Submission": lambda: acme().submit(pod("x")),
    "Simulation": lambda: migrated().simulate(),
    "Audit": lambda: acme().audit(),
    "Paths": lambda: acme().paths(),
    "Path": lambda: acme().paths().between(parse_place("Group/acme:sre"), parse_place("node")),
    "Ways": lambda: acme().paths().from_(parse_place("Group/acme:sre"), 3),
    "Diff": lambda: rbacpsp.diff(migrated(), acme()),
    "Evaluation": lambda: rbacpsp.pss.evaluate(pod("x"), level="restricted"),
    "Judgement": lambda: acme().pss_check(pod("x")),
    "PSAdmission": lambda: acme().pss_admit(pod("x")),
    "Mending": lambda: acme().grant(DELETE, Subject("User", "dana")),
    "allowed Mending": lambda: acme().grant(DELETE, Subject("User", "bob@example.com")),
    "Migration": lambda: rbacpsp.migrate(migrated(), "vap"),
    "Preflight": lambda: acme().preflight([pod("x")], BOB),
    "AccessTestResults": lambda: rbacpsp.test(acme(), ASSERTIONS),
}


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"class"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(text: str) -> Reader:
    result = Reader(text)
    assert result.open == []
    assert result.tags <= TAGS
    return result


def output(command: str) -> str:
    """What a command prints on stdout, in the project's folder."""
    with chdir(console.ROOT):
        return CliRunner().invoke(main, shlex.split(command)[1:], prog_name="rbacpsp").stdout


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_has_a_repr_of_one_line_and_html_of_plain_tags(name: str) -> None:
    result = RESULTS[name]()
    assert re.fullmatch(r"<[^\n]{1,400}", repr(result))
    found = read(result._repr_html_())
    assert "".join(found.texts).strip()
    assert str(result) == str(result).rstrip("\n") != repr(result)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("WhoCan", "rbacpsp who-can delete pods -n prod -f sample_clusters/acme"),
        ("expanded", "rbacpsp who-can delete pods -n prod --expand -f sample_clusters/acme"),
        (
            "Decision",
            "rbacpsp can-i delete pods -n prod --as bob@example.com --why -f sample_clusters/acme",
        ),
        ("RuleSet", "rbacpsp rules bob@example.com -n prod -f sample_clusters/acme"),
        ("Simulation", "rbacpsp psp simulate -f sample_clusters/psp-migration"),
        ("Paths", "rbacpsp paths -f sample_clusters/acme"),
        ("Migration", "rbacpsp migrate vap -f sample_clusters/psp-migration"),
        ("Diff", "rbacpsp diff sample_clusters/psp-migration sample_clusters/acme"),
    ],
)
def test_the_text_of_a_result_is_what_the_command_prints(name: str, command: str) -> None:
    assert f"{RESULTS[name]()}\n" == output(command)


def test_the_text_of_an_audit_is_the_command_s_table_of_findings_without_the_lines_of_files() -> None:
    printed = re.sub(
        r" \(?sample_clusters[\w./-]+(:\d+)?\)?",
        "",
        output("rbacpsp audit --by finding -f sample_clusters/acme"),
    )
    said = str(RESULTS["Audit"]())
    assert [line.split() for line in said.splitlines()] == [
        line.split() for line in printed.splitlines()[: said.count("\n") + 1]
    ]


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: app, image: a}]}\n"
ROOT = User.impersonate("root", groups=("system:masters",))
AS_ROOT = "--as root --as-group system:masters"
MIGRATED = "-f sample_clusters/psp-migration"


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "pod.yaml").write_text(POD, encoding="utf-8")
    return shlex.quote(str(tmp_path / "pod.yaml"))


@pytest.mark.parametrize(
    ("user", "words"),
    [(ROOT, AS_ROOT), (User.impersonate("eve"), "--as eve")],
)
def test_the_text_of_an_admission_is_what_the_command_says_of_the_pod(
    file: str, user: User, words: str
) -> None:
    said = f"pod/x in default: it is {migrated().admit(POD, user=user)}\n"
    assert said == output(f"rbacpsp psp admit {file} {words} {MIGRATED}")


@pytest.mark.parametrize(
    ("cluster", "namespace", "words"),
    [
        (acme, "prod", "-n prod -f sample_clusters/acme"),
        (acme, "payments", "-n payments -f sample_clusters/acme"),
        (migrated, "default", MIGRATED),
    ],
)
def test_the_text_of_a_submission_is_what_the_command_prints_without_the_lines_of_files(
    file: str, cluster: Callable[[], Cluster], namespace: str, words: str
) -> None:
    user = User.impersonate("bob@example.com")
    said = str(cluster().submit(POD, user=user, namespace=namespace))
    printed = output(f"rbacpsp admit {file} --as bob@example.com {words}")
    assert f"{said}\n" == re.sub(r"  \(\S+/pod\.yaml:\d+\)", "", printed)


def test_the_text_of_an_evaluation_is_the_wide_table_of_the_command_without_the_lines_of_files(
    file: str,
) -> None:
    evaluation = rbacpsp.pss.evaluate(yaml.safe_load(POD), level="restricted")
    judged = Cluster.from_objects([]).pss_check(POD)
    head, *rows = output(f"rbacpsp psa check {file} -o wide").splitlines()
    assert head.partition("pod/x ")[2] == str(evaluation).splitlines()[0] == "violates restricted:latest"
    expected = [re.sub(r"^  (\d+|LINE) +", "", row) for row in rows if row]
    assert str(evaluation).splitlines()[1:] == expected
    assert len(expected) == 5
    assert str(judged) == str(evaluation)


def test_the_text_of_a_pod_security_answer_has_the_words_of_a_review() -> None:
    answers = []
    for namespace in ("payments", "prod", "default"):
        request = {"uid": "1", "operation": "CREATE", "namespace": namespace, "object": yaml.safe_load(POD)}
        request |= {"kind": {"group": "", "version": "v1", "kind": "Pod"}, "userInfo": {"username": "eve"}}
        request |= {"resource": {"group": "", "version": "v1", "resource": "pods"}}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
        response = acme().review(review, plugin="psa")["response"]
        refused = response.get("status", {}).get("message")
        head = "allowed" if response["allowed"] else f"refused: {refused}"
        warnings = [f"Warning: {each}" for each in response.get("warnings", ())]
        answers.append("\n".join([head, *warnings]))
        assert str(acme().pss_admit(POD, user=User("eve"), namespace=namespace)) == answers[-1]
    assert len(set(answers)) > 1


def test_the_text_of_a_cluster_counts_what_was_read_by_kind() -> None:
    objects = ClusterBuilder().service_account("a", "web").role("r").bind("r", "User/alice").build()
    assert str(objects) == (
        "A cluster of Kubernetes 1.37, assumed\n"
        "KIND                 OBJECTS\n"
        "ClusterRole          1\n"
        "ClusterRoleBinding   1\n"
        "ServiceAccount       1"
    )


def test_a_long_table_is_cut_and_omitted_rows_are_counted() -> None:
    view = ResultView(
        "many", tables=(Table(("name",), [(str(number),) for number in range(1_234)]),), more=".frame()"
    )
    texts = read(page(view)).texts
    assert texts[-1] == "and 1,214 more rows: .frame() has all"
    assert texts.count("19") == 1
    assert str(MOST_ROWS) not in texts


def test_the_audit_in_a_notebook_cell_counts_omitted_findings() -> None:
    result = RESULTS["Audit"]()
    assert f"and {len(result) - MOST_ROWS} more rows: .frame() has all" in read(result._repr_html_()).texts


def test_names_of_a_cluster_are_escaped_in_html_and_text() -> None:
    cluster = (
        ClusterBuilder()
        .service_account("a", HOSTILE)
        .role("all", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*", HOSTILE]})
        .bind("all", f"User/{HOSTILE}", f"Group/{HOSTILE}")
        .bind("lost", f"User/{HOSTILE}")
        .policy(HOSTILE, privileged=True)
        .may_use(HOSTILE, f"User/{HOSTILE}")
        .build()
    )
    hostile = User(HOSTILE)
    request = Request(HOSTILE, resource=HOSTILE, namespace=HOSTILE)
    results: list[Any] = [
        cluster,
        cluster.authorize(hostile, request),
        cluster.authorize(User(f"{HOSTILE}2"), request),
        cluster.who_can(request),
        cluster.rules_for(hostile),
        cluster.audit(),
        cluster.paths(),
        *cluster.paths().to(parse_place("cluster-admin")),
        cluster.admit(pod("x"), user=hostile),
        rbacpsp.diff(Cluster.from_objects([]), cluster),
    ]
    for result in results:
        text = result._repr_html_()
        read(text)
        assert "<script" not in text
        for shown in (text, repr(result), str(result)):
            assert "\x1b" not in shown
            assert "\u202e" not in shown
        assert "\n" not in repr(result)
    assert 'class="rbacpsp tex2jax_ignore mathjax_ignore"' in results[1]._repr_html_()


def test_the_html_uses_the_colors_of_its_page() -> None:
    style = re.findall(r"<style>(.*?)</style>", RESULTS["Decision"]()._repr_html_())[0]
    without_mixed = re.sub(r"color-mix\([^)]*\)", "", style)
    assert re.findall(r"#[0-9a-f]{3,6}|rgb|white|black", without_mixed) == []
    assert "url(" not in style


def test_the_text_of_a_grant_is_what_the_command_prints_without_the_risks() -> None:
    printed = output("rbacpsp grant delete pods -n prod --to User/dana -f sample_clusters/acme")
    without_risks = re.sub(r"# It (adds|opens) .*\n", "", printed)
    assert f"{RESULTS['Mending']()}\n" == without_risks != printed


def test_the_text_of_a_preflight_is_the_table_of_the_command(file: str) -> None:
    result = acme().preflight([yaml.safe_load(POD)], User.impersonate("dave@example.com"), namespace="prod")
    printed = output(f"rbacpsp preflight -f {file} --as dave@example.com -n prod --on sample_clusters/acme")
    assert f"{result}\n" == printed
    assert repr(result) == "<Preflight: dave@example.com may apply 0 of 1 objects>"
    assert repr(result.rows[0]) == "<Row Pod x in prod: needs get pods/x in prod; create pods in prod>"


def test_a_repr_counts_what_a_result_contains() -> None:
    opened = acme().opened_by(RESULTS["Mending"]())
    assert repr(opened) == "<Opened: 0 findings, 0 paths>"
    access = rbacpsp.diff(migrated(), acme()).access
    assert repr(access) == f"<AccessDifference: {len(access.gained)} gained, {len(access.lost)} lost>"
    assert repr(RESULTS["Mending"]()) == "<Mending for User/dana: Role and RoleBinding, 21 existing roles>"
    assert repr(RESULTS["allowed Mending"]()) == "<Mending for User/bob@example.com: already allowed>"
    assert repr(RESULTS["Migration"]()) == "<Migration to vap: 4 objects, 3 gaps>"
    assert repr(RESULTS["AccessTestResults"]()) == "<AccessTestResults: 0 pass, 1 fail, 1 cannot be asked>"


def test_the_repr_of_a_changed_object_shows_its_fields_without_values() -> None:
    old, new = (
        Cluster.from_objects([pod("x", containers=[{"name": "c", "image": "i", "env": [env]}])])
        for env in ({"name": "TOKEN", "value": "old-secret"}, {"name": "TOKEN", "value": "new-secret"})
    )
    (change,) = rbacpsp.diff(old, new).objects.changed
    assert repr(change) == "<ObjectChange of Pod default/x: spec.containers[0].env[0].value>"


def test_an_empty_cluster_is_displayed() -> None:
    nothing = Cluster.from_objects([])
    assert str(nothing) == "A cluster of Kubernetes 1.37, assumed"
    assert str(nothing.paths()) == (
        "Only system:masters and Kubernetes' own components reach cluster-admin by the permissions that "
        "were loaded."
    )
    assert read(nothing.audit()._repr_html_()).texts[:2] == [
        "No findings: nothing here matches a rule of this audit.",
        "Kubernetes 1.37, assumed.",
    ]
    assert str(rbacpsp.diff(nothing, nothing)) == "no change in access"


def test_every_displayed_result_is_in_the_table_of_displays() -> None:
    for module in set(_MODULES.values()):
        import_module(f"rbacpsp.display.{module}")
    import_module("rbacpsp.frames")  # and with it every result that has a frame
    for shown in _below(Shown):
        assert {each.__name__ for each in shown.__mro__} & set(_MODULES), shown
    assert {each.__name__ for each in _below(Framed)} == {
        "Audit",
        "Diff",
        "Paths",
        "Simulation",
        "Usage",
        "WhoCan",
    }


def _below(base: type[Any]) -> set[type[Any]]:
    children: list[type[Any]] = base.__subclasses__()
    return {each for child in children for each in (child, *_below(child))}


def test_the_explorer_of_a_cell_is_a_frame_that_reaches_neither_the_notebook_nor_the_network() -> None:
    shown = acme().explore()._repr_html_()
    frame = re.fullmatch(
        r'<iframe src="data:text/html;charset=utf-8;base64,([\w+/=]+)" sandbox="([^"]*)" title="([^"]*)" '
        r'style="[^"]*"></iframe>',
        shown,
    )
    assert frame is not None
    assert frame[2] == "allow-scripts allow-downloads"
    assert frame[3] == "Explorer of Kubernetes 1.37, assumed"
