"""`--kubernetes-version` and `--openshift-version`: the version whose rules and messages answers use."""

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
    """Add `--openshift-version`; the command gets an `openshift_version`."""
    return click.option(
        "--openshift-version",
        metavar="VERSION",
        callback=_openshift_of,
        help="The OpenShift release to imitate, for example 4.21; by default the cluster's, else the newest "
        "if there are security context constraints.",
    )(command)


def kubernetes_version_option(command: Function) -> Function:
    """Add `--kubernetes-version` to a command without a cluster; the command gets a `kubernetes_version`."""
    return click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=version_of,
        help="The Kubernetes version to imitate, for example 1.24; by default the newest.",
    )(command)
