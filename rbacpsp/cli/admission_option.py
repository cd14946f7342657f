"""`--admission-config`, for questions about Pod Security."""

import click

from rbacpsp.cli.command import Function
from rbacpsp.model.json import JSONObject


def admission_config_option(command: Function) -> Function:
    """Add `--admission-config`; the command gets an `admission_config`, None without the option.

    It is a valid PodSecurityConfiguration or AdmissionConfiguration.
    """
    return click.option(
        "--admission-config",
        metavar="FILE",
        type=click.Path(),
        callback=_admission_config,
        help="The server's AdmissionConfiguration or PodSecurityConfiguration: defaults and exemptions.",
    )(command)


def _admission_config(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> JSONObject | None:
    if value is None:
        return None
    from rbacpsp.cli.admission_config import read_admission_config

    return read_admission_config(value)
