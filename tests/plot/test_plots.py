"""Tests that pictures show the answers, by their structure and not by their pixels."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="matplotlib draws: install the extra notebook")

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import rbacpsp
from rbacpsp import Cluster, Request, Subject
from rbacpsp.paths import parse_place
from rbacpsp.plot.axes import SCALE
from rbacpsp.testing import ClusterBuilder

HOSTILE = "$x^2$ <b>\x1b[31m"
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
PICTURES: dict[str, Callable[[Cluster], Any]] = {
    "verbs": lambda it: it.plot.verbs("pods", namespace="prod"),
    "verbs anywhere": lambda it: it.plot.verbs("secrets", limit=5),
    "risky verbs": lambda it: it.plot.risky_verbs(),
    "pod security": lambda it: it.plot.pod_security(),
    "path": lambda it: it.plot.path("Group/acme:sre", "node"),
    "neighborhood": lambda it: it.plot.neighborhood("User/dave@example.com"),
}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


@cache
def acme() -> Cluster:
    return rbacpsp.load("sample_clusters/acme")


@cache
def migrated() -> Cluster:
    return rbacpsp.load("sample_clusters/psp-migration")


def ticks(labels: list[Any]) -> list[str]:
    return [label.get_text() for label in labels]


def cells(ax: Any) -> dict[tuple[str, str], int]:
    """The value of each cell, by the labels of its row and its column."""
    (mesh,) = ax.collections
    values = mesh.get_array()
    rows, columns = ticks(ax.get_yticklabels()), ticks(ax.get_xticklabels())
    return {
        (row, column): int(values[down][across])
        for down, row in enumerate(rows)
        for across, column in enumerate(columns)
    }


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_a_title_labels_and_a_legend_and_can_be_drawn(name: str) -> None:
    ax = PICTURES[name](acme())
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_legend() is not None
    ax.get_figure().canvas.draw()


def test_a_cell_of_verbs_is_what_who_can_answers() -> None:
    result = cells(acme().plot.verbs("pods", namespace="prod", include_system=True, limit=1_000))
    for verb in ("get", "delete", "deletecollection"):
        answer = acme().who_can(Request(verb, resource="pods", namespace="prod")).frame()
        mine = {row for (row, column), value in result.items() if column == verb and value}
        assert len(mine) == len(set(answer.subject) - {"Group/system:masters"})
    assert result["User/bob@example.com", "delete"] == 1
    assert result["Group/acme:sre", "delete"] == 2
    assert result["Group/acme:developers", "delete"] == 0


def test_the_rows_that_hold_most_stay_and_the_title_counts_the_others() -> None:
    ax = acme().plot.verbs("secrets", limit=5)
    assert ticks(ax.get_yticklabels())[0] == "Group/acme:platform"
    assert len(ticks(ax.get_yticklabels())) == 5
    assert ax.get_title(loc="left") == "Who may do what with secrets (12 more rows are left out)"


def test_a_subresource_has_the_verbs_that_it_serves() -> None:
    assert ticks(acme().plot.verbs("pods/log").get_xticklabels()) == ["get"]
    assert "Who may do what with deployments.apps" in acme().plot.verbs("deployments.apps").get_title("left")


def test_risky_permissions_are_held_by_those_who_can() -> None:
    result = cells(acme().plot.risky_verbs())
    assert result["Group/acme:sre", "create pods"] == 2
    assert result["User/bob@example.com", "get secrets"] == 1
    assert result["Group/acme:audit", "everything"] == 0


def test_policies_count_the_accounts_that_may_use_them_in_their_namespace() -> None:
    ax = migrated().plot.policies()
    assert ticks(ax.get_yticklabels()) == ["shop", "batch", "kube-system"]
    assert ticks(ax.get_xticklabels()) == ["privileged", "restricted", "team-blue"]
    assert [text.get_text() for text in ax.texts] == [
        *("2 of 2", "1 of 2", "0 of 2"),
        *("1 of 1", "0 of 1", "0 of 1"),
        *("0 of 1", "0 of 1", "0 of 1"),
    ]


def test_levels_are_in_the_cells_as_words_too() -> None:
    ax = acme().plot.pod_security()
    row = ticks(ax.get_yticklabels()).index("ingress-nginx")
    assert [text.get_text() for text in ax.texts[4 * row : 4 * row + 4]] == [
        "baseline",
        "privileged",
        "baseline",
        "privileged",
    ]


def test_a_path_is_drawn_step_by_step() -> None:
    path = max(acme().paths().to(parse_place("node")), key=lambda each: len(each.steps))
    ax = acme().plot.path(path.start, "node")
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(boxes) == len(path.steps) + 1
    assert len(arrows) == len(path.steps)
    assert "Place:node" in {box.get_gid() for box in boxes}
    assert ax.get_title(loc="left").startswith(f"{path.start.words} to node: ")


def test_a_neighborhood_is_of_the_graph_in_columns_and_without_other_members_of_groups() -> None:
    ax = acme().plot.neighborhood(acme().subjects["User/dave@example.com"])
    boxes = {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)}
    assert {"User:dave@example.com", "RoleBinding:dev/broken", "Role:dev/does-not-exist"} <= set(boxes)
    columns = [boxes[node].get_x() for node in ("User:dave@example.com", "RoleBinding:dev/broken")]
    assert columns == sorted(columns)
    assert [node for node in boxes if str(node).startswith("User:")] == ["User:dave@example.com"]
    edges = {patch.get_gid() for patch in ax.patches if isinstance(patch, FancyArrowPatch)}
    graph = acme().graph()
    for edge in map(str, edges):
        tail, relation, head = edge.split(" ")
        assert graph.has_edge(tail, head, relation)


def test_a_picture_is_drawn_on_the_axes_that_are_given() -> None:
    axes = plt.subplots(1, 2)[1]
    assert acme().plot.verbs("pods", ax=axes[0]) is axes[0]
    assert acme().plot.path("Group/acme:sre", "node", ax=axes[1]) is axes[1]
    wrong: Any = plt.figure()
    with pytest.raises(TypeError, match="ax must be an Axes of matplotlib or None, not a Figure"):
        acme().plot.verbs("pods", ax=wrong)


def test_names_are_never_tex_and_send_no_control_character() -> None:
    cluster = (
        ClusterBuilder()
        .role("all", EVERYTHING)
        .bind("all", f"User/{HOSTILE}")
        .policy("tight")
        .service_account(HOSTILE, "a")
        .namespace(HOSTILE)
        .build()
    )
    pictures: tuple[Any, ...] = (
        cluster.plot.verbs("pods"),
        cluster.plot.risky_verbs(),
        cluster.plot.policies(),
        cluster.plot.pod_security(),
        cluster.plot.path(f"User/{HOSTILE}"),
        cluster.plot.neighborhood(Subject("User", HOSTILE)),
    )
    for ax in pictures:
        texts = [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), ax.title, ax._left_title]
        shown = "".join(text.get_text() for text in texts)
        assert "$x^2$" in shown
        assert "\x1b" not in shown
        assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())
        ax.get_figure().canvas.draw()


def test_the_colors_differ_in_lightness_so_that_everybody_can_distinguish_them() -> None:
    light = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in map(to_rgb, SCALE)]
    assert light == sorted(light, reverse=True)
    assert min(one - other for one, other in pairwise(light)) > 0.08


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda it: it.plot.verbs("pods"), "nobody but system:masters and Kubernetes' own components may do"),
        (lambda it: it.plot.risky_verbs(), "nobody but system:masters and Kubernetes' own components holds"),
        (lambda it: it.plot.policies(), "no PodSecurityPolicy was loaded: there is nothing to plot"),
        (lambda it: it.plot.pod_security(), "no namespace was loaded, and nothing that runs in one"),
        (
            lambda it: it.plot.path("User/alice"),
            'there is no subject or goal "User/alice"; there are "cluster-admin", "node", "secrets"',
        ),
        (lambda it: it.plot.neighborhood("User/alice"), 'the graph has no node "User/alice"'),
    ],
)
def test_a_picture_of_an_empty_cluster_is_an_error_that_says_so(
    draw: Callable[[Cluster], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        draw(Cluster.from_objects([]))
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda it: it.plot.verbs("podz"), "resource type 'podz': did you mean pods?"),
        (lambda it: it.plot.verbs("pods of"), '"pods of" names no resource'),
        (
            lambda it: it.plot.verbs("pods", namespace="prd"),
            'there is no namespace "prd"; did you mean "prod"?',
        ),
        (
            lambda it: it.plot.path("User/bob@example.com", "nod"),
            'no subject or goal "nod"; did you mean "node"?',
        ),
        (
            lambda it: it.plot.path("User/bob@exampl.com"),
            'no subject or goal "User/bob@exampl.com"; did you mean "User/bob@example.com"?',
        ),
        (lambda it: it.plot.path("User/dave@example.com", "node"), "does not reach node: there is no path"),
        (
            lambda it: it.plot.neighborhood("User/davee@example.com"),
            'did you mean "User/dave@example.com"?',
        ),
        (lambda it: it.plot.neighborhood("ClusterRole:viw"), 'did you mean "ClusterRole:view"?'),
        (lambda it: it.plot.neighborhood("nobody at all"), "write a subject such as User/alice"),
    ],
)
def test_a_name_that_is_unknown_is_an_error_with_the_nearest_names(
    draw: Callable[[Cluster], Any], message: str
) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is compared below
        draw(acme())
    assert message in str(error.value)


def test_matplotlib_is_imported_when_a_picture_is_drawn_and_not_before() -> None:
    script = (
        "import sys, rbacpsp\n"
        "cluster = rbacpsp.load('sample_clusters/psp-on-eks')\n"
        "cluster.plot\n"
        "assert not any(name.startswith('matplotlib') for name in sys.modules)\n"
        "sys.modules['matplotlib.axes'] = None\n"
        "try:\n"
        "    cluster.plot.pod_security()\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "plots need matplotlib: pip install 'rbacpsp[notebook]'\n"
