"""Reads and writes resource quantities as the API does.

Source: apimachinery/pkg/api/resource/quantity.go and suffix.go, 0.24.
"""

from decimal import ROUND_UP, Context, Decimal
from functools import lru_cache

from rbacpsp.model.quantity_form import quantity_form

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_POWERS = {suffix: power for power, suffix in _DECIMAL.items()}
_EXACT = Context(prec=400, Emin=-100_000, Emax=100_000)
_NANO, _MILLI = Decimal("1e-9"), Decimal("1e-3")
_LARGEST = Decimal(2**63 - 1)


@lru_cache(maxsize=4096)
def canonical_quantity(text: str, *, rounded: bool = True) -> str:
    """Write a quantity as the server stores it: `0.5` becomes `500m`, `1024Mi` becomes `1Gi`.

    With `rounded` it is rounded up to thousandths, as defaulting does in resource lists; otherwise to
    billionths, as decoding does.

    Raises:
        ValueError: The text is not a quantity.
    """
    value, suffix, exponent = _parse(text)
    value = value.quantize(_MILLI if rounded else _NANO, ROUND_UP, _EXACT)
    if suffix in _BINARY[1:] and abs(value) >= 1024 and value == int(value):
        return _binary(int(value))
    return _decimal(value, scientific=bool(exponent))


def quantity_value(text: str) -> Decimal:
    """The amount of a quantity.

    Raises:
        ValueError: The text is not a quantity.
    """
    return _parse(text)[0]


def quantity_text(value: Decimal, like: str) -> str:
    """An amount as the server writes it, in powers of 1000 or 1024 as `like` is."""
    if _parse(like)[1] in _BINARY[1:] and abs(value) >= 1024 and value == int(value):
        return _binary(int(value))
    return _decimal(value, scientific=False)


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[Decimal, str, str]:
    """The amount, its suffix and its exponent."""
    form = quantity_form(text)
    if form is None:
        raise ValueError(f'"{text}" is not a quantity: write it as 500m, 2 or 1Gi')
    sign, number, suffix, exponent = form
    value = _EXACT.create_decimal(number)
    if suffix in _BINARY[1:]:
        value = _EXACT.multiply(value, Decimal(1024 ** _BINARY.index(suffix)))
    else:
        value = _EXACT.scaleb(value, int(exponent) if exponent else _POWERS[suffix])
    value = value.quantize(_NANO, ROUND_UP, _EXACT)
    if suffix in _BINARY[1:]:
        value = min(value, _LARGEST)
    return (-value if sign == "-" else value), suffix, exponent


def _binary(number: int) -> str:
    """A number in the largest power of 1024 that divides it."""
    power = 0
    while power + 1 < len(_BINARY) and number % 1024 == 0:
        number //= 1024
        power += 1
    return f"{number}{_BINARY[power]}"


def _decimal(value: Decimal, *, scientific: bool) -> str:
    """A number in the largest power of 1000 that divides it, down to billionths."""
    number = int(_EXACT.scaleb(value, 9))
    power = -9
    while number and number % 1000 == 0:
        number //= 1000
        power += 3
    if not number:
        return "0"
    if scientific:
        return f"{number}e{power}" if power else str(number)
    while power > 18:
        number *= 1000
        power -= 3
    return f"{number}{_DECIMAL[power]}"
