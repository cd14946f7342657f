"""The columns of `kubectl get` and `kubectl auth can-i --list`.

Source: k8s.io/cli-runtime/pkg/printers/tabwriter.go, 1.24.
"""

from collections.abc import Iterable

from rbacpsp.report.tabwriter import align


def aligned(lines: Iterable[str]) -> str:
    """The tab-separated lines, each with its newline, in the columns of a kubectl table."""
    return align("".join(f"{line}\n" for line in lines), minwidth=6, padding=3, remember=True)


def cell(value: str) -> str:
    """A cell as kubectl's table printer writes it: cut at the first line break, escape characters replaced.

    Source: k8s.io/cli-runtime/pkg/printers/tableprinter.go printTable and terminal.go WriteEscaped, 1.24.
    """
    cut = min((index for index in map(value.find, "\f\n\r") if index >= 0), default=-1)
    if cut >= 0:
        value = f"{value[:cut]}..."
    return value.replace("\x1b", "^[")
