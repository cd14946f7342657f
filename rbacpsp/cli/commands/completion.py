"""`rbacpsp completion`."""

import click

from rbacpsp.cli.command import command


@command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    Examples:
      rbacpsp completion bash
      rbacpsp completion zsh
      rbacpsp completion fish

    \b
    To load it, put one of these lines into your shell's configuration:
      bash: source <(rbacpsp completion bash)
      zsh:  source <(rbacpsp completion zsh)
      fish: rbacpsp completion fish | source

    Names of namespaces, subjects, roles and policies are those of -f, or of the live cluster; they are kept
    for a minute in ~/.cache/rbacpsp. kubectl 1.26 and later completes kubectl rbacpsp by itself.
    """
    from rbacpsp.completing.shells import SCRIPTS

    click.echo(SCRIPTS[shell], nl=False)
