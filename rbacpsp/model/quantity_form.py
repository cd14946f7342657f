"""The form of resource quantities, such as 500m, 1Gi and 2e3.

Source: apimachinery/pkg/api/resource ParseQuantity and Quantity.UnmarshalJSON (0.24 and 0.37).
"""

import re
from typing import NamedTuple

from rbacpsp.model.go import SPACES

_FORM = re.compile(
    r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?[0-9]+))?", re.ASCII
)
_LONGEST_EXPONENT = 6
"""An exponent of more characters is refused; the server would compute with numbers of that many digits."""


class QuantityForm(NamedTuple):
    """The parts of a quantity."""

    sign: str
    number: str
    suffix: str
    """Empty where there is an exponent, or neither."""
    exponent: str
    """Empty where there is none."""


def quantity_form(text: str) -> QuantityForm | None:
    """The parts of a quantity, or None for another text; without a digit it is 0, as in `.`, `-` and `Mi`."""
    text = text.strip(SPACES)
    form = _FORM.fullmatch(text)
    if not text or form is None:
        return None
    sign, whole, fraction, suffix, exponent = (group or "" for group in form.groups())
    if len(exponent) > _LONGEST_EXPONENT:
        return None
    if not whole and not fraction and (suffix in {"Pi", "Ei"} or (exponent and int(exponent) < -9)):
        return None  # the server reads these digit by digit, and needs one
    return QuantityForm(sign, f"{whole or 0}.{fraction}", suffix, exponent)
