"""What applying manifests to a server makes of them."""

from rbacpsp.apply.bootstrap import BOOTSTRAP_MODES, Bootstrap, applied, changed, given_bootstrap
from rbacpsp.apply.listed import assumed_words, is_assumed, listed

__all__ = [
    "BOOTSTRAP_MODES",
    "Bootstrap",
    "applied",
    "assumed_words",
    "changed",
    "given_bootstrap",
    "is_assumed",
    "listed",
]
