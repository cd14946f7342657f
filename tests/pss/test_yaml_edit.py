"""Tests that setting fields in the text of a manifest changes nothing else."""

import difflib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.pss.fix import FieldEdit, fix
from rbacpsp.pss.yaml_edit import YamlEditError, edit_yaml

CONTEXT = ("spec", "securityContext", "runAsNonRoot")


def edited(text: str, *edits: tuple[tuple[str | int, ...], Any]) -> str:
    return edit_yaml(text, [(-1, [FieldEdit(path, value) for path, value in edits])])


def added(before: str, after: str) -> tuple[list[str], list[str]]:
    """The removed and the added lines."""
    diff = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [x[2:] for x in diff if x[0] == "-"], [x[2:] for x in diff if x[0] == "+"]


MANIFEST = """\
# the shop
apiVersion: apps/v1
kind: Deployment  # kept
metadata: {name: "shop", labels: {}}
spec:
  template:
    spec:
      # who sells
      containers:
        - name: web  # first
          image: web:1
          # before the arguments
          args:
            - |
              many
              lines

        # between
        - image: side:1
          name: 'side'
          securityContext:
            allowPrivilegeEscalation: true  # why
            capabilities:
              drop:
                # no raw sockets
                - NET_RAW  # raw

# the end
"""


def test_comments_order_and_quotes_survive() -> None:
    done = fix(yaml.safe_load(MANIFEST))
    after = edit_yaml(MANIFEST, [(-1, done.edits)])
    assert yaml.safe_load(after) == done.obj
    removed, new = added(MANIFEST, after)
    assert removed == ["            allowPrivilegeEscalation: true  # why"]
    assert new == [
        "          securityContext:",
        "            allowPrivilegeEscalation: false",
        "            capabilities:",
        '              drop: ["ALL"]',
        "            allowPrivilegeEscalation: false  # why",
        "                - ALL",
        "      securityContext:",
        "        runAsNonRoot: true",
        "        seccompProfile:",
        "          type: RuntimeDefault",
    ]
    assert after.endswith("          type: RuntimeDefault\n\n# the end\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("spec: {}\n", "spec: {securityContext: {runAsNonRoot: true}}\n"),
        ("spec: {a: b}  # c\n", "spec: {a: b, securityContext: {runAsNonRoot: true}}  # c\n"),
        ("spec: {a: b,}\n", "spec: {a: b, securityContext: {runAsNonRoot: true},}\n"),
        ("spec:\n  securityContext:\n", "spec:\n  securityContext: {runAsNonRoot: true}\n"),
        ("spec:\n  securityContext: null # c\n", "spec:\n  securityContext: {runAsNonRoot: true} # c\n"),
        ("spec:\n  securityContext: ~\n  a: b\n", "spec:\n  securityContext: {runAsNonRoot: true}\n  a: b\n"),
        ("spec:\n  a: b", "spec:\n  a: b\n  securityContext:\n    runAsNonRoot: true"),
        (
            "spec:\r\n  a: b\r\nx: y\r\n",
            "spec:\r\n  a: b\r\n  securityContext:\r\n    runAsNonRoot: true\r\nx: y\r\n",
        ),
        ('{"spec": {"a": 1}}', '{"spec": {"a": 1, "securityContext": {"runAsNonRoot": true}}}'),
        ("kind: Pod\n", "kind: Pod\nspec:\n  securityContext:\n    runAsNonRoot: true\n"),
        (
            "\ufeff--- # c\nspec:\n  a: |\n    x\n...\n",
            "\ufeff--- # c\nspec:\n  a: |\n    x\n  securityContext:\n    runAsNonRoot: true\n...\n",
        ),
        (
            "spec:\n  securityContext:\n    runAsNonRoot: 'false'\n",
            "spec:\n  securityContext:\n    runAsNonRoot: true\n",
        ),
        (
            "spec:\n  a: plain\n    text # c\n\n\nx: y\n",
            "spec:\n  a: plain\n    text # c\n  securityContext:\n    runAsNonRoot: true\n\n\nx: y\n",
        ),
    ],
)
def test_a_field_is_inserted_at_its_position(before: str, after: str) -> None:
    assert edited(before, (CONTEXT, True)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("drop: [A, B]\n", "drop: [A, B, ALL]\n"),
        ("drop: []\n", "drop: [ALL]\n"),
        ("drop:\n- A\n# c\nx: y\n", "drop:\n- A\n- ALL\n# c\nx: y\n"),
        ('{"drop": ["A"]}', '{"drop": ["A", "ALL"]}'),
    ],
)
def test_items_are_appended_to_an_existing_list(before: str, after: str) -> None:
    drop = yaml.safe_load(before)["drop"]
    assert edited(before, (("drop",), [*drop, "ALL"])) == after


