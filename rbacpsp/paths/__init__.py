"""Privilege escalation: which subjects can become which others, and through which grants."""

from rbacpsp.paths.place import parse_place
from rbacpsp.paths.search import Paths

__all__ = ["Paths", "parse_place"]
