"""The changes that the API server makes to a pod before and after policies, and the pods of workloads."""

from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare
from rbacpsp.pods.templates import ControllerPod, pods_of

__all__ = [
    "ControllerPod",
    "pods_of",
    "prepare",
    "set_defaults",
]
