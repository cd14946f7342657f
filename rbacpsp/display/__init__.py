"""Results for Jupyter and `print`: a short HTML table, and the text of the command.

A class of results gets both from `rbacpsp.model.result.Shown`; `_MODULES` names the module for each class.
"""

from importlib import import_module

from rbacpsp.display.html import page
from rbacpsp.display.view import Showing

__all__ = ["html", "text"]

_MODULES = {
    "AccessTestResults": "assertions",
    "Admission": "admission",
    "Audit": "findings",
    "Decision": "access",
    "Diff": "difference",
    "Evaluation": "standards",
    "Judgement": "standards",
    "Mending": "changes",
    "Migration": "changes",
    "PSAdmission": "standards",
    "Path": "paths",
    "Paths": "paths",
    "Preflight": "changes",
    "RuleSet": "access",
    "Simulation": "simulation",
    "State": "cluster",
    "Submission": "admission",
    "Ways": "paths",
    "WhoCan": "access",
}
"""By class, the module that shows its results."""


def text(result: object) -> str:
    """What the command for the same question prints, without its last newline.

    Names are escaped for a terminal.
    """
    return _showing(result).text(result).rstrip("\n")


def html(result: object) -> str:
    """What a notebook shows: a few lines and rows, with every name from the cluster escaped."""
    return page(_showing(result).view(result))


def _showing(result: object) -> Showing:
    name = next(cls.__name__ for cls in type(result).__mro__ if cls.__name__ in _MODULES)
    module = import_module(f"rbacpsp.display.{_MODULES[name]}")
    showing: Showing = module.SHOWN[name]
    return showing
