"""Tests the pictures of `graph -o svg|html`: they load nothing, and names are escaped."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.cli import main
from rbacpsp.graph import nearest, node_id, toward_goal
from rbacpsp.paths import parse_place
from rbacpsp.report.graph import render
from rbacpsp.testing import ClusterBuilder
from tests.graph.test_render import HOSTILE, named

ROOT = Path(__file__).parents[2]
EKS = str(ROOT / "sample_clusters" / "psp-on-eks")
SVG = "{http://www.w3.org/2000/svg}"


def ran(*arguments: str, cluster: str = EKS) -> Result:
    return CliRunner().invoke(main, ["graph", *arguments, "-f", cluster])


def texts(svg: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own output


def test_a_picture_shows_who_reaches_the_secrets_of_a_namespace_and_through_what() -> None:
    result = ran("--to", "secrets:psp-eks-restrictive", "-o", "svg")
    assert result.exit_code == 0
    found = texts(result.stdout)
    start = found.index("psp-eks-restrictive/")
    assert found[start : start + 5] == [
        "psp-eks-restrictive/",
        "eks-test-user",
        "ServiceAccount",
        "mounts secrets in a pod",
        "create pods",
    ]
    assert "secrets:psp-eks-restrictive" in found


def test_every_subject_of_the_paths_is_in_the_graph_with_its_action() -> None:
    built = (
        ClusterBuilder()
        .role("reader", {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})
        .bind("reader", "User/alice", "Group/devs")
        .bind("reader", "ServiceAccount/b:c", namespace="b", kind="ClusterRole")
        .build()
    )
    graph = toward_goal(built.paths(), parse_place("secrets:b"))
    said = {node: data["said"] for node, data in graph.nodes(data=True) if data["category"] == "subject"}
    assert set(said) == {"User:alice", "Group:devs", "ServiceAccount:b/c"}
    assert all(each[0] == "reads secrets" for each in said.values())
    layers = {node: data["layer"] for node, data in graph.nodes(data=True)}
    assert layers["Place:secrets:b"] == max(layers.values())
    assert all(layers[tail] < layers[head] for tail, head in graph.edges())


def test_an_unreachable_policy_is_reported() -> None:
    result = ran("--to", "secrets:nowhere", "-o", "svg")
    assert result.exit_code == 0
    assert "Only system:masters" in result.stderr
    assert "<g" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "node", "-n", "default"), "--to draws attack paths"),
        (("--own",), "--own needs --to"),
        (("--to", "ServiceAccount/x"), "is not a service account"),
    ],
)
def test_options_that_contradict_each_other_are_reported(arguments: tuple[str, ...], words: str) -> None:
    result = ran(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_picture_has_at_most_150_nodes_and_counts_the_others() -> None:
    result = ran("-o", "svg", cluster=str(ROOT / "sample_clusters" / "bootstrap-1.24"))
    assert result.exit_code == 0
    assert len(re.findall('class="box', result.stdout)) <= 150
    assert re.search(r"\d+ of \d+ nodes are left out of the picture", result.stderr)


def test_a_policy_is_kept_with_what_is_nearest_to_it() -> None:
    graph = ClusterBuilder().policy("tight").may_use("tight", "User/alice", namespace="a").build().graph()
    policy = node_id("PodSecurityPolicy", "tight")
    kept = nearest(graph, [policy], 2)
    assert len(kept) == 2
    assert policy in kept
    assert set(nearest(graph, [policy], 1_000)) == set(nearest(graph, [policy], len(graph)))


def test_the_page_allows_its_two_styles_and_nothing_else() -> None:
    page = ran("--policy", "eks.privileged", "-o", "html").stdout
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in styles)
    assert len(styles) == 2
    assert f"default-src 'none'; style-src {hashes}; base-uri 'none'; form-action 'none'" in page
    assert not re.search(r"<script|\s(?:src|href|style|on\w+)=", page)


@given(st.text(min_size=1, max_size=80) | st.just(HOSTILE))
def test_any_name_is_text_of_well_formed_xml(name: str) -> None:
    svg = render(named(name), "svg")
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg",
        "style",
        "rect",
        "g",
        "title",
        "text",
        "path",
    }
    assert not re.search(r"\s(?:href|on\w+)=", re.sub(r">[^<]*<", "><", svg))
