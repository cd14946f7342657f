"""A difference of two states in every format of `rbacpsp diff`: a section for each thing that is compared."""

from rbacpsp.cli.shown_diff.report import DiffReport
from rbacpsp.cli.shown_diff.section import Section

__all__ = ["DiffReport", "Section"]
