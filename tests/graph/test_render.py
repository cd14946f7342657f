"""Tests the formats of the graph: fixed text for a small graph, and names are escaped."""

import io
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.graph import Graph, build, from_nodes
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Document, ObjectMeta, Objects, RoleRef, Subject
from rbacpsp.report.formats import render as rendered
from rbacpsp.report.graph import FORMATS, GraphReport
from rbacpsp.report.graph.drawing import LOOKS, draw
from rbacpsp.testing import ClusterBuilder

HOSTILE = 'x"];\n evil -> n0 [URL="javascript:1"] \\N \\" </text><script>&lt;`|}]):::# %% end'


def render(graph: Graph, form: str) -> str:
    return rendered(GraphReport(graph), form)


@pytest.fixture
def small() -> Graph:
    cluster = ClusterBuilder().policy("tight").may_use("tight", "User/alice", namespace="a").build()
    return from_nodes(cluster.graph(), ["User:alice"])


def named(name: str) -> Graph:
    """A graph in which a user, a role, a binding and a rule's words have a name."""
    objects = Objects()
    document = Document("small")
    objects.add(ClusterRole(metadata=ObjectMeta(name=name)), document)
    objects.add(
        ClusterRoleBinding(
            metadata=ObjectMeta(name=name),
            subjects=(Subject("User", name), Subject("Robot", name)),
            role_ref=RoleRef(kind="ClusterRole", name=name),
        ),
        document,
    )
    return build(objects, controllers={})


def test_dot_is_a_digraph_from_left_to_right_with_a_legend(small: Graph) -> None:
    text = render(small, "dot")
    assert text.startswith("digraph authorization {\n  graph [rankdir=LR")
    assert '  n5 [label="User\\nalice", tooltip="User:alice", shape=ellipse, fillcolor="#dae8fc"];\n' in text
    assert '  n4 -> n1 [color="#b85450", penwidth=1.6];\n' in text
    assert 'label="binding, and where it holds"' in text
    assert text.endswith("  }\n}\n")


def test_mermaid_is_a_flowchart(small: Graph) -> None:
    assert render(small, "mermaid") == (
        "flowchart LR\n"
        '  n0{{"Group<br/>system:authenticated"}}:::Group\n'
        '  n1[/"PodSecurityPolicy<br/>tight"/]:::policy\n'
        '  n2["Role<br/>a/psp:tight"]:::role\n'
        '  n3[["RoleBinding<br/>a/psp:tight<br/>in a"]]:::binding\n'
        '  n4["verbs: use<br/>resources: podsecuritypolicies<br/>groups: policy<br/>names: tight"]:::rule\n'
        '  n5(["User<br/>alice"]):::User\n'
        "  n2 --> n4\n"
        "  n3 --> n2\n"
        "  n4 ==> n1\n"
        "  n5 -.-> n0\n"
        "  n5 --> n3\n"
        "  classDef User fill:#dae8fc,stroke:#555,color:#000\n"
        "  classDef Group fill:#cfe7ea,stroke:#555,color:#000\n"
        "  classDef binding fill:#fff2cc,stroke:#555,color:#000\n"
        "  classDef role fill:#ffe0bd,stroke:#555,color:#000\n"
        "  classDef rule fill:#ffffff,stroke:#555,color:#000\n"
        "  classDef policy fill:#f8cecc,stroke:#555,color:#000\n"
    )


def test_json_has_every_node_and_edge_with_its_attributes(small: Graph) -> None:
    document = json.loads(render(small, "json"))
    assert (document["apiVersion"], document["kind"]) == ("rbacpsp.io/v1", "Graph")
    assert [node["id"] for node in document["nodes"]] == sorted(small)
    assert document["nodes"][-1] == {
        "id": "User:alice",
        "kind": "User",
        "category": "subject",
        "name": "alice",
        "namespace": "",
        "loaded": False,
    }
    assert {
        "source": "Rule:0:Role:a/psp:tight",
        "target": "PodSecurityPolicy:tight",
        "relation": "may_use",
        "api_groups": ["policy"],
        "wildcard": False,
    } in document["edges"]


