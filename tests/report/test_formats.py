"""Tests one answer in every format, as literal text."""

import csv
import io
import json
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report import escape, table
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.formats import NAMES, TABULAR, find, render
from rbacpsp.report.yaml import encode

ANSWER = Answer(
    kind="WhoCan",
    table=Table(
        columns=("subject", "role", "source"),
        rows=[("User/alice", "ClusterRole/view", "ClusterRoleBinding/a"), ("Group/d\x1bvs", "", "=1|2")],
        wide=frozenset({"source"}),
    ),
    data={"request": {"verb": "get"}, "items": [{"name": "d\x1bvs", "port": "1e3"}, {"name": "nimda\u202e"}]},
    names=("clusterrole/view", "clusterrole/view", "clusterrole/\x07"),
)


def test_a_table_has_titles_in_upper_case_and_three_spaces_between_columns() -> None:
    assert render(ANSWER, "table") == (
        "SUBJECT         ROLE\n"
        "User/alice      ClusterRole/view\n"
        "Group/d\\x1bvs\n"
    )  # fmt: skip


def test_wide_shows_every_column() -> None:
    assert render(ANSWER, "wide") == (
        "SUBJECT         ROLE               SOURCE\n"
        "User/alice      ClusterRole/view   ClusterRoleBinding/a\n"
        "Group/d\\x1bvs                      =1|2\n"
    )


def test_titles_that_are_names_of_a_cluster_are_escaped_like_cells() -> None:
    named = Answer("Matrix", Table(("subject", "=a\x1b\n|<b>"), [("User/alice", "x")]))
    assert render(named, "table") == "SUBJECT      =A\\x1b\\n|<B>\nUser/alice   x\n"
    assert render(named, "csv") == "subject,'=a\\x1b\\n|<b>\nUser/alice,x\n"
    assert render(named, "markdown").splitlines()[0] == "| SUBJECT | =A\\\\x1b\\\\n\\|&lt;B&gt; |"


def test_headers_can_be_left_out() -> None:
    assert render(ANSWER, "table", headers=False) == "User/alice      ClusterRole/view\nGroup/d\\x1bvs\n"
    assert render(ANSWER, "csv", headers=False).startswith("User/alice,")
    assert render(ANSWER, "markdown", headers=False).startswith("|  |  |\n| --- | --- |\n| User/alice |")


def test_json_carries_an_api_version_and_a_kind() -> None:
    assert render(ANSWER, "json") == (
        "{\n"
        '  "apiVersion": "rbacpsp.io/v1",\n'
        '  "kind": "WhoCan",\n'
        '  "request": {\n'
        '    "verb": "get"\n'
        "  },\n"
        '  "items": [\n'
        "    {\n"
        '      "name": "d\\u001bvs",\n'
        '      "port": "1e3"\n'
        "    },\n"
        "    {\n"
        '      "name": "nimda\\u202e"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )


def test_yaml_says_the_same_and_shows_control_characters() -> None:
    assert render(ANSWER, "yaml") == (
        "apiVersion: rbacpsp.io/v1\n"
        "kind: WhoCan\n"
        "request:\n"
        "  verb: get\n"
        "items:\n"
        '- name: "d\\evs"\n'
        '  port: "1e3"\n'
        '- name: "nimda\\u202E"\n'
    )  # fmt: skip


def test_csv_has_every_column_and_disarms_formulas() -> None:
    assert render(ANSWER, "csv") == (
        "subject,role,source\n"
        "User/alice,ClusterRole/view,ClusterRoleBinding/a\n"
        "Group/d\\x1bvs,,'=1|2\n"
    )  # fmt: skip


def test_markdown_is_a_table_of_the_narrow_columns() -> None:
    assert render(ANSWER, "markdown") == (
        "| SUBJECT | ROLE |\n| --- | --- |\n| User/alice | ClusterRole/view |\n| Group/d\\\\x1bvs |  |\n"
    )


def test_the_name_format_lists_each_name_once() -> None:
    assert render(ANSWER, "name") == "clusterrole/view\nclusterrole/\\x07\n"


@pytest.mark.parametrize("name", ["table", "wide", "markdown", "name"])
def test_an_answer_without_rows_prints_nothing(name: str) -> None:
    assert render(Answer("WhoCan", Table(("subject",), [])), name) == ""


@pytest.mark.parametrize("name", TABULAR)
def test_no_format_writes_a_control_character(name: str) -> None:
    assert render(ANSWER, name).replace("\n", "").isprintable()


def test_every_format_writes_half_a_surrogate_pair() -> None:
    answer = Answer("X", Table(("name",), [("\ud800",)]), {"name": "\ud800"}, ("\ud800",))
    assert {name: render(answer, name).isascii() for name in TABULAR} == dict.fromkeys(TABULAR, True)


CELLS = st.lists(
    st.lists(st.text(st.characters(max_codepoint=126), max_size=6), min_size=2, max_size=2),
    min_size=1,
    max_size=5,
)


@given(CELLS, st.booleans())
def test_a_huge_table_has_the_layout_of_a_small_one(rows: list[list[str]], titled: bool) -> None:
    titles = [["NAME", "ROLE"]] if titled else []
    cells = titles + [[escape.cell(text) for text in row] for row in rows]
    assert "".join(table._joined(cells)) == table._tabulated(cells)


def test_a_huge_table_is_quick_and_complete() -> None:
    rows = [(f"User/u{number}", "ClusterRole/view") for number in range(20_000)]
    printed = render(Answer("X", Table(("subject", "role"), rows)), "table").splitlines()
    assert printed[0] == "SUBJECT       ROLE"
    assert printed[20_000] == "User/u19999   ClusterRole/view"


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5))
def test_csv_parses_to_one_record_for_each_row(rows: list[tuple[str, str]]) -> None:
    printed = render(Answer("X", Table(("a", "b"), rows)), "csv")
    assert [len(row) for row in csv.reader(io.StringIO(printed))] == [2] * (len(rows) + 1)


