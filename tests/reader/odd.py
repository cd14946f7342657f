"""Generates odd inputs: short texts that combine rare parts of YAML at random."""

from random import Random

from tests.reader.fields import odd_field
from tests.reader.fragments import FLOWS, KEYS, LINES, PIECES, SCALARS, VALUES
from tests.reader.lists import odd_list

_BEHIND_COLON = ["", " # c", " &a", " !x", " !!map"]
_GAPS = [" ", "\n", "\r\n", "\t", "\n---\n", "\n ---", "---", "#c\n", "\x85", "\n\n"]
_HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"


def odd(random: Random) -> bytes:
    """A text that hardly anyone writes."""
    match random.randrange(10):
        case 0:
            text = f"{random.choice(KEYS)}: {random.choice(VALUES)}\n"
        case 1:
            text = _HEAD + "".join(f"  {_entry(random)}\n" for _ in range(random.randint(1, 3)))
        case 2:
            text = "\n".join(random.choice(LINES) for _ in range(random.randint(1, 5)))
        case 3:
            text = f"a: {_flow(random, 3)}\n"
        case 4:
            text = "".join(random.choice(PIECES + LINES + SCALARS) for _ in range(random.randint(1, 6)))
        case 5:
            text = _behind_json(random)
        case 6 | 7:
            text = odd_field(random)
        case 8:
            text = odd_list(random)
        case _:
            text = _block(random, 0, 3)
    return text.encode("utf-8", "surrogatepass")


def _behind_json(random: Random) -> str:
    """JSON values, blanks and separators, and what may be JSON or YAML."""
    values = random.choice(["{}", '{"a":1}', " {}", "\n{}", "{}\n{}"])
    gap = "".join(random.choice(_GAPS) for _ in range(random.randint(1, 4)))
    return values + gap + random.choice([*VALUES, "- b", "a: 1\nb: 2", " a: 1\n b: 2", "{}", "..."]) + "\n"


def _entry(random: Random) -> str:
    return f"{random.choice(KEYS)}:{random.choice(['', ' ', '  ', chr(9)])}{random.choice(VALUES)}"


def _flow(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.3:
        return random.choice(VALUES)
    parts = [_flow(random, depth - 1) for _ in range(random.randint(0, 3))]
    comma = random.choice([", ", ",", " ,", ",\n "])
    if random.random() < 0.5:
        return f"[{comma.join(parts)}]"
    colon = random.choice([": ", ":", " : ", " :"])
    return "{" + comma.join(random.choice(KEYS) + colon + part for part in parts) + "}"


def _block(random: Random, indent: int, depth: int) -> str:
    pad = " " * indent
    if depth == 0 or random.random() < 0.2:
        return f"{pad}{random.choice(VALUES + FLOWS)}\n"
    lines = []
    for _ in range(random.randint(1, 3)):
        step = random.choice([1, 2, 4])
        inner = _block(random, indent + step, depth - 1)
        match random.randrange(5):
            case 0:
                lines.append(f"{pad}- {inner.lstrip(' ')}")
            case 1:
                lines.append(f"{pad}-\n{inner}")
            case 2:
                lines.append(f"{pad}{random.choice(KEYS)}: {inner.lstrip(' ')}")
            case 3:
                lines.append(f"{pad}? {inner.lstrip(' ')}{pad}: {random.choice(VALUES)}\n")
            case _:
                lines.append(f"{pad}{random.choice(KEYS)}:{random.choice(_BEHIND_COLON)}\n{inner}")
    return "".join(lines)
