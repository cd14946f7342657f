"""Tests that YAML is split into documents where kubectl splits it."""

import pytest

from rbacpsp.decode import LoadError, parse_yaml


def refusal(text: str) -> str:
    with pytest.raises(LoadError) as raised:
        parse_yaml(text)
    return str(raised.value)


def test_a_comment_may_stand_on_the_line_of_the_separator() -> None:
    assert parse_yaml("a: 1\n--- # the next\nb: 2\n---\t\nc: 3") == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_content_on_the_line_of_the_separator_is_read() -> None:
    assert parse_yaml("--- {a: 1}\n--- |\n  b\n") == [{"a": 1}, "b\n"]


@pytest.mark.parametrize("before", ["", "a: 1\n---\n"])
def test_a_separator_with_nothing_before_it_is_parsed_with_its_line(before: str) -> None:
    assert refusal(f"{before}---\xa0\nb: 2\n").startswith("<text>, document ")
    assert parse_yaml("a: 1\n---\xa0\nb: 2\n") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("behind", ["a", "#c", "-"])
def test_text_behind_the_separator_without_a_space_is_refused(behind: str) -> None:
    assert refusal(f"a: 1\n---{behind}\nb: 2\n") == (
        f'<text>, document 2, line 2: "{behind}" follows --- without a space;'
        " put it on its own line, or a space before it"
    )


@pytest.mark.parametrize("rest", ["b: 2", "[a]", "%FOO"])
def test_text_after_the_end_of_a_document_is_refused_because_kubectl_ignores_it(rest: str) -> None:
    assert refusal(f"[a]\n...\n{rest}\n") == (
        "<text>, document 1, line 3: kubectl does not read what follows the end of a document;"
        " put a line of --- before it"
    )


def test_a_comment_may_follow_the_end_of_a_document() -> None:
    assert parse_yaml("a: 1\n...\n# done\n---\nb: 2\n...\n") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029", "\n", "\r\n"])
def test_every_kind_of_line_break_ends_a_comment(end: str) -> None:
    assert parse_yaml(f"# a comment{end}a: 1\n") == [{"a": 1}]
    assert parse_yaml(f"b: 2\n---\n# a comment{end}a: 1\n") == [{"b": 2}, {"a": 1}]


def test_the_last_line_of_a_text_ends_like_any_other() -> None:
    assert parse_yaml("a: |\n  b") == [{"a": "b\n"}]


def test_documents_may_start_with_a_byte_order_mark_but_not_contain_one() -> None:
    assert parse_yaml("\ufeffa: 1\n---\n\ufeffb: 2\n") == [{"a": 1}, {"b": 2}]
    assert refusal("a: 1\n\ufeffb: 2\n") == (
        "<text>, document 1, line 2: there is a byte order mark within the text; remove it"
    )


def test_a_text_that_starts_like_json_is_read_as_yaml_from_the_first_mistake_on() -> None:
    assert parse_yaml('{"a": 1}\n---\nb: 2\n---\nc: 3\n') == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert parse_yaml("{a: 1}\n") == [{"a": 1}]
    assert parse_yaml("[a, b]\n---\nc: 3\n") == [["a", "b"], {"c": 3}]
