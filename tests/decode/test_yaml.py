"""Tests YAML beyond scalars: merges, aliases, documents."""

import pytest

from rbacpsp.decode import LoadError, parse_yaml


def refusal(text: str) -> str:
    with pytest.raises(LoadError) as raised:
        parse_yaml(text)
    return str(raised.value)


def test_a_merge_key_overrides_earlier_keys_and_not_later_ones_as_in_kubectl() -> None:
    text = (
        "b: &b {a: 1, c: 2}\nbefore: {a: 9, <<: *b}\nafter: {<<: *b, a: 9}\nlist: {<<: [*b, {a: 7, d: 4}]}\n"
    )
    assert parse_yaml(text)[0] == {
        "b": {"a": 1, "c": 2},
        "before": {"a": 1, "c": 2},
        "after": {"a": 9, "c": 2},
        "list": {"a": 1, "c": 2, "d": 4},
    }


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert parse_yaml('"<<": {a: 1}') == [{"<<": {"a": 1}}]


def test_documents_with_only_comments_are_skipped_and_not_counted() -> None:
    text = "# Source: a\n---\n# Source: chart/b.yaml\n\n---\n---\na: 1\n...\n---  # c\nb: [\n"
    assert refusal(text) == (
        '<text>, document 2, line 10: this is not YAML: what "[" begins on line 10 is not closed,'
        " or lacks a comma; fix the YAML"
    )


def test_directives_byte_order_mark_and_carriage_returns_are_ordinary_input() -> None:
    assert parse_yaml("\ufeff%YAML 1.1\r\n---\r\na: 1\r\n---\r\nb: 2\r\n") == [{"a": 1}, {"b": 2}]


def test_one_broken_document_does_not_hide_another() -> None:
    assert refusal("a: {\n---\nb: 1\n---\nc: 1\nc: 2\n").splitlines() == [
        (
            '<text>, document 1, line 1: this is not YAML: what "{" begins on line 1 is not closed,'
            " or lacks a comma; fix the YAML"
        ),
        '<text>, document 3, line 6: the key "c" appears twice (first on line 5); remove one of the two',
    ]


def test_keys_with_the_same_value_are_one_key() -> None:
    assert '"1" appears twice (first on line 1)' in refusal('1: a\n"1": b\n')


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert refusal("a: *b") == (
        '<text>, document 1, line 1: the alias "*b" does not refer to an earlier value;'
        " define it with &b, or write the value out"
    )


def test_an_alias_within_its_own_anchor_is_refused() -> None:
    assert "does not refer to an earlier value" in refusal("a: &a [*a]")


def test_a_template_is_recognized() -> None:
    said = "this is a Helm template; render it with helm template"
    assert refusal("a: 1\n{{- if .Values.x }}\nb: 2\n") == f"<text>, line 2: {said}"
    assert refusal("a: {{ .Values.x }}\n") == f"<text>, line 1: {said}"


def test_aliases_may_repeat_values_within_reason() -> None:
    assert parse_yaml("a: &a [1, 2]\nb: *a\nc: &c x\nd: *c\n") == [
        {"a": [1, 2], "b": [1, 2], "c": "x", "d": "x"}
    ]


@pytest.mark.parametrize("text", ["[a?b]", "{a?: b}", "[http://a/?b=c]"])
def test_a_question_mark_in_brackets_is_refused_as_in_kubectl(text: str) -> None:
    assert refusal(text) == (
        "<text>, document 1, line 1: a question mark is in a list or mapping in brackets; quote the text"
    )


def test_the_json_escape_for_a_slash_is_refused_in_yaml() -> None:
    assert parse_yaml('{"a": "\\/"}') == [{"a": "/"}]
    assert parse_yaml('a: "\\\\/"') == [{"a": "\\/"}]
    assert (
        refusal('a: "\\/"')
        == r"<text>, document 1, line 1: \/ is not an escape in YAML; write / without the backslash"
    )


def test_the_merge_key_may_carry_its_tag() -> None:
    assert parse_yaml("b: &b {a: 1}\nc:\n  !!merge <<: *b\n  d: 2\n") == [
        {"b": {"a": 1}, "c": {"a": 1, "d": 2}}
    ]


def test_a_document_that_ends_before_it_begins_is_refused() -> None:
    assert refusal("# c\n...\na: 1\n") == (
        "<text>, document 1, line 2: the document ends before it has begun;"
        " remove the line that starts with ..."
    )


def test_json_behind_a_separator_folds_the_line_breaks_that_only_yaml_knows() -> None:
    text = '{"a": "x\x85b"}'
    assert parse_yaml(f"{text}\n---\n{text}") == [{"a": "x\x85b"}, {"a": "x b"}]
    assert parse_yaml(f"{text}\n{text}") == [{"a": "x\x85b"}, {"a": "x\x85b"}]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{}\n---\n{}\n---\nb: 3", [{}, {}, {"b": 3}]),
        ("{}\n ---\n# c", [{}, "---"]),
        ("{}   ---\n- b", [{}, ["b"]]),
        ("{}\x85 ---\n- b", [{}, ["b"]]),
        ("{}\n  a: 1\n  b: 2", [{}, {"a": 1, "b": 2}]),
        ("{}\n{}\n", [{}, {}]),
        ("{}\n---\n", [{}]),
    ],
)
def test_what_follows_a_json_value_is_read_where_and_as_kubectl_reads_it(
    text: str, values: list[object]
) -> None:
    assert parse_yaml(text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}\n---\n\t\n", "document 2, line 3: a tab is used to indent"),
        ('{}\n---\n"\\/"', r"document 2, line 3: \/ is not an escape in YAML"),
        ("{}\n{}\n---\n{}", "document 3, line 3: --- follows several JSON values"),
        ("{}\n{}\n---\n", "document 3, line 3: --- follows several JSON values"),
        ("{}\n a: 1\nb: 2", "document 2, line 2: this is not JSON"),
        ('a: ["x"::]', "document 1, line 1: a text in brackets starts with a colon"),
        ("a: {!x b?c: d}", "document 1, line 1: a question mark is in a list or mapping in brackets"),
        ("---\n\x85--- 5\n", "document 1, line 3: kubectl does not read what follows the end of a document"),
    ],
)
def test_what_kubectl_refuses_is_refused(text: str, message: str) -> None:
    assert message in refusal(text)
