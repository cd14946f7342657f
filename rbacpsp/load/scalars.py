"""Plain YAML scalars as kubectl reads them: YAML 1.1 by the rules of go-yaml v2.

kubectl turns YAML into JSON through sigs.k8s.io/yaml, so that a value is what JSON can hold: `yes` is true,
`017` is fifteen, a date is a string. Source: go-yaml v2.4 resolve.go, sigs.k8s.io/yaml 1.2 yaml.go.
"""

import base64
import math
import re

Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMERIC = frozenset("0123456789+-.")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]{0,19}|0))")
"""The last with the digits of a number of 64 bits: one with more is a float."""
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LOWEST, _HIGHEST = -(1 << 63), (1 << 64) - 1
_EXACT = 1e21
"""Below it Go writes a whole float as JSON without an exponent, so that it is an integer when read again."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar.

    Raises:
        ValueError: The value is infinite or not a number, which JSON cannot hold.
    """
    if text in _WORDS:
        value = _WORDS[text]
        if isinstance(value, float):
            raise ValueError(f"{text} is no value that JSON can hold")
        return value
    return _number(text) if text[0] in _NUMERIC else text


def _number(text: str) -> Scalar:
    # Go's parser of a float that starts with a point keeps underscores out; all other numbers may hold them.
    plain = text if text[0] == "." else text.replace("_", "")
    whole = _INTEGER.fullmatch(plain)
    if whole and text[0] != ".":
        sign, *digits = whole.groups()
        value = next(int(text, base) for text, base in zip(digits, (16, 2, 8, 10), strict=True) if text)
        value = -value if sign == "-" else value
        # An unsigned number may not carry a sign.
        if _LOWEST <= value <= (_HIGHEST if not sign else (1 << 63) - 1):
            return value
    if not _FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def tagged(tag: str, text: str, *, plain: bool) -> Scalar:
    """The value of a scalar that carries a tag, such as `!!str 5`.

    Raises:
        ValueError: The tag is not one of YAML's own, or the text is no such value.
    """
    name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    match name:
        case "str" | "timestamp":
            return text
        case "binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True).decode()
            except ValueError as error:
                raise ValueError("!!binary holds no base64 of a UTF-8 text") from error
        case "null" | "bool" | "int" | "float":
            value = resolve(text) if text or plain else ""
            if not isinstance(value, _TYPES[name]) or (name == "int" and isinstance(value, bool)):
                raise ValueError(f"the tag !!{name} stands before a value that is none")
            return value
    raise ValueError(f"the tag {tag.replace(_TAG, '!!')} is unknown")


_TYPES: dict[str, type | tuple[type, ...]] = {
    "null": type(None),
    "bool": bool,
    "int": int,
    "float": (int, float),
}


def key_text(value: Scalar) -> str:
    """A key as JSON has it: a string. Booleans and numbers are written as kubectl writes them.

    Raises:
        ValueError: The key is null.
    """
    if value is None:
        raise ValueError("null cannot be a key")
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.8g}" if isinstance(value, float) else str(value)