def test_graphml_reads_back_as_the_same_graph(small: Graph) -> None:
    back = nx.read_graphml(io.BytesIO(render(small, "graphml").encode()), force_multigraph=True)
    ids = nx.get_node_attributes(back, "node")
    assert sorted(ids.values()) == sorted(small)
    edges = {(ids[tail], ids[head], data["relation"]) for tail, head, data in back.edges(data=True)}
    assert edges == set(small.edges(keys=True))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_graph_gives_the_same_text_in_whatever_order_it_was_made(small: Graph, form: str) -> None:
    turned: Graph = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(small.nodes(data=True))))
    for tail, head, key in reversed(list(small.edges(keys=True))):
        turned.add_edge(tail, head, key=key, **small.edges[tail, head, key])
    assert render(turned, form) == render(small, form)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_graph_is_written_in_every_format(form: str) -> None:
    assert render(nx.MultiDiGraph(), form).endswith("\n")


def test_an_unknown_format_is_refused(small: Graph) -> None:
    with pytest.raises(KeyError):
        render(small, "drawing")


STRING = r'"(?:[^"\\\n]|\\["\\n])*"'


@given(st.text(max_size=60) | st.just(HOSTILE))
def test_names_are_escaped_in_dot(name: str) -> None:
    line = re.compile(rf"  (n\d+|n\d+ -> n\d+)( \[(\w+=({STRING}|\w+)(, )?)+\])?;")
    body, _, legend = render(named(name), "dot").partition("  subgraph")
    for each in body.splitlines()[4:]:
        assert line.fullmatch(each)
        assert each.isprintable()
    assert legend == render(named("x"), "dot").partition("  subgraph")[2]


@given(st.text(max_size=60) | st.just(HOSTILE))
def test_names_are_escaped_in_mermaid(name: str) -> None:
    graph = named(name)
    lines = render(graph, "mermaid").splitlines()
    drawing = draw(graph)
    assert len(lines) == 1 + len(drawing.nodes) + len(drawing.edges) + len(drawing.looks)
    for line in lines:
        for text in re.findall(r'"(.*?)"', line):
            plain = re.sub(r"<br/>|#\d+;", "", text)
            assert not set(plain) & set('"#<>&`;|[](){}\\*@%')
        assert line.isprintable()


@given(st.text(st.characters(exclude_categories=()), max_size=40) | st.just(HOSTILE))
def test_graphml_and_json_are_valid_with_any_names(name: str) -> None:
    graph = named(name)
    tree = ET.fromstring(render(graph, "graphml").encode())  # noqa: S314 - it is our own output
    assert len(tree.findall(".//{*}node")) == len(graph)
    assert {node["name"] for node in json.loads(render(graph, "json"))["nodes"]} >= {name}


def test_long_names_are_cut_in_the_middle_and_long_lists_at_the_end() -> None:
    rule = {"verbs": ["get", "list"], "apiGroups": [""], "resources": [f"resource-{i}" for i in range(20)]}
    graph = ClusterBuilder().role("a" * 60 + "z" * 60, rule).build().graph()
    labels = [node.lines for node in draw(graph).nodes if node.look in {"role", "rule"}]
    assert labels == [
        ("ClusterRole", "a" * 22 + "..." + "z" * 22),
        (
            "verbs: get, list",
            "resources: resource-0, resource-1, resource-2, resource-3 and 16 more",
            "groups: core",
        ),
    ]


def test_missing_objects_are_dashed_and_marked() -> None:
    graph = ClusterBuilder().bind("gone", "User/bob", namespace="a").build().graph()
    assert '[label="Role\\na/gone\\nmissing"' in render(graph, "dot")
    assert 'style="filled,dashed"' in render(graph, "dot")
    assert "classDef missing stroke-dasharray:4 3" in render(graph, "mermaid")


def test_every_kind_of_node_has_a_look_of_its_own() -> None:
    assert len({(look.fill, look.shape) for look in LOOKS.values()}) == len(LOOKS)


def test_graphviz_draws_it_with_the_names_as_they_are(small: Graph) -> None:
    dot = shutil.which("dot")
    if not dot:
        pytest.skip("Graphviz is not installed")
    for graph, text in ((small, "a/psp:tight"), (named(HOSTILE), "&gt; n0 [URL")):
        done = subprocess.run(
            [dot, "-Tsvg"],
            input=render(graph, "dot").encode(),
            capture_output=True,
            check=True,
        )
        assert done.stderr == b""
        svg = done.stdout.decode()
        assert text in svg
        assert "<script" not in svg
        assert "<a " not in svg.replace("<a xlink:title=", "<a-title ")
