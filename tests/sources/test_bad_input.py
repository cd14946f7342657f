"""Tests that each bad input gets one clear line: file, document, line, what is wrong, what to do."""

import errno
import gzip
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from rbacpsp.decode import LoadError, Problem, parse_yaml
from rbacpsp.sources import read_files, read_manifests

ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: d}\n"
HOSTILE = {"name": "a\x1b[2J\n\u202e", "namespace": "b"}
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{this}: &{this} [{','.join([f'*{last}'] * 10)}]\n"
    for last, this in zip("abcdefg", "bcdefgh", strict=True)
)


def as_json(**fields: object) -> str:
    return json.dumps({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", **fields}, indent=1)


BAD: list[tuple[str, str, str]] = [
    (
        "broken.yaml",
        f"{ROLE}rules: [\n",
        (
            ', document 1, line 4: this is not YAML: what "[" begins on line 4 is not closed, or lacks'
            " a comma; fix the YAML"
        ),
    ),
    (
        "broken.json",
        '{"kind": "Role",\n "a" 1}',
        ', document 1, line 2: this is not JSON: expected ":", column 6; fix the JSON',
    ),
    (
        "cut.json",
        '{"kind": "Role",\n',
        ", document 1, line 2: the JSON ends too early; the file was cut short: make it again",
    ),
    (
        "tab.yaml",
        f"{ROLE}rules:\n\t- verbs: [get]\n",
        ", document 1, line 5: a tab is used to indent; YAML indents with spaces: replace the tab by spaces",
    ),
    (
        "type.yaml",
        f'# a comment\n---\n{ROLE}rules:\n- apiGroups: [""]\n  verbs: get\n',
        (
            ", document 1, line 8: Role d/r: rules[0].verbs must be a list of strings and is"
            ' the string "get";'
            " put it in a list: [...]"
        ),
    ),
    (
        "type.json",
        as_json(metadata={"name": "r", "namespace": "d"}, rules=[{"verbs": "get"}]),
        (
            ", document 1, line 10: Role d/r: rules[0].verbs must be a list of strings and is"
            ' the string "get";'
            " put it in a list: [...]"
        ),
    ),
    (
        "number.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: 123\n",
        (
            ", document 1, line 4: Namespace: metadata.name must be a string and is the number 123;"
            " put it in quotes"
        ),
    ),
    (
        "label.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n  labels: {a.b/c: yes}\n",
        (
            ', document 1, line 5: Namespace x: metadata.labels["a.b/c"] must be a string and'
            " is the boolean true;"
            " put it in quotes"
        ),
    ),
    (
        "duplicate.yaml",
        f"{ROLE}rules: []\nrules: []\n",
        ', document 1, line 5: the key "rules" appears twice (first on line 4); remove one of the two',
    ),
    (
        "deep.yaml",
        "a: " + "[" * 10_000 + "]" * 10_000,
        ", document 1, line 1: the nesting is deeper than 200 levels; no Kubernetes object needs that",
    ),
    (
        "deep.json",
        '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}",
        ", document 1, line 1: the nesting is too deep; no Kubernetes object needs that",
    ),
    (
        "bomb.yaml",
        BOMB,
        ", document 1, line 5: aliases repeat more than 100000 values; write the document without aliases",
    ),
    (
        "nameless.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {}\n",
        ", document 1, line 1: this ServiceAccount has no metadata.name; name it",
    ),
    (
        "hostile.json",
        as_json(metadata=HOSTILE, rules=[{"verbs": [1]}]),
        (
            r", document 1, line 11: Role b/a\x1b[2J\n\u202e: rules[0].verbs[0] must be a string"
            r" and is the number 1;"
            " put it in quotes"
        ),
    ),
    (
        "kindless.yaml",
        "\nrules: []\n",
        ", document 1, line 2: there is no kind; every Kubernetes object has a kind and an apiVersion",
    ),
    (
        "versionless.yaml",
        "kind: Role\n",
        ", document 1, line 1: there is no apiVersion; every Kubernetes object has a kind and an apiVersion",
    ),
    (
        "list.yaml",
        "- a\n",
        (
            ", document 1, line 1: this is a list, not an object; every Kubernetes object has a"
            " kind and an apiVersion"
        ),
    ),
    (
        "kind.json",
        '{\n"kind": 1}',
        ", document 1, line 2: kind must be a string and is the number 1; write it as a string",
    ),
    (
        "items.json",
        '{"kind": "List", "apiVersion": "v1",\n"items": {}}',
        ", document 1, line 2: items must be a list and is an object; put the objects in a list",
    ),
    (
        "control.yaml",
        "a: b\nc: \x07\n",
        ", document 1, line 2: there is a control character (U+0007); remove it",
    ),
    ("nan.json", '{"a": NaN}', ", document 1, line 1: NaN is not a value in JSON; write a number"),
]


def refusal(path: str) -> str:
    with pytest.raises(LoadError) as raised:
        read_files([path])
    return str(raised.value)


@pytest.mark.parametrize(("name", "text", "line"), BAD, ids=[name for name, _, _ in BAD])
def test_invalid_text_is_reported_with_its_position_and_a_remedy(
    tmp_path: Path, name: str, text: str, line: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert refusal(str(path)) == f"{path}{line}"
    path.unlink()
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert refusal(str(packed)) == f"{packed}{line}"


def packed_short() -> bytes:
    return gzip.compress(ROLE.encode() * 1000)[:-20]


BYTES: list[tuple[str, Callable[[], bytes], str]] = [
    ("zeros.yaml", lambda: bytes(200_000_000), "this is a binary file; name a YAML or JSON file"),
    (
        "zeros.json.gz",
        lambda: gzip.compress(bytes(200_000_000), 1),
        "this is a binary file; name a YAML or JSON file",
    ),
    (
        "spaces.json.gz",
        lambda: gzip.compress(b" " * 200_000_000),
        "the gzip file expands to more than 37 MiB; unpack it and check its content",
    ),
    ("program.yaml", lambda: b"\x7fELF\x02\x01\x01\0\0\0", "this is a binary file; name a YAML or JSON file"),
    ("wide.yaml", lambda: ROLE.encode("utf-16"), "this is UTF-16 text; save the file as UTF-8"),
    ("wider.yaml", lambda: ROLE.encode("utf-32"), "this is UTF-32 text; save the file as UTF-8"),
    ("cut.yaml.gz", packed_short, "the gzip file ends too early; it was cut short: make it again"),
    ("damaged.yaml.gz", lambda: b"\x1f\x8b\x08" + b"x" * 100, "the gzip file is damaged; make it again"),
]


@pytest.mark.parametrize(("name", "data", "message"), BYTES, ids=[name for name, _, _ in BYTES])
def test_bad_bytes_are_refused_without_being_kept(
    tmp_path: Path, name: str, data: Callable[[], bytes], message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data())
    tracemalloc.start()
    said = refusal(str(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said == f"{path}: {message}"
    assert peak < 100 << 20


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('"\\ud800"', "half of a surrogate pair"),
        ("9" * 5000, "a number is out of range"),
        ("1e400", "a number is out of range"),
    ],
    ids=["surrogate", "integer", "float"],
)
@pytest.mark.parametrize("kind", ["Role", "Pod"])
def test_a_value_that_json_cannot_hold_is_named_with_its_document(
    tmp_path: Path, text: str, what: str, kind: str
) -> None:
    path = tmp_path / "odd.json"
    version = {"Pod": "v1", "Role": "rbac.authorization.k8s.io/v1"}[kind]
    head = f'{{"apiVersion": "{version}", "kind": "{kind}", "metadata": {{"name": "a"}},'
    path.write_text(f'{head} "odd": {text}}}')
    said = f"{path}, document 1, line 1: a value in this JSON cannot be read: {what}; fix the JSON"
    assert refusal(str(path)) == said
    with pytest.raises(LoadError) as raised:
        read_manifests([path])
    assert str(raised.value) == said
    with pytest.raises(LoadError) as raised:
        parse_yaml(path.read_text(), name=str(path))
    assert str(raised.value) == said


def test_a_key_in_another_case_is_an_unknown_field(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(as_json(metadata={"name": "a"}, Rules=[]))
    expected = "document 1, line 7: Role a: Rules is not a field and was left out; did you mean rules?"
    assert read_files([path]).objects.warnings == [f"{path}, {expected}"]


def test_a_text_that_is_all_mistakes_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    path.write_text('{"a" 1}\n' * 100_000)
    lines = refusal(str(path)).splitlines()
    assert len(lines) == 22
    last = (
        "document 100, line 100: the rest is not read: it contains too many errors; fix the "
        "JSON and read it again"
    )
    assert lines[-2:] == [f"{path}, {last}", "and 80 more such problems: fix the JSON"]


def test_blanks_between_values_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "wide.json"
    path.write_text("{}" + " " * 3_000_000 + "{}")
    tracemalloc.start()
    assert len(refusal(str(path)).splitlines()) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 << 20


def test_a_name_that_no_file_can_have_is_refused() -> None:
    assert "File name too long" in refusal("x" * 5000)


def test_the_depth_of_folders_is_limited(tmp_path: Path) -> None:
    (tmp_path / "/".join("d" * 150)).mkdir(parents=True)
    assert refusal(str(tmp_path)).endswith(": the folders are nested too deeply; name an inner folder")


def test_text_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    assert refusal(str(path)) == f"{path}, line 2: this is not UTF-8 text; save the file as UTF-8"


def test_a_blank_file_is_soon_read_however_large(tmp_path: Path) -> None:
    path = tmp_path / "blank.yaml"
    path.write_bytes(b"\n" * 20_000_000)
    assert list(read_files([path], allow_empty=True).objects) == []


def test_a_missing_file_a_loop_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    loop, pipe, missing = (str(tmp_path / name) for name in ("loop.yaml", "pipe.yaml", "missing.yaml"))
    Path(loop).symlink_to("loop.yaml")
    os.mkfifo(pipe)
    with pytest.raises(LoadError) as raised:
        read_files([missing, loop, pipe, "/dev/null"])
    assert str(raised.value).splitlines() == [
        f"{missing}: there is no such file; check the path",
        f"{loop}: this link leads back to itself; remove the link, or name the file that it should lead to",
        f"{pipe}: this is a named pipe, not a file; name a file, a folder or -",
        "/dev/null: this is a device, not a file; name a file, a folder or -",
    ]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(ROLE, encoding="utf-8")

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert refusal(str(path)) == (
        f"{path}: this may not be read; change its permissions, or run as a user who may read it"
    )


def test_a_folder_with_nothing_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("x", encoding="utf-8")
    assert refusal(str(tmp_path)) == (
        f"{tmp_path}: there is no .yaml, .yml or .json file in this folder; check the path"
    )


def test_a_link_to_a_folder_above_it_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "z.yaml").write_text(ROLE, encoding="utf-8")
    loaded = read_files([tmp_path], keep_going=True)
    assert [str(problem) for problem in loaded.skipped] == [
        f"{tmp_path}/sub/up: this link leads to a folder that it is in; remove the link"
    ]
    assert list(loaded.objects.roles) == [("d", "r")]


def test_two_different_objects_of_one_identity_are_reported_with_both_positions(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.json"
    first.write_text(f"# a\n{ROLE}rules: []\n", encoding="utf-8")
    second.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [
                    json.loads(as_json(metadata={"name": "r", "namespace": "d"}, rules=[{"verbs": ["get"]}]))
                ],
            },
            indent=1,
        ),
        encoding="utf-8",
    )
    assert refusal(str(tmp_path)) == (
        f"{second}, document 1, line 5: Role d/r was read already, with other content, from "
        f"{first}, document 1, line 2; remove one of the two; --keep-going uses the last, as kubectl "
        "apply does"
    )


def test_every_problem_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{ROLE}rules: [{{verbs: get}}]\n---\na: [\n---\nb\n", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"kind": "Role"}\n{"a" 1}\n{"kind": "Pod"}\n', encoding="utf-8")
    places = [(Path(p.file).name, p.document, p.line) for p in problems(tmp_path)]
    assert places == [
        ("a.yaml", 1, 4), ("a.yaml", 2, 6), ("a.yaml", 3, 8),
        ("b.json", 1, 1), ("b.json", 2, 2), ("b.json", 3, 3),
    ]  # fmt: skip


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(LoadError) as raised:
        read_files([path])
    return raised.value.problems


def test_with_keep_going_the_rest_is_read_and_each_skipped_document_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{ROLE}rules: [{{verbs: get}}]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"{ROLE}rules: [{{verbs: [get]}}]\n---\n: [\n", encoding="utf-8")
    loaded = read_files([tmp_path], keep_going=True)
    assert [(Path(p.file).name, p.document) for p in loaded.skipped] == [("a.yaml", 1), ("b.yaml", 2)]
    assert loaded.objects.roles["d", "r"].rules[0].verbs == ("get",)


def test_manifests_are_refused_with_the_same_errors(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [\n---\nb\n", encoding="utf-8")
    with pytest.raises(LoadError) as raised:
        read_manifests([tmp_path])
    assert [(p.document, p.line) for p in raised.value.problems] == [(1, 1), (2, 3)]


def test_a_hostile_file_name_is_written_out() -> None:
    assert refusal("no\x1b[31msuch") == r"no\x1b[31msuch: there is no such file; check the path"
