"""`kubectl rbacpsp`, and what kubectl's own completion asks of a plugin.

kubectl runs `kubectl-rbacpsp` from PATH for `kubectl rbacpsp`, and since 1.26 `kubectl_complete-rbacpsp` with
the words of the command line for its completion. That one prints a line for each choice, with a description
after a tab, and last a directive as cobra writes it. Source: kubectl/pkg/cmd/plugin/plugin_completion.go and
spf13/cobra completions.go (1.26).
"""

import sys

import click

from rbacpsp.cli import main as program

NAME = "kubectl rbacpsp"
_FILES = 0
"""The shell offers files where nothing else is offered (cobra's ShellCompDirectiveDefault)."""
_NO_FILES = 4
"""The shell offers nothing besides (cobra's ShellCompDirectiveNoFileComp)."""


def main() -> None:
    """Run the program under kubectl's name for it."""
    program(prog_name=NAME)


def complete() -> None:
    """Print what may stand in place of the last word of the command line."""
    from click.shell_completion import ShellComplete

    *words, incomplete = sys.argv[1:] or [""]
    found = ShellComplete(program, {}, NAME, "").get_completions(words, incomplete)
    choices = [item for item in found if item.type == "plain"]
    for item in choices:
        click.echo(f"{item.value}\t{item.help}" if item.help else item.value)
    click.echo(f":{_NO_FILES if choices or not found else _FILES}")
