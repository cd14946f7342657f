"""`rbacpsp completion`: print the completion script of a shell."""

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

    The names of namespaces, subjects, roles and policies come from -f or from the live cluster; they are
    cached for a minute in ~/.cache/rbacpsp. kubectl 1.26 and later completes kubectl rbacpsp without this
    script.
    """
    from rbacpsp.completing.shells import SCRIPTS

    click.echo(SCRIPTS[shell], nl=False)
