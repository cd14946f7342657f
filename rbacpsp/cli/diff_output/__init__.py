"""A difference of two states in every format of `rbacpsp diff`: a section for each thing that is compared."""

from rbacpsp.cli.diff_output.report import DiffReport
from rbacpsp.cli.diff_output.section import DiffSection

__all__ = ["DiffReport", "DiffSection"]
