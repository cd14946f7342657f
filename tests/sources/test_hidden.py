"""Tests that everything that kubectl reads is read or refused, and that logs are never read as objects."""

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.decode import LoadError
from rbacpsp.sources import read_files, read_manifests

GROUP = "rbac.authorization.k8s.io"


def bare_binding(name: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "boss"},
    }


def listed(*items: Any, kind: str = "List") -> str:
    return json.dumps({"apiVersion": "v1", "kind": kind, "items": items}, indent=4)


def names(data: bytes | str) -> set[str] | str:
    """The bindings that are read, as a cluster and one by one; or else the first line of the refusal."""
    raw = data.encode() if isinstance(data, str) else data
    try:
        seen = set(read_files(["-"], stdin=io.BytesIO(raw)).objects.cluster_role_bindings)
        result = read_manifests(["-"], io.BytesIO(raw))
    except LoadError as error:
        line = str(error.problems[0])
        assert line.startswith("<stdin>")
        return line
    assert {one["metadata"]["name"] for one in result if one["kind"] == "ClusterRoleBinding"} == seen
    return seen


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"], ids=ascii)
def test_every_line_end_of_yaml_ends_a_comment(end: str) -> None:
    after = f"{json.dumps(bare_binding('a'))}\n---\n# nothing to see{end}{json.dumps(bare_binding('sly'))}\n"
    assert names(f"---\n{after}") == {"a", "sly"}


def test_an_object_behind_a_directive_is_seen() -> None:
    assert names(f"%YAML 1.1\u2028---\u2028{json.dumps(bare_binding('sly'))}") == {"sly"}


@pytest.mark.parametrize("kind", ["ConfigMap", "Foo", "SecretList", "Secret", "RoleBindingList"])
def test_an_object_with_items_is_a_list_as_for_kubectl(kind: str) -> None:
    assert names(listed(bare_binding("sly"), kind=kind)) == {"sly"}
    assert names("---\n" + listed(bare_binding("sly"), kind=kind)) == {"sly"}


def test_a_known_kind_with_items_is_refused() -> None:
    hidden = json.dumps({**bare_binding("front"), "items": [bare_binding("sly")]})
    assert names(hidden) == (
        "<stdin>, document 1, line 1: a ClusterRoleBinding has no items: kubectl reads them instead of the"
        " ClusterRoleBinding; remove them, or write kind: List"
    )


@pytest.mark.parametrize("key", ["items", "it\\u0065ms"])
@pytest.mark.parametrize("space", ["", " " * 3, "\n" * 300])
def test_two_lists_of_items_are_refused(key: str, space: str) -> None:
    text = (
        f'{{"apiVersion":"v1","kind":"List","items":[{json.dumps(bare_binding("sly"))}],{space}"{key}":[]}}'
    )
    line = 1 + space.count("\n")
    assert names(text) == (
        f'<stdin>, document 1, line {line}: the key "items" appears twice (first on line 1);'
        " remove one of the two"
    )
    # A program writes values of this length; their lines are not searched.
    assert names(text + " " * (1 << 17)) == (
        '<stdin>, document 1, line 1: the key "items" appears twice; remove one of the two: only the'
        " last would be read"
    )


def test_items_within_items_are_not_the_same_key_twice() -> None:
    inner = json.loads(listed(bare_binding("b")))
    assert names(listed(bare_binding("a"), inner) + " " * 500) == {"a", "b"}


LOG = "==== {} logs for container {} of pod {}/p ====\n"


def dump(*logs: str, names: tuple[str, ...] = ("a", "b", "c")) -> str:
    """Lists of bindings, with a log of its own container after each."""
    text = ""
    for number, name in enumerate(names):
        text += listed({**bare_binding(name)}) + "\n"
        if number < len(logs):
            text += (
                LOG.format("START", f"c{number}", "d") + logs[number] + LOG.format("END", f"c{number}", "d")
            )
    return text


def test_a_dump_is_read_without_its_logs() -> None:
    assert names(dump("hello\n", "", "no line end")) == {"a", "b", "c"}
    # A log may be any bytes; the lists are text.
    assert names(dump("X").encode().replace(b"X", b"\xff")) == {"a", "b", "c"}


