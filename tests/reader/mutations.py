"""Makes inputs from valid ones by mistakes in their bytes, their YAML or their JSON."""

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

from tests.reader.fragments import KEYS, LINES, NUMBERS, PIECES, SCALARS, VALUES

_VALUE = re.compile(r"(?<=: )[^\s#][^\n#]*$", re.MULTILINE)
_KEY = re.compile(r"^( *(?:- )*)([A-Za-z][\w./-]*)(?=:(?: |$))", re.MULTILINE)
_ITEM = re.compile(r"(?<=- )[^\s#:]+$", re.MULTILINE)


def mutated_bytes(random: Random, seeds: Sequence[str]) -> bytes:
    """A seed with up to three places of its bytes changed."""
    data = bytearray(random.choice(seeds).encode())
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        at = random.randrange(len(data) + 1)
        match random.randrange(6):
            case 0:
                data[at:at] = random.choice(PIECES).encode("utf-8", "surrogatepass")
            case 1:
                del data[at : at + random.randint(1, 12)]
            case 2:
                piece = data[at : at + random.randint(1, 60)]
                to = random.randrange(len(data) + 1)
                data[to:to] = piece
            case 3:
                data[at : at + 1] = bytes([random.randrange(256)])
            case 4:
                del data[at:]
            case _:
                data[at : at + 1] = random.choice(PIECES).encode("utf-8", "surrogatepass")
        if not data:
            data = bytearray(b"\n")
    return bytes(data)


def mutated_yaml(random: Random, seeds: Sequence[str]) -> bytes:
    """A seed in YAML with up to three changes of its structure."""
    text = random.choice([seed for seed in seeds if not seed.lstrip().startswith("{")])
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        text = random.choice(_YAML_CHANGES)(random, text)
    return text.encode("utf-8", "surrogatepass")


def _at_match(pattern: re.Pattern[str], make: Callable[[Random, str], str]) -> Callable[[Random, str], str]:
    def change(random: Random, text: str) -> str:
        result = list(pattern.finditer(text))
        if not result:
            return text
        one = random.choice(result)
        group = one.lastindex or 0
        return text[: one.start(group)] + make(random, one[group]) + text[one.end(group) :]

    return change


def _line(make: Callable[[Random, list[str], int], None]) -> Callable[[Random, str], str]:
    def change(random: Random, text: str) -> str:
        lines = text.split("\n")
        make(random, lines, random.randrange(len(lines)))
        return "\n".join(lines)

    return change


def _indent(random: Random, lines: list[str], at: int) -> None:
    lines[at] = random.choice(["", " ", "  ", "\t", "   "]) + lines[at].removeprefix(
        " " * random.randrange(3)
    )


def _repeat(random: Random, lines: list[str], at: int) -> None:
    lines.insert(random.choice([at, random.randrange(len(lines))]), lines[at])


def _remove(_random: Random, lines: list[str], at: int) -> None:
    del lines[at]


def _insert(random: Random, lines: list[str], at: int) -> None:
    here = lines[at]
    indent = here[: len(here) - len(here.lstrip())]
    lines.insert(at, random.choice(["", indent]) + random.choice(LINES))


def _end(random: Random, lines: list[str], at: int) -> None:
    lines[at] += random.choice(PIECES)


def _break(random: Random, lines: list[str], at: int) -> None:
    ends = ["\r", "\x85", "\u2028", "\u2029", "\r\n"]
    lines[at : at + 2] = [random.choice(ends).join(lines[at : at + 2])]


_YAML_CHANGES = (
    _at_match(_VALUE, lambda random, _: random.choice(VALUES)),
    _at_match(_VALUE, lambda random, old: random.choice(["&a ", "!!str ", "!x ", "*a ", '"', "'"]) + old),
    _at_match(_VALUE, lambda random, old: old + random.choice(PIECES)),
    _at_match(_KEY, lambda random, _: random.choice(KEYS)),
    _at_match(_KEY, lambda random, old: random.choice(["? ", "&k ", "!!str ", '"', "<<: *a, "]) + old),
    _at_match(_ITEM, lambda random, _: random.choice(VALUES)),
    _line(_indent),
    _line(_repeat),
    _line(_remove),
    _line(_insert),
    _line(_end),
    _line(_break),
)


def mutated_json(random: Random, seeds: Sequence[str]) -> bytes:
    """A seed as JSON with up to three of its values changed, and sometimes its text too."""
    value = next(iter(yaml.safe_load_all(random.choice(seeds))))
    raw: dict[str, str] = {}
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        _change_value(random, value, raw)
    indent = random.choice([None, None, 2])
    text = json.dumps(value, indent=indent, ensure_ascii=random.random() < 0.5, default=str)
    for mark, piece in raw.items():
        text = text.replace(f'"{mark}"', piece)
    if random.random() < 0.3:
        at = random.randrange(len(text))
        text = text[:at] + random.choice(PIECES) + text[at:]
    if random.random() < 0.2:
        text += random.choice(["\n", " ", "\n---\n", "", "\x85", "\u00a0"]) + random.choice([text, "{}", "x"])
    return text.encode("utf-8", "surrogatepass")


def _change_value(random: Random, value: Any, raw: dict[str, str]) -> None:
    while isinstance(value, dict | list) and value:
        key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
        inner = value[key]
        if isinstance(inner, dict | list) and inner and random.random() < 0.8:
            value = inner
            continue
        mark = f"mark-{len(raw)}"
        match random.randrange(6):
            case 0:
                raw[mark] = random.choice(NUMBERS)
                value[key] = mark
            case 1:
                value[key] = random.choice([None, True, 5, 1.5, "x", "", [], {}, [None], {"a": None}])
            case 2 if isinstance(value, dict):
                raw[mark] = f"{json.dumps(key)}: {json.dumps(random.choice([None, 'x', 1, inner]))}"
                raw[mark] = f'"twice": 1, {raw[mark]}'
                value["zz"] = mark
            case 3 if isinstance(value, dict):
                value[
                    random.choice(["", "Kind", "kInd", "items", "name", str(key).upper(), "a.b", "$patch"])
                ] = inner
            case 4:
                value[key] = [inner]
            case _:
                value[key] = random.choice(SCALARS)
        return


KINDS: dict[str, Callable[[Random, Sequence[str]], bytes]] = {
    "bytes": mutated_bytes,
    "YAML": mutated_yaml,
    "JSON": mutated_json,
}
