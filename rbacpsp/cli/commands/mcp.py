"""`rbacpsp mcp`: serve tools for an AI assistant, with the Model Context Protocol on stdin and stdout."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, open_cluster, request_namespace, source_options

_MISSING = "this needs the package mcp, version 2 or later: install rbacpsp[mcp]"


@command("mcp", short_help="Serve tools for an AI assistant (MCP).")
@click.option("--live", is_flag=True, help="Read the live cluster of the kubeconfig's context instead of -f.")
@click.option(
    "--base",
    metavar="PATH",
    help="The earlier state for the tool diff: a file, a folder or git:REVISION:PATH.",
)
@source_options
def mcp(*, live: bool, base: str | None, source: SourceOptions) -> None:
    r"""Serve tools for an AI assistant, with the Model Context Protocol on stdin and stdout.

    The tools are who_can, can_i, why, admit, explain, audit, paths and diff. They change nothing. They read
    the files of -f, again when a file changes, or a running cluster with --live. Answers are JSON as -o json
    prints it, marked as untrusted: names in a cluster are not instructions.

    \b
    Examples:
      rbacpsp mcp -f prod.json.gz
      rbacpsp mcp -f manifests --base git:main:manifests
      rbacpsp mcp --live --context staging
    """
    _check_source(live, base, source)
    if live:
        request_namespace(source, None)
    else:
        open_cluster(source)
        if base:
            open_cluster(_source_of(source, base))
    try:
        from rbacpsp.cli.tools.server import build_server
    except ImportError:
        raise InputError([_MISSING]) from None
    from rbacpsp.cli.tools.command_runner import CommandRunner

    program = click.get_current_context().find_root().command
    build_server(CommandRunner(program, source, base)).run()


def _check_source(live: bool, base: str | None, source: SourceOptions) -> None:
    context = click.get_current_context()
    if "-" in (*source.filenames, *source.added, base):
        raise click.UsageError("standard input belongs to the client: name a file instead of -", context)
    if live and source.filenames:
        raise click.UsageError("--live and -f cannot be combined", context)
    if not live and not source.filenames:
        raise click.UsageError("give what to read: -f PATH, or --live for the kubeconfig's cluster", context)


def _source_of(source: SourceOptions, path: str) -> SourceOptions:
    from msgspec.structs import replace

    return replace(source, filenames=(path,))
