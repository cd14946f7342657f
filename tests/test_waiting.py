"""Long work shows a bar in a notebook, which goes when it is done; Ctrl-C ends it and breaks nothing."""

import gc
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, waiting
from rbacpsp.testing import ClusterBuilder

EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.fixture
def cluster() -> Cluster:
    return ClusterBuilder().role("all", EVERYTHING).bind("all", "User/alice").build()


class Cell:
    """The output of a notebook's cell, and a clock that goes on by a second with each look."""

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
    found = cluster.audit()
    assert len(found) > 0
    first, *_, last = cell.shown
    assert first.startswith('<div class="rbacpsp-progress"><progress value="2" max="')
    assert " s</div>" in first
    assert last == '<div class="rbacpsp-progress"></div>'
    values = [int(text.partition('value="')[2].partition('"')[0]) for text in cell.shown[:-1]]
    steps = int(first.partition('max="')[2].partition('"')[0])
    assert values == sorted(set(values))
    assert values[-1] <= steps
    assert "audit: order, " in cell.shown[-2]


def test_work_that_is_done_soon_shows_nothing(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    monkeypatch.setattr(waiting, "QUIET_SECONDS", 1e9)
    assert len(cluster.audit()) > 0
    assert cell.shown == []


def test_who_is_told_is_told_and_no_bar_is_shown(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    words: list[str] = []
    cluster.audit(progress=words.append)
    assert (words[0], words[-1]) == ("permissions", "order")
    assert cell.shown == []


def test_reading_a_cluster_shows_how_much_of_all_lists_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(monkeypatch)
    with waiting.lists_told("reading", None) as say:
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
    with waiting.steps_told("audit", 3, None) as say:
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
    assert [each.fingerprint for each in cluster.audit().findings] == [
        each.fingerprint for each in again.findings
    ]


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
