"""`rbacpsp completion`."""

import click


@click.command(short_help="Print the completion script of a shell.")
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
    """
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from rbacpsp.cli import main

    kind = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}[shell]
    script = kind(main, {}, "rbacpsp", "_RBACPSP_COMPLETE")
    click.echo(script.source_template % script.source_vars())