def test_only_the_requested_items_change() -> None:
    text = "kind: List\nitems:\n- kind: A\n- kind: B\n- {kind: C}\n"
    after = edit_yaml(
        text, [(1, [FieldEdit(("x", "y"), True), FieldEdit(("x", "z"), 1)]), (2, [FieldEdit(("z",), "v")])]
    )
    assert after == (
        "kind: List\nitems:\n- kind: A\n- kind: B\n  x:\n    y: true\n    z: 1\n- {kind: C, z: v}\n"
    )


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: &x\n  b: 1\nc: *x\n", ("c", "d"), "c is an alias: edit it by hand"),
        ("a: &x\n  b: 1\nc: *x\n", ("a", "d"), "a is an alias: edit it by hand"),
        ("a: b\n", ("a", "c"), "c cannot be set: its parent is not an object"),
        ("a: [", ("a",), "the text is not readable YAML from line "),
        ("- a\n", ("a",), "the document is not an object"),
        ("", ("a",), "the document is not an object"),
    ],
)
def test_a_text_that_cannot_be_edited_safely_is_refused(
    text: str, path: tuple[str, ...], message: str
) -> None:
    with pytest.raises(YamlEditError) as error:
        edited(text, (path, True))
    assert str(error.value).startswith(message)


SOME_TEXT = st.sampled_from(["x", "a: b", "# no comment", "- x", "y\nz\n", "  q\n", "", "true"])
SOME_SCALAR = SOME_TEXT | st.sampled_from([True, 7, None])
SOME_CONTAINER: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"])},
    optional={
        "args": st.lists(SOME_SCALAR, max_size=3),
        "securityContext": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "runAsNonRoot": st.booleans(),
                "capabilities": st.sampled_from([None, {}, {"drop": []}, {"drop": ["KILL"]}]),
                "allowPrivilegeEscalation": st.booleans(),
            },
        ),
        "image": SOME_TEXT,
    },
)


@settings(deadline=None)
@given(
    st.lists(SOME_CONTAINER, min_size=1, max_size=2),
    st.none() | st.just({}),
    st.sampled_from([True, False, None]),
    st.sampled_from([2, 4]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_an_edited_text_parses_as_the_fixed_object(
    containers: list[Any], context: Any, flow: bool | None, indent: int, newline: str
) -> None:
    """This holds for every layout of the text."""
    for i, container in enumerate(containers):
        container["name"] = f"c{i}"
    spec = json.loads(json.dumps({"securityContext": context, "containers": containers}))
    obj = {"kind": "Pod", "spec": spec, "z": {"y": "x"}}
    text = yaml.safe_dump(obj, default_flow_style=flow, indent=indent, sort_keys=False).replace("\n", newline)
    done = fix(obj)
    assert yaml.safe_load(edit_yaml(text, [(-1, done.edits)])) == done.obj


@pytest.mark.parametrize(
    ("text", "path"),
    [("a: [1]\n", ("a", "b")), ("a: [1]\n", ("a", 1)), ("a: [1]\n", ("a", 7)), ("a: word\n", ("a", 0, "b"))],
)
def test_a_path_into_a_missing_item_or_a_scalar_is_refused(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(YamlEditError, match=f"{path[1]} cannot be set: its parent is not an object"):
        edited(text, (path, 1))


def test_items_of_a_list_are_found_by_their_index() -> None:
    text = "a:\n- x: 1\n- y: 2\n"
    assert edited(text, (("a", 0, "x"), 3)) == "a:\n- x: 3\n- y: 2\n"
    assert edited(text, (("a", 1, "z"), 3)) == "a:\n- x: 1\n- y: 2\n  z: 3\n"
