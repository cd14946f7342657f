"""YAML beyond its scalars: merges, aliases, documents."""

import pytest

from rbacpsp.load import LoadError, parse_yaml


def refusal(text: str) -> str:
    with pytest.raises(LoadError) as raised:
        parse_yaml(text)
    return str(raised.value)


def test_a_merge_gives_way_to_what_follows_it_and_replaces_what_stands_before_as_in_kubectl() -> None:
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


def test_documents_of_comments_alone_are_passed_over_and_not_counted() -> None:
    text = "# Source: a\n---\n# Source: chart/b.yaml\n\n---\n---\na: 1\n...\n---  # c\nb: [\n"
    assert refusal(text) == (
        "<text>, document 2, line 10: this is not YAML: while parsing a flow node did not find"
        " expected node content;"
        " mend the YAML"
    )


def test_directives_byte_order_mark_and_carriage_returns_are_ordinary_input() -> None:
    assert parse_yaml("\ufeff%YAML 1.1\r\n---\r\na: 1\r\n---\r\nb: 2\r\n") == [{"a": 1}, {"b": 2}]


def test_one_broken_document_does_not_hide_another() -> None:
    assert refusal("a: {\n---\nb: 1\n---\nc: 1\nc: 2\n").splitlines() == [
        (
            "<text>, document 1, line 1: this is not YAML: while parsing a flow node did not"
            " find expected node content;"
            " mend the YAML"
        ),
        '<text>, document 3, line 6: the key "c" is there twice (first on line 5); remove one of the two',
    ]


def test_keys_that_read_alike_count_as_one() -> None:
    assert '"1" is there twice (first on line 1)' in refusal('1: a\n"1": b\n')


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert refusal("a: *b") == (
        '<text>, document 1, line 1: the alias "*b" refers to no value before it;'
        " define it with &b, or write the value out"
    )


def test_an_alias_within_its_own_anchor_is_refused() -> None:
    assert "refers to no value before it" in refusal("a: &a [*a]")


def test_a_template_is_told_apart() -> None:
    assert refusal("a: 1\n{{- if .Values.x }}\nb: 2\n") == (
        "<text>, document 1, line 3: this is not YAML: while scanning a simple key could not"
        " find expected ':';"
        " render the template first, for example with helm template"
    )
    assert refusal("a: {{ .Values.x }}\n") == (
        "<text>, document 1, line 1: a key is a list or a mapping, which JSON cannot hold;"
        " write the key as a string; render a template such as {{ .Values.x }} first"
    )


def test_aliases_may_repeat_values_within_reason() -> None:
    assert parse_yaml("a: &a [1, 2]\nb: *a\nc: &c x\nd: *c\n") == [
        {"a": [1, 2], "b": [1, 2], "c": "x", "d": "x"}
    ]
