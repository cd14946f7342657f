"""`--no-validate`, for every command that reads manifests."""

from collections.abc import Callable
from typing import Any

import click


def no_validate_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--no-validate`; the command gets `validate`, True without the option."""
    return click.option(
        "--no-validate",
        "validate",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Accept manifests that the API server would refuse.",
    )(command)
