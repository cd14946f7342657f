"""`--kubernetes-version` and `--openshift-version`: the server whose rules and words answer."""

import click

from rbacpsp.cli.command import Function


def version_of(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The callback of an option that names a version.

    Raises:
        click.BadParameter: The text is not a version.
    """
    if value is None:
        return None
    from rbacpsp.model import Version

    try:
        Version.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


def _openshift_of(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from rbacpsp.model.openshift import as_openshift

    try:
        as_openshift(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


def openshift_version_option(command: Function) -> Function:
    """Add `--openshift-version`; the command is given an `openshift_version`."""
    return click.option(
        "--openshift-version",
        metavar="VERSION",
        callback=_openshift_of,
        help="The release of OpenShift that the server is, for example 4.21; else as read, else the newest "
        "where there are security context constraints.",
    )(command)


def kubernetes_version_option(command: Function) -> Function:
    """Add `--kubernetes-version` where no cluster is read; the command is given a `kubernetes_version`."""
    return click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=version_of,
        help="The Kubernetes version to imitate, for example 1.24; by default the newest.",
    )(command)
