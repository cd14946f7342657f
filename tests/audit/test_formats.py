"""Tests that every format of an audit is complete, valid, and safe with any names."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from rbacpsp.audit import Audit, Severity, audit
from rbacpsp.cluster import Cluster
from rbacpsp.files import load
from rbacpsp.model import AnyObject, ObjectOrigin
from rbacpsp.report import findings_sarif
from rbacpsp.report.findings import Locate, nowhere
from rbacpsp.report.findings_report import FORMATS, AuditReport
from rbacpsp.report.formats import render as rendered
from rbacpsp.testing import ClusterBuilder, rule

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]

HOSTILE = {
    "html": "</td><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" onmouseover='alert(1)'",
    "markdown": "[click](javascript:alert(1)) | <b>x</b> `code` ![i](http://evil) @everyone",
    "formula": "=cmd|' /C calc'!A0",
    "terminal": "\x1b[2J\x1b]0;owned\x07\rroot",
    "lines": "one\ntwo\r\nthree\u2028four\u0085five",
    "direction": "safe\u202egpj.exe",
    "xml": "]]><evil/>&amp;\x00\ufffe",
    "sarif": "[text](https://evil.example) {0} \\",
    "half": "half \ud800 pair",
}


def locate_in(cluster: Cluster) -> Locate:
    def locate(obj: AnyObject) -> ObjectOrigin | None:
        return cluster.objects.origin(obj)

    return locate


def audited(cluster: Cluster) -> Audit:
    return audit(cluster.objects, cluster.authorizer)


def render(found: Audit, form: str, locate: Locate = nowhere, *, fail_on: Severity = Severity.INFO) -> str:
    return rendered(AuditReport(found, locate, fail_on=fail_on), form)


def hostile(name: str) -> Audit:
    builder = ClusterBuilder().role(name, rule("list", "secrets"))
    builder.bind(name, f"User/{name}").bind("gone", f"Group/{name}", name=name, namespace=name)
    return audited(builder.build())


@pytest.fixture(scope="module")
def sample() -> tuple[Audit, Locate]:
    cluster = load(ROOT / "sample_clusters" / "psp-on-eks")
    return audited(cluster), locate_in(cluster)


def control_characters(text: str) -> Iterator[str]:
    return (char for char in text if char != "\n" and not char.isprintable())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_no_control_character_of_a_name_leaves_the_program(form: str, kind: str) -> None:
    text = render(hostile(HOSTILE[kind]), form)
    assert list(control_characters(text)) == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_contains_every_finding(form: str, sample: tuple[Audit, Locate]) -> None:
    found, locate = sample
    text = render(found, form, locate)
    assert text.endswith("\n")
    assert {finding.rule.id for finding in found.findings} <= set(re.findall(r"RBP[0-9]{3}", text))


@pytest.mark.parametrize("form", FORMATS)
def test_an_audit_without_findings_has_a_report(form: str) -> None:
    result = audited(ClusterBuilder().build())
    assert render(result, form) or form in {"table", "wide"}


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError, match="pdf"):
        render(audited(ClusterBuilder().build()), "pdf")


def test_a_line_of_the_table_names_one_binding_and_counts_the_others() -> None:
    builder = ClusterBuilder().role("reader", rule("list", "secrets"))
    for name in ("first", "second", "third"):
        builder.bind("reader", "User/alice", name=name)
    result = audited(builder.build())
    assert "ClusterRoleBinding first, and 2 more\n" in render(result, "table")
    wide = render(result, "wide")
    for name in ("first", "second", "third"):
        assert f"ClusterRoleBinding {name}, rule 1 of ClusterRole reader" in wide


def test_a_report_says_that_less_severe_findings_are_left_out(sample: tuple[Audit, Locate]) -> None:
    limited = sample[0].limited(Severity.HIGH)
    assert limited.warnings[-1] == "11 findings are left out: less severe than high."
    assert "11 findings are left out" in render(limited, "html")
    assert sample[0].limited(Severity.INFO).warnings == sample[0].warnings


def test_resources_with_the_same_verbs_are_grouped() -> None:
    builder = ClusterBuilder().role("r", rule("create update", "pods/exec pods/attach"))
    result = audited(builder.bind("r", "User/alice").build())
    assert [finding.permission for finding in result.findings] == ["create pods/attach, pods/exec"]


class Tags(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHTML:
    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_a_name_never_becomes_an_element_or_an_attribute(self, kind: str) -> None:
        plain, attacked = Tags(), Tags()
        plain.feed(render(hostile("plain"), "html"))
        attacked.feed(render(hostile(HOSTILE[kind]), "html"))
        assert attacked.tags == plain.tags
        assert attacked.attributes == plain.attributes

    def test_a_page_loads_nothing_and_runs_nothing(self, sample: tuple[Audit, Locate]) -> None:
        page = Tags()
        page.feed(render(*(sample[0], "html"), sample[1]))
        assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
        assert not any(name.startswith("on") or name == "src" for name in page.attributes)

    def test_a_report_opens_with_a_summary_and_ends_with_its_limits(
        self, sample: tuple[Audit, Locate]
    ) -> None:
        page = Tags()
        page.feed(render(sample[0], "html", sample[1]))
        assert page.text.index("12 findings: 1 high") < page.text.index("Only RBAC, PodSecurityPolicy")
        assert "psp-on-eks/eks-defaults.yaml" in page.text


class TestMarkdown:
    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_a_name_stays_within_its_cell(self, kind: str) -> None:
        def shape(text: str) -> list[int]:
            return [len(re.findall(r"(?<!\\)\|", line)) for line in text.split("\n")]

        assert shape(render(hostile(HOSTILE[kind]), "markdown")) == shape(
            render(hostile("plain"), "markdown")
        )

    def test_a_name_is_never_a_link_html_or_a_mention(self) -> None:
        text = render(hostile(HOSTILE["markdown"]), "markdown")
        assert not re.search(r"(?<!\\)\]\(javascript", text)
        for alive in ("<b>", "@everyone", "http://evil", "![i]"):
            assert alive not in text


def test_a_name_is_not_a_formula_in_a_spreadsheet() -> None:
    cells = [
        cell for line in csv.reader(io.StringIO(render(hostile(HOSTILE["formula"]), "csv"))) for cell in line
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


class TestJUnit:
    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_it_is_well_formed_with_any_names(self, kind: str) -> None:
        tree = ET.fromstring(render(hostile(HOSTILE[kind]), "junit"))  # noqa: S314 - our own output
        assert {element.tag for element in tree.iter()} == {"testsuites", "testsuite", "testcase", "failure"}

    def test_only_what_reaches_the_threshold_fails(self, sample: tuple[Audit, Locate]) -> None:
        text = render(sample[0], "junit", sample[1], fail_on=Severity.HIGH)
        tree = ET.fromstring(text)  # noqa: S314 - our own output
        assert tree.get("failures") == "1"
        assert [failure.get("type") for failure in tree.iter("failure")] == ["high"]
        assert len(list(tree.iter("testcase"))) == int(tree.get("tests", ""))


class TestSARIF:
    def valid(self, log: dict[str, Any]) -> None:
        """Validate a log with the official schema of SARIF 2.1.0, errata 01."""
        schema = json.loads((DATA / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft4Validator(schema)
        assert [error.message for error in validator.iter_errors(log)] == []

    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_it_is_valid_with_any_names(self, kind: str) -> None:
        self.valid(json.loads(render(hostile(HOSTILE[kind]), "sarif")))

    def test_a_finding_from_a_file_has_its_line(self, sample: tuple[Audit, Locate]) -> None:
        log = json.loads(render(sample[0], "sarif", sample[1]))
        self.valid(log)
        (run,) = log["runs"]
        worst = run["results"][0]
        location = worst["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"].endswith("psp-on-eks/eks-defaults.yaml")
        assert location["region"]["startLine"] > 1
        assert run["tool"]["driver"]["rules"][worst["ruleIndex"]]["id"] == worst["ruleId"]

    def test_a_live_cluster_has_logical_locations_and_says_so(self, sample: tuple[Audit, Locate]) -> None:
        log = findings_sarif.document(sample[0], nowhere)
        self.valid(log)
        (run,) = log["runs"]
        names = run["results"][0]["locations"][0]["logicalLocations"]
        assert names[0]["fullyQualifiedName"] == "PodSecurityPolicy eks.privileged"
        notes = run["invocations"][0]["toolExecutionNotifications"]
        assert any("live cluster" in note["message"]["text"] for note in notes)

    def test_fingerprints_are_those_of_the_findings(self, sample: tuple[Audit, Locate]) -> None:
        log = findings_sarif.document(sample[0], sample[1])
        given = [result["partialFingerprints"]["rbacpsp/v1"] for result in log["runs"][0]["results"]]
        assert given == [finding.fingerprint for finding in sample[0].findings]
        assert len(set(given)) == len(given)

    def test_truncation_is_reported(
        self, monkeypatch: pytest.MonkeyPatch, sample: tuple[Audit, Locate]
    ) -> None:
        monkeypatch.setattr(findings_sarif, "MOST_RESULTS", 2)
        (run,) = findings_sarif.document(sample[0], sample[1])["runs"]
        assert len(run["results"]) == 2
        notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
        assert (
            f"{len(sample[0]) - 2} findings are left out, the least severe ones: code scanning shows 2."
            in notes
        )

    def test_a_name_is_never_a_link_in_a_message(self) -> None:
        log = findings_sarif.document(hostile(HOSTILE["sarif"]))
        for result in log["runs"][0]["results"]:
            assert not re.search(r"(?<!\\)\[", result["message"]["text"])
