"""What the API server does to a pod before and after policies, and the pods inside workloads."""

from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare
from rbacpsp.pods.templates import MadePod, pods_of

__all__ = [
    "MadePod",
    "pods_of",
    "prepare",
    "set_defaults",
]
