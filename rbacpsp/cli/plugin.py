"""`kubectl rbacpsp`, and the completion that kubectl asks its plugins for.

kubectl runs `kubectl-rbacpsp` from PATH for `kubectl rbacpsp`, and since 1.26 `kubectl_complete-rbacpsp` with
the words of the command line for completion. The latter prints a line for each choice, with a description
after a tab, and then a directive of cobra. Source: kubectl/pkg/cmd/plugin/plugin_completion.go and
spf13/cobra completions.go (1.26).
"""

import sys

from rbacpsp.cli import main as program
from rbacpsp.completing.shells import choices
from rbacpsp.completing.words import expected_words

NAME = "kubectl rbacpsp"
_FILES = 0
"""The shell offers files if there are no other choices (cobra's ShellCompDirectiveDefault)."""
_NO_FILES = 4
"""The shell offers no files (cobra's ShellCompDirectiveNoFileComp)."""


def main() -> None:
    """Run the program with the name of the kubectl plugin."""
    program(prog_name=NAME)


def answer() -> str:
    """The choices for the last word of the command line, as kubectl reads them."""
    *words, incomplete = sys.argv[1:] or [""]
    position = expected_words(words, incomplete)
    offered = [] if position.kind == "file" else choices(position)
    lines = [f"{choice.value}\t{choice.help}" if choice.help else choice.value for choice in offered]
    return "\n".join([*lines, f":{_FILES if position.kind == 'file' else _NO_FILES}\n"])
