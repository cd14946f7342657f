"""Tests the explorer's file: it loads nothing, runs only its own script, and shows names as text."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.page import Origin
from rbacpsp.testing import binding, role, rule

SAMPLES = Path(rbacpsp.__file__).parents[1] / "sample_clusters"
SECRETS = rule("get", "secrets")


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=https://evil.example/x onerror=alert(1)>",
    "a\u202eb\u2028c",
    "'\"&amp;--><!--",
    "javascript:alert(1)",
)


@pytest.fixture(scope="module")
def eks() -> str:
    return (
        rbacpsp.load(SAMPLES / "psp-on-eks")
        .explore(origin=Origin("prod", ("a.yaml",), "2026-01-02 03:04 UTC"))
        .html
    )


def data_of(page: str) -> dict[str, Any]:
    paths = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert paths
    data: dict[str, Any] = json.loads(paths[1])
    return data


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    return parser.found


def test_the_policy_comes_before_all_that_could_load_and_allows_two_hashes(eks: str) -> None:
    tags = [tag for tag, _ in elements(eks)]
    assert tags[:4] == ["html", "head", "meta", "meta"]
    script = re.findall(r"<script>(.*?)</script>", eks, re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", eks, re.DOTALL)
    assert len(script) == len(style) == 1
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (script[0], style[0])]
    assert elements(eks)[3][1] == {
        "http-equiv": "Content-Security-Policy",
        "content": f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
    }


def test_no_element_of_the_file_has_an_address_or_a_handler(eks: str) -> None:
    names = {name for _, attributes in elements(eks) for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "href", "style", "srcset"}


def test_the_header_shows_the_given_values(eks: str) -> None:
    about = data_of(eks)["about"]
    assert about["cluster"] == "prod"
    assert about["sources"] == ["a.yaml"]
    assert about["time"] == "2026-01-02 03:04 UTC"
    assert about["version"] == "Kubernetes 1.24, assumed"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_appears(name: str) -> None:
    page = (
        Cluster.from_objects([role(name, SECRETS), binding(name, f"User/{name}")])
        .explore(origin=Origin(name, (name,)))
        .html
    )
    assert sorted({tag for tag, _ in elements(page)} & {"img", "iframe", "a", "script"}) == ["script"]
    assert page.count("<script") == 2
    data = data_of(page)
    assert name in [subject[1] for subject in data["subjects"]]
    assert name in [each[2] for each in data["roles"]]


def test_without_scripts_the_first_rows_are_shown_with_the_total() -> None:
    many = [f"User/user-{number:04}" for number in range(700)]
    page = (
        Cluster.from_objects([role("reader", SECRETS), binding("reader", *many, name="all")]).explore().html
    )
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "Subjects (700)" in plain
    assert "The first 500 of 700 rows." in plain
    assert "User/user-0499" in plain
    assert "User/user-0500" not in plain


def test_without_scripts_policies_say_who_may_use_them(eks: str) -> None:
    plain = eks[eks.index("<noscript>") : eks.index("</noscript>")]
    assert "<td>eks.privileged</td><td>Group/system:authenticated, Group/system:masters</td>" in plain


def test_the_same_cluster_gives_the_same_bytes(eks: str) -> None:
    again = (
        rbacpsp.load(SAMPLES / "psp-on-eks")
        .explore(origin=Origin("prod", ("a.yaml",), "2026-01-02 03:04 UTC"))
        .html
    )
    assert again == eks


def test_the_page_is_written_completely_or_not_at_all(tmp_path: Path) -> None:
    explorer = Cluster.from_objects([role("reader", SECRETS)]).explore()
    target = tmp_path / "page.html"
    target.write_text("older")
    explorer.write(target)
    assert target.read_text("utf-8") == explorer.html
    with pytest.raises(OSError, match="No such file"):
        explorer.write(tmp_path / "missing" / "page.html")


def test_the_page_stores_the_view_that_opens_first() -> None:
    page = Cluster.from_objects([role("reader", SECRETS)]).explore(start="findings").html
    assert data_of(page)["about"]["start"] == "findings"
