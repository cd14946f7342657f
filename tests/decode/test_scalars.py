"""Tests that plain YAML scalars are read as kubectl reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.decode import LoadError, parse_yaml

RECORDED = Path(__file__).parents[1] / "conformance" / "data" / "kubectl" / "yaml-scalars.jsonl"
LINES: list[dict[str, Any]] = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]

# Answers of kubectl 1.32.4 (label --local -o json), beyond the recorded ones.
MORE: list[tuple[str, Any]] = [
    ("-.5", -0.5),
    ("0b12", "0b12"),
    ("1__0", 10),
    ("0x_1F", 31),
    ("1_000.5", 1000.5),
    ("1e400", "1e400"),
    ("9" * 5000, "9" * 5000),
    ("-18446744073709551616", -18446744073709552000),
    ("-0b11", -3),
    ("+0x1F", 31),
    ("0.1e1", 1),
    (".e1", ".e1"),
    (".5e", ".5e"),
    ("1e+", "1e+"),
    ("00", 0),
    ("09.5", 9.5),
    ("9_", 9),
    ("_9", "_9"),
    ("0xFFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFFF"),
    ('!!int "3"', 3),
    ("!!float 3", 3),
    ("!!bool yes", True),
    ("!!timestamp 2020-01-01", "2020-01-01"),
    ("! 5", "5"),
    ("!foo 5", "5"),
    ("!foo {a: 1}", {"a": 1}),
    ("!!set {a, b}", {"a": None, "b": None}),
    ("!!null ''", None),
    ("!!merge <<", "<<"),
    (".1_5", 0.15),
    ("._5", "._5"),
    ("-9223372036854775809", -9223372036854776000),
    ("[001:db8::, 0::1, a:]", ["001:db8::", "0::1", "a:"]),
    ("{a:: b, c: '::'}", {"a:": "b", "c": "::"}),
]


@pytest.mark.parametrize("line", LINES, ids=[line["yaml"] or "empty" for line in LINES])
def test_a_recorded_scalar_is_read_as_kubectl_reads_it(line: dict[str, Any]) -> None:
    if "error" in line:
        with pytest.raises(LoadError, match="is not a value in JSON; write a string in quotes"):
            parse_yaml(f"k: {line['yaml']}")
        return
    read = parse_yaml(f"k: {line['yaml']}")[0]["k"]
    assert (type(read), read) == (type(line["json"]), line["json"])


@pytest.mark.parametrize(("text", "value"), MORE)
def test_rarer_scalars_are_read_as_kubectl_reads_them(text: str, value: Any) -> None:
    read = parse_yaml(f"k: {text}")[0]["k"]
    assert (type(read), read) == (type(value), value)


def test_keys_become_strings() -> None:
    assert parse_yaml("y: 1\n2: a\n1.5: b\n2020-01-01: c\n.inf: d\n") == [
        {"true": 1, "2": "a", "1.5": "b", "2020-01-01": "c", ".inf": "d"}
    ]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("20210518.0", "2.0210518e+07"),
        ("1e5", "100000"),
        ("1e6", "1e+06"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("3.14159265", "3.1415927"),
        ("1e300", ".inf"),
        ("123456789012345678901", "1.2345679e+20"),
    ],
)
def test_a_number_as_a_key_is_written_in_the_fewest_digits_of_32_bits(key: str, text: str) -> None:
    assert parse_yaml(f"{key}: x") == [{text: "x"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("~: 1", "null cannot be a key; write the key in quotes"),
        (
            "18446744073709551615: 1",
            "the number 18446744073709551615 cannot be a key; write the key in quotes",
        ),
        (
            "k: !!int x",
            "the value after the tag !!int has another type; write a string in quotes, or a number",
        ),
        (
            "k: !!binary 'é'",
            "the value of !!binary is not UTF-8 text in base64; write a string in quotes, or a number",
        ),
    ],
)
def test_yaml_values_that_json_lacks_are_refused(text: str, message: str) -> None:
    with pytest.raises(LoadError) as raised:
        parse_yaml(text)
    assert str(raised.value) == f"<text>, document 1, line 1: {message}"
