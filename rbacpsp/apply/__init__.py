"""Computes the objects that a server holds after manifests are applied to it."""

from rbacpsp.apply.bootstrap import BOOTSTRAP_MODES, Bootstrap, applied, as_bootstrap, changed
from rbacpsp.apply.list_filter import assumed_words, is_assumed, listed, listed_bindings, listed_roles

__all__ = [
    "BOOTSTRAP_MODES",
    "Bootstrap",
    "applied",
    "as_bootstrap",
    "assumed_words",
    "changed",
    "is_assumed",
    "listed",
    "listed_bindings",
    "listed_roles",
]
