"""Privilege escalation: who can become whom, and by which grants."""

from rbacpsp.paths.place import parse_place
from rbacpsp.paths.search import Paths

__all__ = ["Paths", "parse_place"]