KUBECTL = Path(__file__).parents[1] / "conformance" / "data" / "kubectl" / "yaml-scalars.jsonl"


@pytest.mark.parametrize(
    "plain", [json.loads(line)["yaml"] for line in KUBECTL.read_text(encoding="utf-8").splitlines()]
)
def test_a_word_that_kubectl_would_not_read_as_text_is_quoted(plain: str) -> None:
    case = next(
        found
        for found in map(json.loads, KUBECTL.read_text(encoding="utf-8").splitlines())
        if found["yaml"] == plain
    )
    printed = encode({"a": plain})
    bare = printed == f"a: {plain}\n"
    assert pyyaml.safe_load(printed) == {"a": plain}
    assert not bare or json.loads(case["json"]) == {"v": plain}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:- '\"#", max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_yaml_reads_back_as_the_same_value(value: object) -> None:
    printed = encode(value)
    assert json.dumps(pyyaml.safe_load(printed)) == json.dumps(value)
    assert printed.replace("\n", "").isprintable()


def test_yaml_puts_a_list_at_the_indent_of_its_key() -> None:
    value = {"a": [], "b": {}, "c": [{"d": 1, "e": [[True, None], "x"]}, {}], "f": {"g": {"h": 0, "i": 1.5}}}
    assert encode(value) == (
        "a: []\n"
        "b: {}\n"
        "c:\n"
        "- d: 1\n"
        "  e:\n"
        "  - - true\n"
        "    - null\n"
        "  - x\n"
        "- {}\n"
        "f:\n"
        "  g:\n"
        "    h: 0\n"
        "    i: 1.5\n"
    )
    assert encode(value) == pyyaml.safe_dump(value, sort_keys=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_format_is_a_module_of_its_name(name: str) -> None:
    assert find(name).name == name


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        find("formats")


def test_a_format_refuses_an_answer_that_it_cannot_show() -> None:
    with pytest.raises(TypeError, match="sarif cannot show Answer"):
        render(ANSWER, "sarif")


def test_yaml_is_the_manifests_of_an_answer_that_has_some() -> None:
    class Grants:
        def document(self) -> dict[str, str]:
            return {"kind": "FixList"}

        def manifests(self) -> list[str]:
            return ["# why\nkind: Role\n", "kind: RoleBinding\n"]

    assert render(Grants(), "yaml") == "# why\nkind: Role\n---\nkind: RoleBinding\n"
    assert render(Grants(), "json") == '{\n  "kind": "FixList"\n}\n'