INJECTED = listed(bare_binding("injected")) + "\n"
END, START = (LOG.format(word, "c0", "d") for word in ("END", "START"))
FORGED = [
    END + INJECTED + START,
    END + INJECTED,
    END + INJECTED + LOG.format("START", "c9", "d"),
    END + INJECTED + LOG.format("START", "c1", "d"),
    END + INJECTED + LOG.format("START", "c9", "d") + LOG.format("END", "c9", "d"),
    LOG.format("START", "c9", "d"),
    "text " + END,
    END[:-1] + " more\n",
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_log_that_imitates_a_dump_is_refused(forged: str) -> None:
    refusal = names(dump(forged, "other\n"))
    assert isinstance(refusal, str)
    assert "injected" not in refusal


def test_a_log_without_an_end_is_refused_with_a_remedy() -> None:
    assert names(listed(bare_binding("a")) + "\n" + START + "hello\n" + INJECTED) == (
        "<stdin>, line 19: the log that starts here has no end; keep the logs apart:"
        " kubectl cluster-info dump --output-directory FOLDER"
    )


def test_logs_between_yaml_documents_are_refused_as_a_whole() -> None:
    text = f"---\nkind: List\napiVersion: v1\n{START}---\n{json.dumps(bare_binding('injected'))}\n---\n{END}"
    assert names(text) == (
        "<stdin>: container logs are between the documents, and may contain documents themselves;"
        " keep the logs apart: kubectl cluster-info dump --output-directory FOLDER"
    )


def test_a_marker_within_a_text_of_yaml_is_a_part_of_the_text() -> None:
    config = 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata:\n  day: "\n'
    text = f'{config}{START}  "\n---\n{json.dumps(bare_binding("sly"))}\n---\n{config}{END}  "\n'
    assert names(text) == {"sly"}
    # A file may begin as JSON does.
    assert names("{}\n---\n" + text) == (
        "<stdin>, document 1, line 1: there is no kind; every Kubernetes object has a kind and an apiVersion"
    )


PIECES = st.sampled_from(
    [
        *("\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\ufeff", " ", "  ", "\t", "\x0b", "\u3000"),
        *(
            "---",
            "--- ",
            "---\n",
            "\n---\n",
            "...\n",
            "#",
            "# x",
            "%",
            "%x\n",
            "{",
            "}",
            "[",
            "]",
            '"',
            "|\n",
        ),
        *("a: ", "- ", "&a ", "*a", "!!str ", "null", "items: ", "kind: List\n", ","),
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=4), PIECES, st.lists(PIECES, max_size=2))
def test_an_object_on_lines_of_its_own_is_seen_or_the_file_is_refused(
    before: list[str], comment: str, after: list[str]
) -> None:
    text = (
        "".join(before)
        + "\n---\n"
        + f"# {comment}\n{json.dumps(bare_binding('sly'))}\n---\n"
        + "".join(after)
    )
    seen = names(text)
    assert "sly" in seen or isinstance(seen, str)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*FORGED, "hello\n", "{", INJECTED, "no end", START, END, LOG.format("END", "c1", "d"), "\n"]
        ),
        max_size=5,
    ).map("".join)
)
def test_no_log_adds_an_object_or_takes_one_away(log: str) -> None:
    seen = names(dump(log, "other\n"))
    assert isinstance(seen, str) or seen == {"a", "b", "c"}


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=40))
def test_only_gzip_or_zeros_may_follow_gzip_data(tail: bytes) -> None:
    seen = names(gzip.compress(json.dumps(bare_binding("a")).encode()) + tail)
    assert isinstance(seen, str) or (seen == {"a"} and not tail.strip(b"\0"))


def test_bytes_behind_gzip_data_are_refused() -> None:
    packed = gzip.compress(json.dumps(bare_binding("a")).encode())
    refused = "<stdin>: other data follows the gzip data; remove it, or make the file again"
    assert names(packed + json.dumps(bare_binding("sly")).encode()) == refused
    assert names(packed + b"\0" * 512) == {"a"}
    assert names(packed + gzip.compress(json.dumps(bare_binding("b")).encode())) == {"a", "b"}
    assert (
        names(packed + packed[:20])
        == "<stdin>: the gzip file ends too early; it was cut short: make it again"
    )


def test_a_second_byte_order_mark_is_refused() -> None:
    assert names("\ufeff\ufeff" + json.dumps(bare_binding("sly"))) == (
        "<stdin>: this starts with two byte order marks; save the file with one, or with none"
    )
