"""Tests the progress bar of long work in a notebook, also with Ctrl-C."""

import copy
import gc
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from inspect import CO_GENERATOR
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest

import rbacpsp
from rbacpsp import Cluster, waiting
from rbacpsp.paths import parse_place
from rbacpsp.testing import ClusterBuilder, pod
from tests.live.fake import Asked, Reply, run_fake

EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.fixture
def cluster() -> Cluster:
    return ClusterBuilder().role("all", EVERYTHING).bind("all", "User/alice").build()


class Cell:
    """The output of a notebook's cell, and a clock that advances by a second with each reading."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[str] = []
        self.now = 0.0
        module: Any = pytest.importorskip("IPython.display")
        monkeypatch.setattr(module, "display", self.display)
        monkeypatch.setattr(waiting, "in_notebook", lambda: True)
        monkeypatch.setattr(waiting.Bar.__init__, "__defaults__", (self.clock,))

    def clock(self) -> float:
        self.now += 1.0
        return self.now

    def display(self, shown: Any, *, display_id: bool) -> "Cell":
        assert display_id
        self.shown.append(shown.data)
        return self

    def update(self, shown: Any) -> None:
        self.shown.append(shown.data)


def test_an_audit_in_a_notebook_shows_a_bar_and_takes_it_away(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(monkeypatch)
    audit = cluster.audit()
    assert len(audit) > 0
    first, *_, last = cell.shown
    assert first.startswith('<div class="rbacpsp-progress"><progress value="2" max="')
    assert " s</div>" in first
    assert last == '<div class="rbacpsp-progress"></div>'
    values = [int(text.partition('value="')[2].partition('"')[0]) for text in cell.shown[:-1]]
    steps = int(first.partition('max="')[2].partition('"')[0])
    assert values == sorted(set(values))
    assert values[-1] <= steps
    assert "audit: order, " in cell.shown[-2]


def bars(cell: Cell) -> list[str]:
    """The texts of the bars, without the seconds."""
    found = (re.fullmatch(r'<div class="rbacpsp-progress">(.*)</div>', each) for each in cell.shown)
    return [re.sub(r", \d+ s$", "", each[1].partition("</progress> ")[2]) for each in found if each]


def test_the_paths_of_a_cell_show_how_many_bindings_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    many = ClusterBuilder().role("all", EVERYTHING)
    for number in range(450):
        many.bind("all", f"User/user-{number}", name=f"binding-{number}")
    cell = Cell(monkeypatch)
    paths = many.build().paths()
    assert cell.shown == []
    assert len(paths.to(parse_place("cluster-admin"))) == 450
    assert bars(cell) == [f"paths: bindings, {count} of 450" for count in (100, 200, 300, 400)] + [""]
    assert len(paths.to(parse_place("node"))) == 450
    assert len(cell.shown) == 5


def test_the_simulation_of_a_cell_shows_how_many_workloads_were_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = ClusterBuilder().policy("all", privileged=True)
    for number in range(250):
        many.add(pod(f"pod-{number}"))
    cell = Cell(monkeypatch)
    assert len(many.build().simulate()) == 250
    assert bars(cell) == [f"simulation: workloads and pods, {count} of 250" for count in (100, 200)] + [""]


def test_the_explorer_of_a_cell_shows_which_of_its_parts_is_made(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = cluster.explore()
    cell = Cell(monkeypatch)
    assert explorer.html.startswith("<!DOCTYPE html>")
    assert bars(cell) == [
        "explorer: access, 1 of 6",
        "explorer: findings, 2 of 6",
        "explorer: paths, 3 of 6",
        "explorer: policies, 4 of 6",
        "explorer: workloads, 5 of 6",
        "",
    ]


def test_results_that_report_progress_can_be_pickled(cluster: Cluster) -> None:
    for result in (cluster.paths(), cluster.simulate(), cluster.explore()):
        assert type(pickle.loads(pickle.dumps(result))) is type(result)  # noqa: S301 - pickled here


def test_work_within_other_work_has_no_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    with waiting.progress_of("outer")() as outer, waiting.progress_of("inner")() as inner:
        assert inner is None
        assert outer is not None
        outer("things", 0, 2)
        outer("things", 1, 2)
    with waiting.progress_of("next")() as after:
        assert after is not None
    assert bars(cell) == ["outer: things, 1 of 2", ""]


def test_short_work_shows_no_bar(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    monkeypatch.setattr(waiting, "QUIET_SECONDS", 1e9)
    assert len(cluster.audit()) > 0
    assert cell.shown == []


def test_a_given_callback_receives_progress_and_no_bar_is_shown(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(monkeypatch)
    words: list[str] = []
    cluster.audit(progress=words.append)
    assert (words[0], words[-1]) == ("permissions", "order")
    assert cell.shown == []


def test_reading_a_cluster_shows_how_much_of_all_lists_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    with waiting.list_progress("reading", None) as say:
        assert say is not None
        say("pods", 500, 1_000)
        say("roles", 10, 10)
        say("<b>", 0, 5)
    head = '<div class="rbacpsp-progress"><progress value="510" max='
    assert cell.shown == [
        f'{head}"1010"></progress> reading: roles, 510 of 1,010, 2 s</div>',
        f'{head}"1015"></progress> reading: &lt;b&gt;, 510 of 1,015, 3 s</div>',
        '<div class="rbacpsp-progress"></div>',
    ]


def test_outside_a_notebook_nothing_is_shown() -> None:
    assert not waiting.in_notebook()
    with waiting.step_progress("audit", 3, None) as say:
        assert say is None


def test_an_interrupt_takes_the_bar_away_and_leaves_the_cluster_as_it_was(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(monkeypatch)
    show = waiting.Bar.show

    def interrupted(bar: waiting.Bar, doing: str, done: int, of: int) -> None:
        show(bar, doing, done, of)
        if doing == "paths":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(waiting.Bar, "show", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cluster.audit()
    assert cell.shown[-1] == '<div class="rbacpsp-progress"></div>'
    assert gc.isenabled()
    again = ClusterBuilder().role("all", EVERYTHING).bind("all", "User/alice").build().audit()
    assert [finding.fingerprint for finding in cluster.audit().findings] == [
        finding.fingerprint for finding in again.findings
    ]


class Interrupting:
    """Raises KeyboardInterrupt at a call of a function of the program, as Ctrl-C does.

    Calls of generators do not count, since a discarded generator is called too and drops every exception.
    """

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        ours = frame.f_globals.get("__name__", "").startswith("rbacpsp.")
        if event == "call" and ours and not frame.f_code.co_flags & CO_GENERATOR:
            self.calls += 1
            if self.calls == self._at:
                sys.setprofile(None)
                raise KeyboardInterrupt

    def __enter__(self) -> Self:
        sys.setprofile(self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)


LONG: dict[str, Callable[[Cluster], object]] = {
    "audit": lambda cluster: [each.fingerprint for each in cluster.audit().findings],
    "paths": lambda cluster: [
        *(path.words for path in cluster.paths().to(parse_place("cluster-admin"))),
        *(cut.closed for cut in cluster.paths().cuts(parse_place("cluster-admin"))),
    ],
    "simulate": lambda cluster: [
        *((row.key, row.verdict, row.policies) for row in cluster.simulate()),
        str(cluster.simulate()),
    ],
    "explore": lambda cluster: cluster.explore().html,
    "who_can": lambda cluster: str(cluster.who_can(cluster.request("delete pods")).expand()),
    "grants": lambda cluster: cluster.frames.grants.to_csv(),
    "policy_users": lambda cluster: cluster.frames.policy_users.to_csv(),
}
POINTS = 8


@pytest.mark.parametrize("work", LONG)
def test_an_interrupt_at_any_moment_leaves_a_cluster_that_answers_as_before(work: str) -> None:
    ask = LONG[work]
    folder = "sample_clusters/psp-migration"
    expected = ask(rbacpsp.load(folder))
    cluster = rbacpsp.load(folder)
    with Interrupting() as counted:
        ask(copy.copy(cluster))
    for number in range(POINTS):
        interrupted = copy.copy(cluster)
        with pytest.raises(KeyboardInterrupt), Interrupting(1 + counted.calls * number // POINTS):
            ask(interrupted)
        assert gc.isenabled()
        assert ask(interrupted) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one thread")
@pytest.mark.parametrize("hangs", ["/version", "/apis", "/api/v1/namespaces"])
def test_ctrl_c_ends_the_reading_of_a_cluster_which_can_be_read_afterwards(
    hangs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(monkeypatch)
    ended = threading.Event()

    def answer(asked: Asked, before: int) -> Reply | None:
        if asked.path == hangs and before == 0:
            signal.pthread_kill(main, signal.SIGINT)
            ended.wait(600)
        return None

    main = threading.get_ident()
    before = set(threading.enumerate())
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with run_fake(answer) as fake:
            kubeconfig = fake.kubeconfig(tmp_path)
            with pytest.raises(KeyboardInterrupt):
                rbacpsp.connect(kubeconfig=kubeconfig)
            assert not ended.is_set()
            ended.set()
            assert str(rbacpsp.connect(kubeconfig=kubeconfig).kubernetes_version) == "1.24"
    finally:
        ended.set()
        signal.signal(signal.SIGINT, heeded)
    for thread in set(threading.enumerate()) - before:
        if "process_request" not in thread.name:  # the server's, which waits for an open connection
            thread.join(60)
            assert not thread.is_alive()
    assert bars(cell)[-1:] in ([], [""])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_ends_long_work_in_python() -> None:
    script = (
        "import rbacpsp, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job may ignore it\n"
        "def tell(word):\n"
        "    print(word, flush=True)\n"
        "cluster = rbacpsp.load('sample_clusters/acme')\n"
        "try:\n"
        "    while True:\n"
        "        cluster.audit(progress=tell)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', len(cluster.audit()), flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "permissions\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.splitlines()[-1] == f"interrupted {len(rbacpsp.load('sample_clusters/acme').audit())}"
