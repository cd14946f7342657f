"""`kubectl rbacpsp`, and what kubectl's own completion asks of a plugin.

kubectl runs `kubectl-rbacpsp` from PATH for `kubectl rbacpsp`, and since 1.26 `kubectl_complete-rbacpsp` with
the words of the command line for its completion. That one prints a line for each choice, with a description
after a tab, and last a directive as cobra writes it. Source: kubectl/pkg/cmd/plugin/plugin_completion.go and
spf13/cobra completions.go (1.26).
"""

import sys

import click

from rbacpsp.cli import main as program
from rbacpsp.completing.shells import choices
from rbacpsp.completing.words import place_of

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
    *words, incomplete = sys.argv[1:] or [""]
    place = place_of(words, incomplete)
    found = [] if place.kind == "file" else choices(place)
    for each in found:
        click.echo(f"{each.value}\t{each.help}" if each.help else each.value)
    click.echo(f":{_FILES if place.kind == 'file' else _NO_FILES}")
