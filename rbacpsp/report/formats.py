"""The formats by name; each is imported when it is asked for."""

from importlib import import_module

from rbacpsp.report.answer import Answer

_MODULES = {
    "table": "table",
    "wide": "wide",
    "json": "json",
    "yaml": "yaml",
    "csv": "csv",
    "markdown": "markdown",
    "name": "name",
}
FORMATS = tuple(_MODULES)
"""What `-o` takes, in the order it is documented."""


def render(answer: Answer, name: str, *, headers: bool = True) -> str:
    """The answer in a format, its last newline included.

    Args:
        answer: What to say.
        name: One of `FORMATS`.
        headers: Whether columns have titles, where the format has columns.

    Raises:
        KeyError: There is no such format.
    """
    text: str = import_module(f"rbacpsp.report.{_MODULES[name]}").render(answer, headers=headers)
    return text
