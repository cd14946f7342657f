"""Tests which texts are quantities, and their parts, compared with upstream's ParseQuantity."""

import pytest

from rbacpsp.model.quantity_form import QuantityForm, quantity_form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("5", ("", "5.", "", "")),
        ("-0.5Gi", ("-", "0.5", "Gi", "")),
        (".5m", ("", "0.5", "m", "")),
        ("1e-3", ("", "1.", "", "-3")),
        ("2E", ("", "2.", "E", "")),
        ("2E3", ("", "2.", "", "3")),
        (".5Pi", ("", "0.5", "Pi", "")),
        ("\u2003 5\n", ("", "5.", "", "")),
        ("5e-10", ("", "5.", "", "-10")),
        ("1e999999", ("", "1.", "", "999999")),
    ],
)
def test_the_parts_of_a_quantity_are_distinguished(text: str, form: tuple[str, str, str, str]) -> None:
    assert quantity_form(text) == QuantityForm(*form)


@pytest.mark.parametrize("text", [".", "+", "-.", "Mi", ".Ti", "n", "E", "e3", "-e-9"])
def test_a_quantity_without_a_digit_is_zero(text: str) -> None:
    form = quantity_form(text)
    assert form is not None
    assert form.number == "0."


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1Q",
        "1e",
        "--1",
        "1 Gi",
        "+-5",
        "1.2.3",
        "5\x1c",
        "Pi",
        ".Ei",
        "e-10",
        "-.e-10",
        "1e1000000",
        "\u0665",
    ],
)
def test_other_texts_are_not_quantities(text: str) -> None:
    assert quantity_form(text) is None
