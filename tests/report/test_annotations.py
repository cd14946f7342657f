"""Tests `-o github` and `-o gitlab`: results at lines, with escaped names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model.json import JSONObject
from rbacpsp.report import sarif
from rbacpsp.report.formats import render


@dataclass(frozen=True)
class Results:
    """Results of one rule, each a message, a file, a line and a level."""

    items: tuple[tuple[str, str, int, str], ...]
    notes: tuple[str, ...] = ()
    score: str | None = None
    fingerprint: str = "f"

    def log(self) -> Mapping[str, Any]:
        properties: JSONObject = {"properties": {"security-severity": self.score}} if self.score else {}
        rule = {"id": "RBP001", "shortDescription": {"text": "Full control, by wildcard"}, **properties}
        results = [
            {
                "ruleId": "RBP001",
                "level": level,
                "message": sarif.message(text),
                "locations": [sarif.location(file, line, "x")],
                "partialFingerprints": {"rbacpsp/v1": self.fingerprint},
            }
            for text, file, line, level in self.items
        ]
        return sarif.log([rule], results, self.notes)


ONE = Results((("User/a: has [all]", "deploy/my role,a.yaml", 7, "error"),), ("3 findings are left out.",))


def test_github_gets_the_file_the_line_and_the_rule() -> None:
    assert render(ONE, "github") == (
        "::error file=deploy/my role%2Ca.yaml,line=7,title=RBP001%3A Full control%2C by wildcard::"
        "User/a: has [all]\n"
        "::warning title=rbacpsp::3 findings are left out.\n"
    )


def test_notes_are_notices_for_github() -> None:
    text = render(Results((("a", "f", 1, "warning"), ("b", "f", 2, "note"))), "github")
    assert re.findall(r"^::(\w+) ", text, re.MULTILINE) == ["warning", "notice"]


def test_gitlab_gets_one_array() -> None:
    assert json.loads(render(ONE, "gitlab")) == [
        {
            "description": "User/a: has [all]",
            "check_name": "RBP001",
            "fingerprint": "f",
            "severity": "critical",
            "location": {"path": "deploy/my role,a.yaml", "lines": {"begin": 7}},
        }
    ]


def test_no_result_is_no_output_for_github_and_an_empty_array_for_gitlab() -> None:
    assert render(Results(()), "github") == ""
    assert render(Results(()), "gitlab") == "[]\n"


def test_gitlab_has_a_word_for_each_severity() -> None:
    for score, word in (
        ("9.5", "blocker"),
        ("8.0", "critical"),
        ("5.5", "major"),
        ("2.0", "minor"),
        ("0.0", "info"),
    ):
        (issue,) = json.loads(render(Results((("a", "f", 1, "error"),), score=score), "gitlab"))
        assert issue["severity"] == word
    for level, word in (("error", "critical"), ("warning", "major"), ("note", "minor")):
        (issue,) = json.loads(render(Results((("a", "f", 1, level),)), "gitlab"))
        assert issue["severity"] == word


def test_gitlab_fingerprints_are_unique_and_stable() -> None:
    twice = Results((("a", "f", 1, "error"), ("b", "f", 2, "error")))
    first, second = (issue["fingerprint"] for issue in json.loads(render(twice, "gitlab")))
    assert (first, second) == ("f", json.loads(render(twice, "gitlab"))[1]["fingerprint"])
    assert first != second


def test_a_file_of_this_machine_keeps_its_path() -> None:
    absolute = Results((("a", "/tmp/a b.yaml", 1, "error"),))  # noqa: S108 - nothing is written
    assert render(absolute, "github").startswith("::error file=/tmp/a b.yaml,line=1,")


TEXTS = st.lists(
    st.sampled_from(
        ["::", ":", "%", "%0A", "\n", "\r", ",", "[", "\\", "##[", "##vso[", "a", " ", "\u202e", "é"]
    )
).map("".join)
PROPERTY = r"[^:,\n\r]*"
COMMAND = re.compile(rf"::(error|warning|notice) file=({PROPERTY}),line=(\d+),title={PROPERTY}::([^\n\r]*)\n")


@given(TEXTS, TEXTS)
def test_names_neither_end_nor_begin_a_command(text: str, file: str) -> None:
    shown = render(Results(((text, f"d{file}", 3, "error"),)), "github")
    match = COMMAND.fullmatch(shown)
    assert match
    assert "##[" not in shown
    assert "##vso[" not in shown
    assert shown[:-1].isprintable()
    (issue,) = json.loads(render(Results(((text, f"d{file}", 3, "error"),)), "gitlab"))
    assert issue["description"] == unquote(match[4])
    assert issue["location"]["path"] == unquote(match[2])
