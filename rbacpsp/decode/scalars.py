"""Reads plain YAML scalars as kubectl does: YAML 1.1 by the rules of go-yaml v2.

kubectl converts YAML to JSON with sigs.k8s.io/yaml, so that every value is a JSON value: `yes` is true, `017`
is fifteen, a date is a string. Source: go-yaml v2.4 resolve.go, sigs.k8s.io/yaml 1.2 yaml.go.
"""

import base64
import math
import re
import struct

Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
MERGE_TAG = f"{_TAG}merge"
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
"""The decimal digits are at most those of a 64-bit number: one with more is a float."""
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_FRACTION = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
"""A number that starts with a point follows Go's grammar, where an underscore is between two digits."""
_TIMESTAMP = re.compile(
    r"[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])"
    r"([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?)?"
)
_LOWEST, _LARGEST, _HIGHEST = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
"""The bounds of Go's int64, and the largest uint64."""
_EXACT = 1e21
"""Below this, Go writes a whole float as JSON without an exponent, so that it is read again as an integer."""
_SMALLEST_POWER = 6
"""Down to the negative power of ten of this, Go writes a float without an exponent."""
_EVERY_WHOLE = 1 << 53
"""Up to this, every whole number is exact as a float."""


def resolve(text: str) -> Scalar:
    """The value that go-yaml reads from a plain scalar; `json_value` and `key_text` convert it for JSON."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _NUMERIC else text


def _number(text: str) -> str | int | float:
    if text[0] == ".":
        plain = text.replace("_", "") if _FRACTION.fullmatch(text) else ""
    else:
        plain = text.replace("_", "")
        integer = _INTEGER.fullmatch(plain)
        if integer:
            sign, *digits = integer.groups()
            value = next(
                int(digit_group, base)
                for digit_group, base in zip(digits, (16, 2, 8, 10), strict=True)
                if digit_group
            )
            value = -value if sign == "-" else value
            # A number with a sign must fit into int64.
            if _LOWEST <= value <= (_LARGEST if sign else _HIGHEST):
                return value
    if not _FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    return text if math.isinf(number) else number


def tagged(tag: str, text: str) -> Scalar:
    """The value that go-yaml reads from a scalar with a tag, as `!!str 5`; with an unknown tag, a string.

    Raises:
        ValueError: The text is not a value of that type.
    """
    name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    match name:
        case "binary":
            try:
                return base64.b64decode(text.replace("\n", ""), validate=True).decode()
            except ValueError as error:
                raise ValueError("the value of !!binary is not UTF-8 text in base64") from error
        case "timestamp":
            if _TIMESTAMP.fullmatch(text):
                return text
        case "null" | "bool" | "int" | "float":
            value = resolve(text)
            if type(value) in _TYPES[name] and not (name == "float" and _is_unsigned(value)):
                return value
        case _:
            return text
    raise ValueError(f"the value after the tag !!{name} has another type")


_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}


def _is_unsigned(value: Scalar) -> bool:
    """Whether a number fits only into Go's uint64, which is accepted neither as a float nor as a key."""
    return isinstance(value, int) and value > _LARGEST


def json_value(number: float) -> int | float:
    """A float as it is read again from the JSON that Go writes, which has the fewest digits.

    Raises:
        ValueError: It is infinite or not a number, which JSON cannot hold.
    """
    if not math.isfinite(number):
        raise ValueError(f"{_special(number)} is not a value in JSON")
    if not number.is_integer() or abs(number) >= _EXACT:
        return number
    if abs(number) <= _EVERY_WHOLE:
        return int(number)
    digits, _, exponent = repr(number).partition("e+")
    integer_part, _, fraction = digits.partition(".")
    return int(integer_part + fraction.ljust(int(exponent), "0")) if exponent else int(integer_part)


def json_number(number: float) -> int | float | str:
    """A number as kubectl writes it into the JSON that it sends: text where Python would write an exponent.

    Go holds a number with a fraction, or of more than 63 bits, as a float, and writes an exponent only below
    1e-6 and from 1e21 (encoding/json, floatEncoder).

    Raises:
        ValueError: It is infinite or not a number, which JSON cannot hold.
    """
    if isinstance(number, int):
        if _LOWEST <= number <= _LARGEST:
            return number
        try:
            number = float(number)
        except OverflowError:
            raise ValueError("the number is too large for JSON") from None
    value = json_value(number)
    digits, _, exponent = repr(value).partition("e")
    if not exponent:
        return value
    power = int(exponent)
    if not -_SMALLEST_POWER <= power < 0:
        return f"{digits}e{power:+}"
    sign = "-" if value < 0 else ""
    return f"{sign}0.{'0' * (-power - 1)}{digits.lstrip('-').replace('.', '')}"


def key_text(value: Scalar) -> str:
    """A key as a string, as JSON requires; booleans and numbers are written as kubectl does.

    Raises:
        ValueError: The key is null, or a whole number beyond 63 bits.
    """
    if value is None:
        raise ValueError("null cannot be a key")
    if isinstance(value, bool):
        return "true" if value else "false"
    if _is_unsigned(value):
        raise ValueError(f"the number {value} cannot be a key")
    return _float_key(value) if isinstance(value, float) else str(value)


def _float_key(number: float) -> str:
    """The fewest digits that tell a float of 32 bits: strconv.FormatFloat(number, 'g', -1, 32)."""
    try:
        short = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        short = math.copysign(math.inf, number)
    if not math.isfinite(short):
        return _special(short)
    for count in range(9):
        text = f"{short:.{count}e}"
        if struct.pack("f", float(text)) == struct.pack("f", short):
            break
    digits, _, exponent = text.partition("e")
    if -4 <= int(exponent) < 6:
        return f"{short:.{max(count - int(exponent), 0)}f}"
    return f"{digits}e{exponent}"


def _special(number: float) -> str:
    return ".nan" if math.isnan(number) else ".inf" if number > 0 else "-.inf"
